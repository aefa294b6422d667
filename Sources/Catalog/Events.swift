public import Domain
import Foundation
import GRDB
import SQLite

/// What to list of the events.
public struct EventQuery: Sendable {
  /// The cameras that the asking person may see the footage of; the answer holds no event of any other.
  public var allowed: Set<CameraID>
  /// Only this camera's, if it is allowed.
  public var camera: CameraID?
  /// Only events that end after this moment, or still run.
  public var from: WallTime?
  /// Only events that begin before this moment.
  public var to: WallTime?

  public init(allowed: Set<CameraID>, camera: CameraID? = nil, from: WallTime? = nil, to: WallTime? = nil) {
    self.allowed = allowed
    self.camera = camera
    self.from = from
    self.to = to
  }
}

/// A part of a list of events, newest first.
public struct EventPage: Sendable {
  public let events: [Event]
  /// Asks for the part behind this one; `nil` after the last part. Opaque.
  public let next: String?
}

/// When something moved, without the rest.
public struct EventSpan: Hashable, Sendable {
  public let id: EventID
  public let start: WallTime
  /// `nil` while it runs.
  public let end: WallTime?
}

extension Catalog {
  /// Adds events, or brings their rows up to date.
  public func record(_ events: [Event]) async throws {
    try await writing("adding events") { db in
      let statement = try db.cachedStatement(
        sql: """
          INSERT INTO event (camera, id, start_ns, end_ns, best_ns, peak, boxes, reasons, zones)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (camera, id) DO UPDATE SET
            start_ns = excluded.start_ns, end_ns = excluded.end_ns, best_ns = excluded.best_ns, peak = excluded.peak,
            boxes = excluded.boxes, reasons = excluded.reasons, zones = excluded.zones
          """)
      for event in events {
        try statement.execute(arguments: [
          event.id.camera.blob, event.id.raw.blob, event.start.nanoseconds, event.end?.nanoseconds,
          event.best.nanoseconds, event.peak, json(event.boxes), json(event.reasons), json(event.zones),
        ])
      }
    }
  }

  /// The event with this id, if its camera is among the `allowed` ones.
  public func event(_ id: EventID, among allowed: Set<CameraID>) async throws -> Event? {
    try await reading("looking an event up") { db in
      try Row.fetchOne(
        db,
        sql: """
          SELECT * FROM event
          WHERE camera = ? AND id = ? AND camera IN (\(databaseQuestionMarks(count: allowed.count)))
          """,
        arguments: [id.camera.blob, id.raw.blob] + StatementArguments(allowed.map(\.blob))
      ).map(Event.init)
    }
  }

  /// The events of `query`, newest first, at most `limit` (1 to 500).
  ///
  /// Events that are added meanwhile neither repeat nor push out what the next parts hold: a part begins behind the
  /// last event of the one before, not at a number.
  ///
  /// - Throws: `Problem` (exit 64) when `cursor` isn't one that this method gave out.
  public func events(_ query: EventQuery, limit: Int, after cursor: String? = nil) async throws -> EventPage {
    let place = try cursor.map(EventCursor.init(text:))
    let limit = min(max(1, limit), 500)
    return try await reading("listing events") { db in
      guard var filter = try EventFilter(db, query) else { return EventPage(events: [], next: nil) }
      if let place { filter.beginBehind(place) }
      // One more than asked for tells whether there is another part.
      let events = try Row.fetchAll(
        db,
        sql: "SELECT * FROM event WHERE \(filter.condition) ORDER BY start_ns DESC, camera, id LIMIT ?",
        arguments: filter.arguments + [limit + 1]
      ).map(Event.init)
      let part = Array(events.prefix(limit))
      // Whoever reads the times sees milliseconds: within one, the id decides, as it does on the page.
      let shown = part.sorted { one, other in
        let (first, second) = (one.start.nanoseconds / 1_000_000, other.start.nanoseconds / 1_000_000)
        return first == second ? one.id.text > other.id.text : first > second
      }
      return EventPage(
        events: shown, next: events.count > limit ? part.last.map { EventCursor(behind: $0).text } : nil)
    }
  }

  /// How many events `query` finds.
  public func countEvents(_ query: EventQuery) async throws -> Int {
    try await reading("counting events") { db in
      guard let filter = try EventFilter(db, query) else { return 0 }
      return try Int.fetchOne(
        db, sql: "SELECT count(*) FROM event WHERE \(filter.condition)", arguments: filter.arguments) ?? 0
    }
  }

  /// The events of one camera that began on a UTC day, and whether each has ended.
  public func events(of camera: CameraID, day: CivilDate) async throws -> [RandomID: Bool] {
    let start = WallTime(seconds: day.daysSinceEpoch * 86_400)
    return try await reading("listing a day's events") { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT id, end_ns FROM event WHERE camera = ? AND start_ns >= ? AND start_ns < ?",
        arguments: [camera.blob, start.nanoseconds, (start + .seconds(86_400)).nanoseconds])
      var events: [RandomID: Bool] = [:]
      for row in rows {
        guard let id = RandomID(bytes: row["id"] as Data) else { throw badRow("event") }
        events[id] = (row["end_ns"] as Int64?) != nil
      }
      return events
    }
  }

  /// When something moved before one camera during `span`, oldest first.
  public func eventSpans(of camera: CameraID, overlapping span: TimeSpan) async throws -> [EventSpan] {
    try await reading("listing events' spans") { db in
      let query = EventQuery(allowed: [camera], from: span.from, to: span.to)
      guard let filter = try EventFilter(db, query) else { return [] }
      return try Row.fetchAll(
        db, sql: "SELECT * FROM event WHERE \(filter.condition) ORDER BY start_ns, id", arguments: filter.arguments
      ).map(Event.init).map { EventSpan(id: $0.id, start: $0.start, end: $0.end) }
    }
  }

  /// Removes events' rows. Removing an unknown one is no error.
  public func remove(events: [EventID]) async throws {
    try await writing("removing events") { db in
      for id in events {
        try db.execute(
          sql: "DELETE FROM event WHERE camera = ? AND id = ?", arguments: [id.camera.blob, id.raw.blob])
      }
    }
  }
}

