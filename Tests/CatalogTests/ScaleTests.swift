import Catalog
import Domain
import Synchronization
import Testing

/// What must not grow with the years: no statement that serves a page, a day or a step reads a whole table.
@Suite struct ScaleTests {
  private final class Trace: Sendable {
    private let statements = Mutex<[String]>([])
    func tell(_ sql: String) { statements.withLock { $0.append(sql) } }

    /// What was told since the last time, without what only opens and ends transactions.
    func take() -> [String] {
      statements.withLock { all in
        defer { all = [] }
        return all.filter { sql in ["SELECT", "UPDATE", "DELETE", "WITH"].contains { sql.hasPrefix($0) } }
      }
    }
  }

  /// Reading in the order of an index, until the limit is reached, is no reading of all.
  private static let allowed = [
    "SCAN event USING INDEX event_by_start", "SCAN each", "SCAN CONSTANT ROW", "SCAN footage_sum",
    "SCAN segment USING INDEX segment_not_present", "SCAN segment USING COVERING INDEX segment_not_present",
  ]

  @Test func noStatementOfAPageADayOrAStepReadsAWholeTable() async throws {
    let trace = Trace()
    let catalog = try Catalog.inMemory { trace.tell($0) }
    var house = House()
    var segments: [CatalogSegment] = []
    for index in Int64(0)..<300 {
      let camera = index % 3 == 0 ? house.garden : house.porch
      let stream: StreamRole = index % 2 == 0 ? .main : .detect
      segments.append(try house.segment(camera, index * 60, index * 60 + 60, sequence: index, stream: stream))
    }
    try await catalog.record(segments)
    var events: [Event] = []
    for index in Int64(0)..<50 { events.append(house.event(house.porch, index * 300, index * 300 + 20)) }
    try await catalog.record(events)
    var notes: [StateNote] = []
    for index in Int64(0)..<20 {
      notes.append(StateNote(from: at(index * 900), until: at(index * 900 + 5), class: .dropped))
    }
    try await catalog.take(notes, of: house.porch, file: "day", readTo: 10)
    _ = trace.take()
    let both: Set = [house.porch, house.garden]
    let first = try await catalog.events(EventQuery(allowed: both), limit: 10)
    _ = try await catalog.events(EventQuery(allowed: both), limit: 10, after: first.next)
    _ = try await catalog.events(EventQuery(allowed: both, from: at(600), to: at(6000)), limit: 10)
    _ = try await catalog.events(EventQuery(allowed: [house.porch]), limit: 10)
    _ = try await catalog.eventSpans(of: house.porch, overlapping: span(0, 600))
    _ = try await catalog.coverage(of: house.porch, over: span(0, 7200))
    _ = try await catalog.segments(of: house.porch, stream: .main, overlapping: span(600, 700))
    _ = try await catalog.files(of: house.porch, day: at(0).day)
    _ = try await catalog.days(of: house.porch)
    _ = try await catalog.segmentsMarkedAsDeleting()
    _ = try await catalog.beginnings(FootageQuery(until: at(600), more: 10, recent: .seconds(600)))
    _ = try await catalog.totals()
    _ = try await catalog.countSegments()
    let step: [SegmentID] = segments.prefix(50).map { $0.id }
    try await catalog.mark(step, as: .deleting)
    try await catalog.remove(step)
    let statements = trace.take()
    #expect(statements.count > 100)
    for sql in Set(statements) {
      let details = try await catalog.plan(of: sql)
      #expect(details.filter { Self.readsTooMuch($0, sql) } == [], "\(sql)")
    }
    // That it would be noticed.
    let careless =
      "SELECT start_ns FROM segment WHERE camera = x'00' AND stream = 'main' AND start_ns < 5 AND bytes > 1"
    #expect(try await catalog.plan(of: careless).contains { Self.readsTooMuch($0, careless) })
    let scan = "SELECT start_ns FROM segment WHERE codec = 'h264'"
    #expect(try await catalog.plan(of: scan).contains { Self.readsTooMuch($0, scan) })
  }

  private static func readsTooMuch(_ detail: String, _ sql: String) -> Bool {
    // An index that holds a page's order stops with its limit.
    if sql.contains("LIMIT") || allowed.contains(where: { detail.hasPrefix($0) }) { return false }
    if detail.hasPrefix("SCAN") { return true }
    // All that is older, or all that is newer, grows with the years.
    let isOpen = detail.contains("start_ns<?") != detail.contains("start_ns>?")
    return detail.contains("INDEX segment_by_time") && (isOpen || !detail.contains("start_ns"))
  }
}
