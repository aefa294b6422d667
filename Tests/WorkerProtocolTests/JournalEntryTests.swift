import Domain
import Files
import Testing
import WorkerProtocol

private let now = WallTime(milliseconds: 1_795_469_070_000)
private let before = WallTime(milliseconds: 1_795_469_060_000)

/// The journal is read by later versions, and by people's scripts: each line's text is fixed.
@Suite struct JournalEntryTests {
  static let lines: [(JournalEntry.Kind, String)] = [
    (.started, #"{"kind":"started","t":1795469070000}"#),
    (.stopped, #"{"kind":"stopped","t":1795469070000}"#),
    (.state(.recording, cause: nil), #"{"kind":"state","state":"recording","t":1795469070000}"#),
    (
      .state(.offline, cause: "nothing listens"),
      #"{"cause":"nothing listens","kind":"state","state":"offline","t":1795469070000}"#
    ),
    (
      .away(from: before, to: now, isMachine: true, cause: "the machine was off"),
      #"{"cause":"the machine was off","from":1795469060000,"kind":"away","state":"machine","t":1795469070000,"to":1795469070000}"#
    ),
    (
      .away(from: before, to: now, isMachine: false, cause: "it ended"),
      #"{"cause":"it ended","from":1795469060000,"kind":"away","state":"process","t":1795469070000,"to":1795469070000}"#
    ),
    (.recovered(file: "a/b.mp4"), #"{"file":"a/b.mp4","kind":"recovered","t":1795469070000}"#),
    (.setAside(file: "a/b.mp4"), #"{"file":"a/b.mp4","kind":"setAside","t":1795469070000}"#),
    (.disk(.detect, cause: "full"), #"{"cause":"full","kind":"disk","stream":"detect","t":1795469070000}"#),
    (
      .dropped(.main, frames: 12, from: before, to: now, cause: "slow"),
      #"{"cause":"slow","frames":12,"from":1795469060000,"kind":"dropped","stream":"main","t":1795469070000,"to":1795469070000}"#
    ),
    (
      .repairs(.main, counts: ["equal": 2, "jumps": 1]),
      #"{"counts":{"equal":2,"jumps":1},"kind":"repairs","stream":"main","t":1795469070000}"#
    ),
    (.cut(.main, cause: "streamLost"), #"{"cause":"streamLost","kind":"cut","stream":"main","t":1795469070000}"#),
    (.clock(step: .milliseconds(-1500)), #"{"kind":"clock","milliseconds":-1500,"t":1795469070000}"#),
    (
      .device(.moved, .main, cause: "now at 10.0.0.2"),
      #"{"cause":"now at 10.0.0.2","kind":"device","state":"moved","stream":"main","t":1795469070000}"#
    ),
  ]

  @Test(arguments: 0..<lines.count)
  func aLineIsWrittenAndReadAsItAlwaysWas(_ number: Int) throws {
    let (kind, text) = Self.lines[number]
    let entry = JournalEntry(kind, at: now)
    #expect(String(decoding: try JSONLine.encode(entry), as: UTF8.self) == text)
    #expect(try JSONLine.decode(JournalEntry.self, from: text.utf8) == entry)
  }

  @Test(arguments: [
    #"{"kind":"fromALaterVersion","t":1795469070000}"#, #"{"kind":"state","state":"dreaming","t":1795469070000}"#,
    #"{"kind":"cut","stream":"third","t":1795469070000}"#, #"{"kind":"started"}"#,
    #"{"kind":"dropped","t":1795469070000}"#, "{", "",
  ])
  func aLineThatIsNotKnownIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONLine.decode(JournalEntry.self, from: text.utf8) }
  }

  @Test func aLineWithoutAStreamIsAboutTheMainStream() throws {
    let text = #"{"from":1,"kind":"dropped","t":3,"to":2}"#
    let entry = try JSONLine.decode(JournalEntry.self, from: text.utf8)
    #expect(entry.stream == .main)
  }
}
