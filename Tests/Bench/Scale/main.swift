// How the catalog does with a year of footage, beside a month: `make bench`, SCALE="--cameras 8 --days 365".
import Catalog
import Domain
import Foundation
import Retention
import TestSupport

struct NotASpan: Error {}

/// A house that recorded without a gap: segments of a minute, both streams of a camera together as many as given.
struct YearOfFootage {
  static let start = WallTime(seconds: 1_764_547_200)
  var generator = SeededGenerator(seed: 1)
  let cameras: [CameraID]
  let boot: RandomID

  init(cameras count: Int) {
    var generator = SeededGenerator(seed: 1)
    cameras = (0..<count).map { _ in CameraID.mint(using: &generator) }
    boot = RandomID.mint(using: &generator)
    self.generator = generator
  }

  mutating func segment(_ camera: CameraID, _ minute: Int64) throws -> CatalogSegment {
    let id = SegmentID.mint(camera: camera, using: &generator)
    let from = Self.start + .seconds(minute * 60)
    guard let span = TimeSpan(from: from, to: from + .seconds(60)) else { throw NotASpan() }
    let number = String(minute)
    let file =
      "\(from.day.text)/\(String(repeating: "0", count: max(0, 10 - number.count)))\(number)-\(id.raw.text).mp4"
    return CatalogSegment(
      id: id, stream: .main, file: file, span: span, bytes: 15_000_000, sequence: minute, boot: boot, codec: .h264,
      hasAudio: false)
  }

  mutating func event(_ camera: CameraID, _ start: WallTime) -> Event {
    Event(
      id: EventID.mint(camera: camera, using: &generator), start: start, end: start + .seconds(20),
      best: start + .seconds(5), peak: 0.25, boxes: [RelativeBox(x: 0.1, y: 0.2, width: 0.3, height: 0.4)],
      reasons: ["12 cells moved for 0.8 s"], zones: ["path"])
  }

  /// Writes days `days` through the project's own code.
  mutating func write(_ days: Range<Int>, into catalog: Catalog) async throws {
    for day in days {
      for camera in cameras {
        var segments: [CatalogSegment] = []
        var events: [Event] = []
        for minute in Int64(day) * 1440..<Int64(day + 1) * 1440 { segments.append(try segment(camera, minute)) }
        for _ in 0..<68 {
          let second = Int64.random(in: 0..<86_400, using: &generator)
          events.append(event(camera, Self.start + .seconds(Int64(day) * 86_400 + second)))
        }
        try await catalog.record(segments)
        try await catalog.record(events)
        let begin = Self.start + .seconds(Int64(day) * 86_400)
        try await catalog.take(
          [
            StateNote(from: begin, class: .recorded),
            StateNote(
              from: begin + .seconds(40_000), until: begin + .seconds(40_002), class: .dropped, cause: "slow disk"),
          ], of: camera, file: "\(begin.day.text).jsonl", readTo: 1)
      }
    }
  }
}

/// The middle of several runs, in milliseconds.
func median(_ runs: Int, _ body: () async throws -> Void) async throws -> Double {
  var times: [Double] = []
  for _ in 0..<runs {
    let took = try await ContinuousClock().measure { try await body() }
    times.append(took.inSeconds * 1000)
  }
  return times.sorted()[runs / 2]
}

struct NoServer: Error {
  let said: String
}

/// Starts `hearth serve`, which lies beside this program, waits until it says that it is ready, and ends it.
func serve(_ data: String) throws {
  let process = Process()
  let said = Pipe()
  process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "hearth")
  process.arguments = [
    "serve", "--data", data, "--listen", "127.0.0.1:\(20_000 + ProcessInfo.processInfo.processIdentifier % 20_000)",
  ]
  process.standardOutput = said
  process.standardError = FileHandle.nullDevice
  try process.run()
  let line = said.fileHandleForReading.availableData
  process.terminate()
  // Its end, and that of what it started: who else holds the pipe. Waiting for the process itself takes a run loop.
  _ = try said.fileHandleForReading.readToEnd()
  guard line.starts(with: Data("ready ".utf8)) else { throw NoServer(said: String(decoding: line, as: UTF8.self)) }
}

