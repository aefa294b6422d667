import ArgumentParser
import Domain
import HomeAPI

struct CoverageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coverage", abstract: "What was recorded on a day, and why not where it was not.",
    discussion: """
      A bar for the day of each camera, in the house's zone, and what its time adds up to. Every second is counted once: \
      recorded, quiet by policy, or missing for a reason. Archived cameras are shown when they are named.

      Examples:
        hearth coverage
        hearth coverage --camera "Front door" --day yesterday
        hearth coverage --day 2026-11-23 --json
      """)

  @Option(help: ArgumentHelp("Of this camera alone.", valueName: "name")) var camera: String?
  @Option(help: ArgumentHelp("The day, as 2026-11-23, today or yesterday.", valueName: "day")) var day = "today"
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  private struct Listed: Encodable {
    let camera: String
    let name: String
    let coverage: API.Coverage
  }

  func run() async throws {
    let client = try data.client()
    let cameras: [API.Camera]
    if let camera {
      cameras = [try await client.camera(named: camera)]
    } else {
      cameras = try await client.get(API.CameraList.self, ["cameras"]).cameras.filter { !$0.archived }
    }
    var listed: [Listed] = []
    for camera in cameras {
      let coverage = try await client.get(
        API.Coverage.self, ["cameras", camera.id, "coverage"], query: [("day", day)])
      listed.append(Listed(camera: camera.id, name: camera.name, coverage: coverage))
    }
    if output.json { return try printJSON(["cameras": listed]) }
    guard !listed.isEmpty else { return print("there are no cameras yet: hearth camera add") }
    print(try CoverageText.whole(listed.map { ($0.name, $0.coverage) }))
  }
}

/// A day's coverage for a terminal: a bar and a sentence for each camera.
package struct CoverageText {
  private static let columns = 72
  private static let indent = "  "

  /// The classes in the order in which they are told of, with their sign in the bar and their words.
  private static let known: [(name: CoverageClass, sign: Character, words: String)] = [
    (.recorded, "█", "recorded"), (.quiet, "░", "quiet by policy"), (.off, "-", "switched off"),
    (.offline, "o", "offline"), (.wrongDevice, "w", "another device"), (.dropped, "d", "dropped"),
    (.disk, "x", "without a disk"), (.clock, "c", "lost to the clock"), (.unknown, "?", "unknown"),
  ]

  private let head: String
  private let ends: WallTime?
  private var cameras: [String] = []
  private var seen: Set<CoverageClass> = []

  /// The text for one or more cameras and the API's answers for them.
  package static func whole(_ answers: [(name: String, answer: ControlResponse)]) throws -> String {
    try whole(answers.map { ($0.name, try ControlClient.decode(API.Coverage.self, $0.answer)) })
  }

  static func whole(_ cameras: [(name: String, coverage: API.Coverage)]) throws -> String {
    guard let first = cameras.first else { return "" }
    var text = CoverageText(first.coverage)
    for (name, coverage) in cameras { try text.add(name, coverage) }
    return text.text
  }

  private init(_ coverage: API.Coverage) {
    ends = (coverage.dayEnds ?? coverage.to).time
    var head = coverage.day ?? ""
    if let from = coverage.from.time, let to = ends {
      let minutes = Int64((to - from).inSeconds / 60)
      // The days on which clocks change are worth a word.
      if minutes != 24 * 60 { head += ", \(Words.duration(seconds: minutes * 60)) long" }
      if let until = coverage.to.time, until < to { head += ", until \(Moments.show(until).suffix(8))" }
    }
    self.head = head
  }

  /// - Throws: `Problem` when the answer's times can't be read.
  private mutating func add(_ name: String, _ coverage: API.Coverage) throws {
    let spans = try coverage.spans.map { span in
      guard let from = span.from.time, let to = span.to.time else {
        throw Problem(.internalError, "the server's answer holds no times", next: "restart `hearth serve`")
      }
      return Stretch(name: span.class, cause: span.cause, from: from.milliseconds, to: to.milliseconds)
    }
    seen.formUnion(spans.map(\.name))
    cameras.append("\(name)\n\(Self.indent)|\(bar(spans))|\n\(Self.indent)\(Self.sentence(spans))")
  }

  private var text: String {
    let legend = Self.known.filter { seen.contains($0.name) }.map { "\($0.sign) \($0.words)" }.joined(separator: "  ")
    return ([head] + cameras + [legend]).joined(separator: "\n\n")
  }

  private struct Stretch {
    let name: CoverageClass
    let cause: String?
    /// Milliseconds since 1970.
    let from, to: Int64
  }

  /// Each column stands for a part of the day. A gap shows however short it is; else what there is most of.
  private func bar(_ spans: [Stretch]) -> String {
    guard let first = spans.first?.from, let last = ends?.milliseconds, first < last else { return "" }
    func edge(_ column: Int) -> Int64 { first + (last - first) * Int64(column) / Int64(Self.columns) }
    var rest = spans[...]
    return String(
      (0..<Self.columns).map { column in
        let (from, to) = (edge(column), edge(column + 1))
        while let span = rest.first, span.to <= from { rest.removeFirst() }
        var sums: [CoverageClass: Int64] = [:]
        for span in rest.prefix(while: { $0.from < to }) {
          sums[span.name, default: 0] += min(span.to, to) - max(span.from, from)
        }
        let gaps = sums.filter { $0.key != .recorded && $0.key != .quiet }
        guard
          let shown = (gaps.isEmpty ? sums : gaps).max(by: { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }
          )
        else {
          return " "
        }
        return Self.known.first { $0.name == shown.key }?.sign ?? "?"
      })
  }

  /// "23:59:41 recorded, 19 s offline: camera rebooted". Whole seconds that sum to the whole.
  private static func sentence(_ spans: [Stretch]) -> String {
    struct Item: Hashable { let name: CoverageClass, cause: String? }
    var sums: [Item: Int64] = [:]
    for span in spans {
      // Of footage there is nothing to explain.
      sums[Item(name: span.name, cause: span.name == .recorded ? nil : span.cause), default: 0] += span.to - span.from
    }
    let place = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1.name, $0) })
    let items = sums.sorted { left, right in
      let (one, two) = (place[left.key.name] ?? known.count, place[right.key.name] ?? known.count)
      return one != two ? one < two : (right.value, left.key.cause ?? "") < (left.value, right.key.cause ?? "")
    }
    let seconds = wholeSeconds(items.map(\.value))
    return zip(items, seconds).map { item, seconds in
      let words = known.first { $0.name == item.key.name }?.words ?? item.key.name.rawValue
      return "\(duration(seconds)) \(words)" + (item.key.cause.map { ": \($0)" } ?? "")
    }.joined(separator: ", ")
  }

  /// Rounded so that the sum is the rounded sum: the largest remainders are rounded up.
  static func wholeSeconds(_ milliseconds: [Int64]) -> [Int64] {
    let total = (milliseconds.reduce(0, +) + 500) / 1000
    var seconds = milliseconds.map { $0 / 1000 }
    let missing = total - seconds.reduce(0, +)
    let byRemainder = milliseconds.indices.sorted {
      (milliseconds[$1] % 1000, $0) < (milliseconds[$0] % 1000, $1)
    }
    for index in byRemainder.prefix(Int(max(0, missing))) { seconds[index] += 1 }
    return seconds
  }

  private static func duration(_ seconds: Int64) -> String {
    guard seconds >= 60 else { return seconds == 0 ? "under 1 s" : "\(seconds) s" }
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
  }
}

extension String {
  fileprivate var time: WallTime? { WallTime(rfc3339: self) }
}
