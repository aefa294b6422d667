import Catalog
import Domain
import Testing

@Suite struct JournalTests {
  let folder: TemporaryFolder
  let catalog: Catalog
  var house = House()

  init() throws {
    folder = try TemporaryFolder()
    catalog = try Catalog(path: folder.path("catalog.sqlite"))
  }

  @Test func readingGoesOnWhereItStopped() async throws {
    #expect(try await catalog.journalPosition(of: house.porch, file: "2026-11-23.jsonl") == 0)
    try await catalog.take([], of: house.porch, file: "2026-11-23.jsonl", readTo: 120)
    try await catalog.take([], of: house.porch, file: "2026-11-23.jsonl", readTo: 340)
    #expect(try await catalog.journalPosition(of: house.porch, file: "2026-11-23.jsonl") == 340)
    #expect(try await catalog.journalPosition(of: house.porch, file: "2026-11-24.jsonl") == 0)
    #expect(try await catalog.journalPosition(of: house.garden, file: "2026-11-23.jsonl") == 0)
  }

  @Test func thePositionIsNotMovedWhenANoteIsRefused() async throws {
    await #expect(throws: Problem.self) {
      try await catalog.take([StateNote(from: at(0), class: .offline)], of: house.porch, file: "", readTo: 10)
    }
    #expect(try await catalog.stateNotes(of: house.porch, over: span(0, 10)).isEmpty)
  }

  @Test func theStateInForceAtTheStartOfASpanIsFound() async throws {
    let notes = [
      StateNote(from: at(0), class: .recorded), StateNote(from: at(100), class: .offline, cause: "no answer"),
      StateNote(from: at(200), class: .recorded), StateNote(from: at(300), class: .off),
    ]
    try await catalog.take(notes, of: house.porch, file: "day", readTo: 10)
    #expect(try await catalog.stateNotes(of: house.porch, over: span(150, 300)) == [notes[1], notes[2]])
    #expect(try await catalog.stateNotes(of: house.porch, over: span(100, 101)) == [notes[1]])
    #expect(try await catalog.stateNotes(of: house.porch, over: span(-50, 1)) == [notes[0]])
    #expect(try await catalog.stateNotes(of: house.garden, over: span(0, 400)).isEmpty)
  }

  @Test func readingAPartTwiceChangesNothing() async throws {
    let notes = [StateNote(from: at(0), class: .recorded), StateNote(from: at(5), class: .disk, cause: "full")]
    try await catalog.take(notes, of: house.porch, file: "day", readTo: 10)
    try await catalog.take(notes, of: house.porch, file: "day", readTo: 10)
    #expect(try await catalog.stateNotes(of: house.porch, over: span(0, 10)) == notes)
  }

  @Test func aLongCauseIsCut() async throws {
    let flag = "\u{1F1E9}\u{1F1EA}"
    let note = StateNote(from: at(0), class: .offline, cause: String(repeating: flag, count: 400))
    try await catalog.take([note], of: house.porch, file: "day", readTo: 10)
    let kept = try await catalog.stateNotes(of: house.porch, over: span(0, 10))
    #expect(kept.first?.cause?.unicodeScalars.count == 500)
  }

  @Test func notesWithAnEndAreFoundWhereTheyReach() async throws {
    let long = StateNote(from: at(0), until: at(1000), class: .clock, cause: "set forward")
    let short = StateNote(from: at(400), until: at(410), class: .dropped)
    let empty = StateNote(from: at(450), until: at(450), class: .dropped)
    let state = StateNote(from: at(400), class: .recorded)
    try await catalog.take([long, short, empty, state], of: house.porch, file: "day", readTo: 10)
    try await catalog.take([short], of: house.porch, file: "day", readTo: 10)
    #expect(try await catalog.stateNotes(of: house.porch, over: span(405, 500)).count == 3)
    #expect(try await catalog.stateNotes(of: house.porch, over: span(410, 500)) == [long, state])
    #expect(try await catalog.stateNotes(of: house.porch, over: span(1000, 1001)) == [state])
    #expect(try await catalog.stateNotes(of: house.garden, over: span(0, 1000)).isEmpty)
  }

  @Test mutating func aCutAtTheEdgeOfTheSpanIsNoGap() async throws {
    var first = try house.segment(house.porch, 0, 60, sequence: 1)
    first.span = try #require(TimeSpan(from: at(0), to: at(59) + .milliseconds(500)))
    try await catalog.record([first, try house.segment(house.porch, 60, 120, sequence: 2)])
    let asked = try #require(TimeSpan(from: at(59) + .milliseconds(700), to: at(100)))
    #expect(try await catalog.coverage(of: house.porch, over: asked) == [CoverageSpan(span: asked, class: .recorded)])
    let until = try #require(TimeSpan(from: at(30), to: at(59) + .milliseconds(700)))
    #expect(try await catalog.coverage(of: house.porch, over: until) == [CoverageSpan(span: until, class: .recorded)])
  }

  @Test mutating func troubleOfLongAgoExplainsNothingToday() async throws {
    try await catalog.take(
      [StateNote(from: at(0), class: .recorded), StateNote(from: at(10), class: .disk, cause: "no space")],
      of: house.porch, file: "day", readTo: 10)
    #expect(try await catalog.coverage(of: house.porch, over: span(5_000, 6_000)).map(\.class) == [.disk])
    try await catalog.record([try house.segment(house.porch, 100, 160, sequence: 1)])
    #expect(try await catalog.coverage(of: house.porch, over: span(5_000, 6_000)).map(\.class) == [.unknown])
  }

  @Test mutating func coverageJoinsFootageAndNotes() async throws {
    try await catalog.record([
      try house.segment(house.porch, 0, 60, sequence: 1), try house.segment(house.porch, 60, 120, sequence: 2),
      try house.segment(house.porch, 120, 200, sequence: 3, stream: .detect),
    ])
    try await catalog.take(
      [
        StateNote(from: at(-100), class: .recorded), StateNote(from: at(120), class: .offline, cause: "no answer"),
        StateNote(from: at(150), class: .recorded),
      ], of: house.porch, file: "day", readTo: 10)
    let open = FootageSpan(span: try span(160, 190), boot: house.boot)
    #expect(
      try await catalog.coverage(of: house.porch, over: span(30, 200), open: [open]) == [
        CoverageSpan(span: span(30, 120), class: .recorded),
        // Back for a while before there was a keyframe.
        CoverageSpan(span: span(120, 160), class: .offline, cause: "no answer"),
        CoverageSpan(span: span(160, 190), class: .recorded),
        CoverageSpan(span: span(190, 200), class: .unknown),
      ])
  }
}