/// What is asked of a catalog that holds so many days: name, aim in milliseconds, and what it took.
func measure(_ catalog: Catalog, _ path: String, _ house: inout YearOfFootage, days: Int) async throws -> [(
  String, Double, Double
)] {
  let end = YearOfFootage.start + .seconds(Int64(days) * 86_400)
  let all = Set(house.cameras)
  guard let camera = house.cameras.first,
    let day = TimeSpan(from: end - .seconds(3 * 86_400), to: end - .seconds(2 * 86_400))
  else { throw NotASpan() }
  var found: [(String, Double, Double)] = []
  found.append(("the catalog opened", 2000, try await median(3) { _ = try Catalog(path: path) }))
  let data = URL(fileURLWithPath: path).deletingLastPathComponent().path
  found.append(("server started, and ended", 2000, try await median(3) { try serve(data) }))
  found.append(
    (
      "events page, newest", 20,
      try await median(9) { _ = try await catalog.events(EventQuery(allowed: all), limit: 50) }
    ))
  found.append(
    (
      "events page, in the middle", 20,
      try await median(9) {
        _ = try await catalog.events(
          EventQuery(allowed: all, to: day.from - .seconds(86_400 * Int64(days / 2))), limit: 50)
      }
    ))
  found.append(("a day's coverage", 50, try await median(9) { _ = try await catalog.coverage(of: camera, over: day) }))
  var minute = Int64(days) * 1440
  found.append(
    (
      "one deletion step's queries, 50 segments", 20,
      try await median(9) {
        let step = try (0..<50).map { try house.segment(camera, minute + $0) }
        minute += 50
        try await catalog.record(step)
        try await catalog.mark(step.map(\.id), as: .deleting)
        try await catalog.remove(step.map(\.id))
      }
    ))
  // As `RetentionPlanning.plan` does it: a policy whose ages end one day's footage.
  found.append(
    (
      "what a plan is made from, and the plan", 2000,
      try await median(3) {
        let now = end + .seconds(60)
        let age = RetentionAge(Int64(days) - 1, .days)
        let policy = RetentionPolicy(continuous: age, motion: age)
        let until = now - .seconds((Int64(days) - 1) * 86_400) + .seconds(3600)
        let footage = try await catalog.beginnings(
          FootageQuery(until: until, more: 100, recent: FootageMeasure.measured))
        var inventory = RetentionInventory(household: policy, cameras: [], segments: [])
        for (camera, beginning) in footage {
          var segments = beginning.segments.map {
            RetentionSegment(
              id: $0.id, stream: $0.stream, sequence: UInt64($0.sequence), span: $0.span, bytes: UInt64($0.bytes),
              isOpen: false)
          }
          let from = SegmentDating.beginning(&segments, now: now)
          inventory.unlisted[camera] = UnlistedFootage(
            from: from, segments: beginning.count - segments.count, bytes: UInt64(beginning.bytes))
          inventory.segments += segments
          let spans = try await catalog.eventSpans(of: camera, overlapping: day)
          inventory.cameras.append(
            RetentionCamera(
              id: camera, name: "", events: spans.compactMap { TimeSpan(from: $0.start, to: $0.end ?? now) }))
        }
        let plan = RetentionPlan.make(inventory, now: now, clockTrusted: true)
        guard plan.isWhole, plan.deletions.count > 1000 * house.cameras.count else { throw NotASpan() }
      }
    ))
  return found
}

func number(_ name: String, _ standard: Int) -> Int {
  let words = CommandLine.arguments
  return words.firstIndex(of: name).flatMap { words.indices.contains($0 + 1) ? Int(words[$0 + 1]) : nil } ?? standard
}

func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }

func run() async throws {
  // A twelfth of it has to be two days: the plan that is measured deletes the first of them.
  let days = max(24, number("--days", 365))
  let month = max(1, days / 12)
  var house = YearOfFootage(cameras: number("--cameras", 8))
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "hearth-scale-\(ProcessInfo.processInfo.processIdentifier)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  // A household's data directory, with all that is in one.
  try serve(folder.path)
  let path = folder.appending(path: "catalog.sqlite").path
  let catalog = try Catalog(path: path)
  try await house.write(0..<month, into: catalog)
  let small = try await measure(catalog, path, &house, days: month)
  print("\(month) days of \(house.cameras.count) cameras written and measured; writing \(days)")
  try await house.write(month..<days, into: catalog)
  let large = try await measure(catalog, path, &house, days: days)
  let (count, _) = try await catalog.countSegments()
  print("\(count) segments, milliseconds, medians:")
  print(pad("", 44) + pad("aim", 8) + pad("\(month) d", 10) + pad("\(days) d", 10) + "ratio")
  for (one, two) in zip(small, large) {
    func show(_ value: Double) -> String { String(format: "%.1f", value) }
    print(pad(one.0, 44) + pad(show(one.1), 8) + pad(show(one.2), 10) + pad(show(two.2), 10) + show(two.2 / one.2))
  }
}

try await run()
