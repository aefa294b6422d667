public import Domain
import Foundation
import GRDB
import SQLite

/// The first footage of a camera, in the order of recording, and what all of it adds up to; of one moment.
public struct FootageBeginning: Sendable {
  /// Present segments, those with the lowest sequence numbers. Nothing else that is present was recorded before them.
  public var segments: [CatalogSegment] = []
  /// How many segments are present, those above among them.
  public var count = 0
  /// Bytes of those.
  public var bytes: Int64 = 0
  /// The end of the newest; `nil` without any.
  public var newest: WallTime?
  /// The segments that end within `FootageQuery.recent` before `newest`.
  public var recent = Stretch()
  /// Those that end within the hour before `newest`.
  public var lastHour = Stretch()

  /// Bytes of some present segments, and the first of their starts; `nil` without any.
  public struct Stretch: Sendable {
    public var bytes: Int64 = 0
    public var first: WallTime?
  }
}

/// How much of each camera's footage is asked for.
public struct FootageQuery: Hashable, Sendable {
  /// At least everything that was recorded before, where the times are right; `nil`: no time is asked for.
  public var until: WallTime?
  /// So many segments beyond.
  public var more: Int
  /// All of this camera's.
  public var whole: CameraID?
  /// Over how long the rate is measured.
  public var recent: Duration

  public init(until: WallTime?, more: Int, whole: CameraID? = nil, recent: Duration) {
    self.until = until
    self.more = more
    self.whole = whole
    self.recent = recent
  }
}

extension Catalog {
  /// The first footage of all cameras that have any, in one look: what a plan of deletions is made from.
  public func beginnings(_ query: FootageQuery) async throws -> [CameraID: FootageBeginning] {
    try await reading("listing the first footage") { db in
      var found: [CameraID: FootageBeginning] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT camera, segments, bytes FROM footage_sum WHERE segments > 0") {
        guard let camera = CameraID(bytes: row["camera"] as Data) else { throw badRow("footage_sum") }
        var beginning = FootageBeginning(count: row["segments"], bytes: row["bytes"])
        beginning.segments = try Self.first(db, of: camera, query)
        for stream in StreamRole.allCases {
          let newest = try Self.newest(db, of: camera, stream)
          beginning.newest = [beginning.newest, newest].compactMap { $0 }.max()
        }
        if let newest = beginning.newest {
          beginning.recent = try Self.sum(db, of: camera, endingAfter: newest - query.recent, before: newest)
          beginning.lastHour = try Self.sum(db, of: camera, endingAfter: newest - .seconds(3600), before: newest)
        }
        found[camera] = beginning
      }
      return found
    }
  }

  private static func first(_ db: Database, of camera: CameraID, _ query: FootageQuery) throws -> [CatalogSegment] {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(CatalogSegment.columns) FROM segment INDEXED BY segment_by_sequence
        WHERE camera = ? AND state = 'present' ORDER BY sequence, id
        """, arguments: [camera.blob])
    var segments: [CatalogSegment] = []
    var beyond = 0
    var isReached = query.until == nil
    while let row = try rows.next() {
      let segment = try CatalogSegment(row: row)
      if let until = query.until, segment.span.from >= until { isReached = true }
      if isReached { beyond += 1 }
      if beyond > query.more, camera != query.whole { break }
      segments.append(segment)
    }
    return segments
  }

  /// The start of a stream's first present segment.
  static func oldest(_ db: Database, of camera: CameraID, _ stream: StreamRole) throws -> WallTime? {
    try Int64.fetchOne(
      db,
      sql: """
        SELECT start_ns FROM segment WHERE camera = ? AND stream = ? AND state = 'present' ORDER BY start_ns LIMIT 1
        """, arguments: [camera.blob, stream.rawValue]
    ).map(WallTime.init(nanoseconds:))
  }

  /// The end of a stream's newest present segment.
  static func newest(_ db: Database, of camera: CameraID, _ stream: StreamRole) throws -> WallTime? {
    let last = try Int64.fetchOne(
      db,
      sql: """
        SELECT start_ns FROM segment WHERE camera = ? AND stream = ? AND state = 'present'
        ORDER BY start_ns DESC LIMIT 1
        """, arguments: [camera.blob, stream.rawValue])
    guard let last else { return nil }
    // The one that begins last, or a long one that begins earlier and ends after it.
    return try Int64.fetchOne(
      db,
      sql: """
        SELECT max(end_ns) FROM segment WHERE camera = ?1 AND stream = ?2 AND state = 'present'
          AND start_ns BETWEEN ?3 - \(longest) AND ?3
        """, arguments: [camera.blob, stream.rawValue, last]
    ).map(WallTime.init(nanoseconds:))
  }

  /// The length of a stream's longest segment in nanoseconds, whatever its state.
  private static let longest =
    "coalesce((SELECT max(end_ns - start_ns) FROM segment WHERE camera = ?1 AND stream = ?2), 0)"

  /// Bytes of the present segments that end after `time`, and the first of their starts.
  private static func sum(
    _ db: Database, of camera: CameraID, endingAfter time: WallTime, before end: WallTime
  ) throws -> FootageBeginning.Stretch {
    var sum = FootageBeginning.Stretch()
    for stream in StreamRole.allCases {
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT coalesce(sum(bytes), 0), min(start_ns) FROM segment
          WHERE camera = ?1 AND stream = ?2 AND state = 'present' AND end_ns > ?3
            AND start_ns BETWEEN ?3 - \(longest) AND ?4
          """, arguments: [camera.blob, stream.rawValue, time.nanoseconds, end.nanoseconds])
      guard let row else { continue }
      sum.bytes += row[0]
      let first = (row[1] as Int64?).map(WallTime.init(nanoseconds:))
      sum.first = [sum.first, first].compactMap { $0 }.min()
    }
    return sum
  }
}