/// The condition of an event query: cameras and times only ever enter it as bound arguments.
private struct EventFilter {
  var condition: String
  var arguments: StatementArguments

  /// `nil` when nothing can be found: no camera is allowed, or the wanted one isn't.
  init?(_ db: Database, _ query: EventQuery) throws {
    let cameras = query.camera.map { query.allowed.intersection([$0]) } ?? query.allowed
    guard !cameras.isEmpty else { return nil }
    // Of several cameras the newest are found fastest in the index on time alone; the plus keeps SQLite from sorting
    // each camera's events first (a quarter of a second with 300,000 of them).
    condition = cameras.count == 1 ? "camera = ?" : "+camera IN (\(databaseQuestionMarks(count: cameras.count)))"
    arguments = StatementArguments(cameras.map(\.blob))
    if let to = query.to {
      condition += " AND start_ns < ?"
      arguments += [to.nanoseconds]
    }
    if let from = query.from {
      condition += " AND start_ns >= ? AND (start_ns >= ? OR end_ns > ? OR end_ns IS NULL)"
      let earliest = try Self.earliestStart(db, reaching: from, cameras: cameras)
      arguments += [earliest, from.nanoseconds, from.nanoseconds]
    }
  }

  mutating func beginBehind(_ place: EventCursor) {
    condition += " AND start_ns <= ? AND (start_ns < ? OR (camera, id) > (?, ?))"
    arguments += [
      place.start.nanoseconds, place.start.nanoseconds, place.id.camera.blob, place.id.raw.blob,
    ]
  }

  /// Before this moment no event can have begun that reaches `from`: the longest one lasts no longer, and none that
  /// still runs began earlier. Keeps the search from reading every older event.
  private static func earliestStart(
    _ db: Database, reaching from: WallTime, cameras: Set<CameraID>
  ) throws -> Int64 {
    var earliest = from.nanoseconds
    for camera in cameras {
      let longest = try Int64.fetchOne(
        db,
        sql: """
          SELECT end_ns - start_ns FROM event WHERE camera = ? AND end_ns IS NOT NULL
          ORDER BY end_ns - start_ns DESC LIMIT 1
          """, arguments: [camera.blob])
      if let longest {
        let (start, overflow) = from.nanoseconds.subtractingReportingOverflow(longest)
        earliest = min(earliest, overflow ? .min : start)
      }
      let running = try Int64.fetchOne(
        db, sql: "SELECT start_ns FROM event WHERE camera = ? AND end_ns IS NULL ORDER BY start_ns LIMIT 1",
        arguments: [camera.blob])
      if let running { earliest = min(earliest, running) }
    }
    return earliest
  }
}

/// A place in the list of events: behind one of them. Says nothing about what may be seen: the allowed cameras are
/// asked for with every part.
struct EventCursor: Hashable {
  let start: WallTime
  let id: EventID

  init(behind event: Event) {
    start = event.start
    id = event.id
  }

  /// 8 bytes of start, 16 of camera, 16 of the event, 4 of check value; in hexadecimal.
  var text: String {
    var cursor = ByteWriter(reserving: 44)
    cursor.i64(start.nanoseconds)
    cursor.put(id.camera.bytes)
    cursor.put(id.raw.bytes)
    cursor.u32(Self.check(cursor.bytes))
    return Hex.encode(cursor.bytes)
  }

  init(text: String) throws {
    let bytes = Hex.decode(text) ?? []
    var cursor = ByteReader(bytes)
    guard let time = cursor.i64(), let camera = cursor.take(16).flatMap({ CameraID(bytes: $0) }),
      let raw = cursor.take(16).flatMap({ RandomID(bytes: $0) }), cursor.u32() == Self.check(bytes.prefix(40)),
      cursor.isAtEnd
    else {
      throw Problem(
        .usage, "the cursor is not one that a list of events gave out",
        next: "leave it out to begin at the newest event")
    }
    start = WallTime(nanoseconds: time)
    id = EventID(camera: camera, raw: raw)
  }

  /// FNV-1a, 32 bits: finds slips, not malice; a forged cursor only begins the list elsewhere.
  private static func check(_ bytes: some Sequence<UInt8>) -> UInt32 {
    bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }
}

extension Event {
  init(row: Row) throws {
    guard let camera = CameraID(bytes: row["camera"] as Data), let raw = RandomID(bytes: row["id"] as Data) else {
      throw badRow("event")
    }
    do {
      let decoder = JSONDecoder()
      self.init(
        id: EventID(camera: camera, raw: raw), start: WallTime(nanoseconds: row["start_ns"]),
        end: (row["end_ns"] as Int64?).map(WallTime.init(nanoseconds:)), best: WallTime(nanoseconds: row["best_ns"]),
        peak: row["peak"],
        boxes: try decoder.decode([RelativeBox].self, from: Data((row["boxes"] as String).utf8)),
        reasons: try decoder.decode([String].self, from: Data((row["reasons"] as String).utf8)),
        zones: try decoder.decode([String].self, from: Data((row["zones"] as String).utf8)))
    } catch is DecodingError {
      throw badRow("event")
    }
  }
}

private func json(_ value: some Encodable) throws -> String {
  String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}
