public import Domain
import Foundation
import GRDB
import SQLite

/// Whether a segment's file is there.
public enum SegmentState: String, Sendable, CaseIterable {
  case present
  /// The row's file was not found; the row is kept, and nothing is deleted because of it.
  case missing
  /// The file is about to go, or gone; the row follows. Never leaves this state.
  case deleting
}

/// A segment as the catalog knows it.
public struct CatalogSegment: Hashable, Sendable {
  public var id: SegmentID
  public var stream: StreamRole
  /// Path below the camera's media folder, such as `2026-11-23/0000000012-<32 hex digits>.mp4`; names the segment's id.
  public var file: String
  /// From the first sample to the end of the last one.
  public var span: TimeSpan
  /// Size of the file.
  public var bytes: Int64
  /// Counts the camera's segments; never negative.
  public var sequence: Int64
  /// The boot of the machine that wrote it.
  public var boot: RandomID
  public var codec: VideoCodec
  public var hasAudio: Bool
  public var state: SegmentState

  public var camera: CameraID { id.camera }

  public init(
    id: SegmentID, stream: StreamRole, file: String, span: TimeSpan, bytes: Int64, sequence: Int64, boot: RandomID,
    codec: VideoCodec, hasAudio: Bool, state: SegmentState = .present
  ) {
    self.id = id
    self.stream = stream
    self.file = file
    self.span = span
    self.bytes = bytes
    self.sequence = sequence
    self.boot = boot
    self.codec = codec
    self.hasAudio = hasAudio
    self.state = state
  }
}

/// What one camera's footage adds up to; missing segments are counted apart.
public struct FootageTotals: Hashable, Sendable {
  /// Bytes of the segments that are present.
  public let bytes: Int64
  public let present: Int
  public let missing: Int
  public let deleting: Int
  /// Start of the first and end of the last present segment of any stream.
  public let extent: TimeSpan?
}

extension Catalog {
  /// Adds segments, or brings their rows up to date. A row that is marked as deleting stays marked.
  public func record(_ segments: [CatalogSegment]) async throws {
    try await writing("adding segments") { db in
      let statement = try db.cachedStatement(
        sql: """
          INSERT INTO segment
            (camera, id, stream, file, start_ns, end_ns, bytes, sequence, boot, codec, audio, state)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (camera, id) DO UPDATE SET
            stream = excluded.stream, file = excluded.file, start_ns = excluded.start_ns, end_ns = excluded.end_ns,
            bytes = excluded.bytes, sequence = excluded.sequence, boot = excluded.boot, codec = excluded.codec,
            audio = excluded.audio, state = iif(state = 'deleting', state, excluded.state)
          """)
      for segment in segments {
        try statement.execute(arguments: [
          segment.camera.blob, segment.id.raw.blob, segment.stream.rawValue, segment.file,
          segment.span.from.nanoseconds, segment.span.to.nanoseconds, segment.bytes, segment.sequence,
          segment.boot.blob, segment.codec.rawValue, segment.hasAudio, segment.state.rawValue,
        ])
      }
    }
  }

  /// The segment with this id, whatever its state.
  public func segment(_ id: SegmentID) async throws -> CatalogSegment? {
    try await reading("looking a segment up") { db in
      try Row.fetchOne(
        db, sql: "SELECT \(CatalogSegment.columns) FROM segment WHERE camera = ? AND id = ?",
        arguments: [id.camera.blob, id.raw.blob]
      ).map(CatalogSegment.init)
    }
  }

  /// The segment with this file, whatever its state.
  public func segment(of camera: CameraID, file: String) async throws -> CatalogSegment? {
    try await reading("looking a file up") { db in
      try Row.fetchOne(
        db, sql: "SELECT \(CatalogSegment.columns) FROM segment WHERE camera = ? AND file = ?",
        arguments: [camera.blob, file]
      )
      .map(CatalogSegment.init)
    }
  }

  /// The present segments of one stream that share time with `span`, ordered by start, then sequence.
  public func segments(
    of camera: CameraID, stream: StreamRole, overlapping span: TimeSpan
  ) async throws -> [CatalogSegment] {
    try await reading("looking for footage") { db in
      try CatalogSegment.fetch(db, camera: camera, stream: stream, overlapping: span)
    }
  }

  /// Whether any segment of a camera shares time with `span`, whatever its stream; those whose deletion was begun don't
  /// count.
  public func hasFootage(of camera: CameraID, in span: TimeSpan) async throws -> Bool {
    try await reading("looking for footage") { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM segment WHERE camera = ? AND state <> 'deleting' AND start_ns < ? AND end_ns > ?)
          """, arguments: [camera.blob, span.to.nanoseconds, span.from.nanoseconds]) ?? false
    }
  }

  /// The files that the catalog knows of one camera, with their states; of one UTC day's folder when `day` is given.
  public func files(of camera: CameraID, day: CivilDate? = nil) async throws -> [String: SegmentState] {
    try await reading("listing files") { db in
      // "0" is the character behind "/": the range is exactly the folder, and the index on (camera, file) serves it.
      let (from, to) = day.map { ("\($0.text)/", "\($0.text)0") } ?? ("", "\u{10FFFF}")
      let rows = try Row.fetchAll(
        db, sql: "SELECT file, state FROM segment WHERE camera = ? AND file >= ? AND file < ?",
        arguments: [camera.blob, from, to])
      var files: [String: SegmentState] = [:]
      for row in rows {
        guard let state = SegmentState(rawValue: row["state"]) else { throw badRow("segment") }
        files[row["file"]] = state
      }
      return files
    }
  }

  /// The days of which the catalog lists files of one camera.
  public func days(of camera: CameraID) async throws -> Set<CivilDate> {
    try await reading("listing days") { db in
      // A jump from day to day through the index on (camera, file), however many files there are.
      let days = try String.fetchAll(
        db,
        sql: """
          WITH RECURSIVE each (file) AS (
            SELECT min(file) FROM segment WHERE camera = ?1
            UNION ALL
            SELECT (SELECT min(file) FROM segment WHERE camera = ?1 AND file >= substr(each.file, 1, 10) || '0')
            FROM each WHERE each.file IS NOT NULL
          )
          SELECT substr(file, 1, 10) FROM each WHERE file IS NOT NULL
          """, arguments: [camera.blob])
      return Set(days.compactMap { CivilDate(text: $0) })
    }
  }

  /// How many rows there are, and of how many of them the file was not found.
  public func countSegments() async throws -> (all: Int, missing: Int) {
    try await reading("counting segments") { db in
      (
        // The rest is few, and an index of its own has it.
        try Int.fetchOne(
          db,
          sql: """
            SELECT (SELECT coalesce(sum(segments), 0) FROM footage_sum)
              + (SELECT count(*) FROM segment WHERE state <> 'present')
            """) ?? 0,
        try Int.fetchOne(db, sql: "SELECT count(*) FROM segment WHERE state <> 'present' AND state = 'missing'") ?? 0
      )
    }
  }

  /// Says of segments that their files are there, missing, or about to go. Unknown ids are passed over; a row that is
  /// marked as deleting keeps its mark.
  public func mark(_ ids: [SegmentID], as state: SegmentState) async throws {
    try await writing("marking segments") { db in
      for id in ids {
        try db.execute(
          sql: "UPDATE segment SET state = ? WHERE camera = ? AND id = ? AND state <> 'deleting'",
          arguments: [state.rawValue, id.camera.blob, id.raw.blob])
      }
    }
  }

  /// The segments whose deletion was begun: at start their files are unlinked and their rows removed.
  public func segmentsMarkedAsDeleting() async throws -> [CatalogSegment] {
    try await segments(in: .deleting)
  }

  /// The segments whose files were not found, of the whole house.
  public func missingSegments() async throws -> [CatalogSegment] {
    try await segments(in: .missing)
  }

  private func segments(in state: SegmentState) async throws -> [CatalogSegment] {
    try await reading("listing \(state.rawValue) segments") { db in
      try CatalogSegment.fetchAll(
        db,
        sql: """
          SELECT \(CatalogSegment.columns) FROM segment WHERE state <> 'present' AND state = ?
          ORDER BY camera, start_ns, sequence
          """,
        arguments: [state.rawValue])
    }
  }

  /// Removes the rows of segments whose files are gone. Removing an unknown row is no error.
  ///
  /// - Throws: `Problem` (exit 65), and removes nothing, when one of them was not marked as deleting first.
  public func remove(_ ids: [SegmentID]) async throws {
    try await writing("removing segments") { db in
      for id in ids {
        try db.execute(
          sql: "DELETE FROM segment WHERE camera = ? AND id = ?", arguments: [id.camera.blob, id.raw.blob])
      }
    }
  }

  /// What each camera's footage adds up to; cameras without any row are absent.
  public func totals() async throws -> [CameraID: FootageTotals] {
    try await reading("adding the footage up") { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT camera, segments, bytes,
            (SELECT count(*) FROM segment WHERE state <> 'present' AND state = 'missing' AND camera = footage_sum.camera),
            (SELECT count(*) FROM segment WHERE state <> 'present' AND state = 'deleting' AND camera = footage_sum.camera)
          FROM footage_sum
          """)
      var totals: [CameraID: FootageTotals] = [:]
      for row in rows {
        guard let camera = CameraID(bytes: row[0] as Data) else { throw badRow("footage_sum") }
        let (present, missing, deleting): (Int, Int, Int) = (row[1], row[3], row[4])
        guard present + missing + deleting > 0 else { continue }
        let earliest = try StreamRole.allCases.compactMap { try Self.oldest(db, of: camera, $0) }.min()
        let latest = try StreamRole.allCases.compactMap { try Self.newest(db, of: camera, $0) }.max()
        totals[camera] = FootageTotals(
          bytes: row[2], present: present, missing: missing, deleting: deleting,
          extent: earliest.flatMap { from in latest.flatMap { TimeSpan(from: from, to: $0) } })
      }
      return totals
    }
  }
}

extension CatalogSegment {
  /// In the order in which `init(row:)` reads them: by place, which takes a third of the time that names take.
  static let columns = "camera, id, stream, file, start_ns, end_ns, bytes, sequence, boot, codec, audio, state"

  init(row: Row) throws {
    guard let camera = CameraID(bytes: row[0] as Data), let raw = RandomID(bytes: row[1] as Data),
      let stream = StreamRole(rawValue: row[2]), let boot = RandomID(bytes: row[8] as Data),
      let codec = VideoCodec(rawValue: row[9]), let state = SegmentState(rawValue: row[11]),
      let span = TimeSpan(from: WallTime(nanoseconds: row[4]), to: WallTime(nanoseconds: row[5]))
    else { throw badRow("segment") }
    self.init(
      id: SegmentID(camera: camera, raw: raw), stream: stream, file: row[3], span: span, bytes: row[6],
      sequence: row[7], boot: boot, codec: codec, hasAudio: row[10], state: state)
  }

  /// The rows of a statement that selects `columns`, without a copy of each row in between.
  static func fetchAll(_ db: Database, sql: String, arguments: StatementArguments) throws -> [CatalogSegment] {
    var segments: [CatalogSegment] = []
    let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
    while let row = try rows.next() { segments.append(try CatalogSegment(row: row)) }
    return segments
  }

  static func fetch(
    _ db: Database, camera: CameraID, stream: StreamRole, overlapping span: TimeSpan
  ) throws -> [CatalogSegment] {
    guard let earliest = try earliestStart(db, camera: camera, stream: stream, reaching: span.from) else { return [] }
    return try fetchAll(
      db,
      sql: """
        SELECT \(columns) FROM segment
        WHERE camera = ? AND stream = ? AND start_ns >= ? AND start_ns < ? AND end_ns > ? AND state = 'present'
        ORDER BY start_ns, sequence, id
        """,
      arguments: [
        camera.blob, stream.rawValue, earliest, span.to.nanoseconds, span.from.nanoseconds,
      ])
  }

  /// Where one stream has footage in `span`, and of which boot: all that the coverage ledger asks, several times as fast
  /// as whole rows. A day has 1,440 of them.
  static func footage(
    _ db: Database, camera: CameraID, stream: StreamRole, overlapping span: TimeSpan
  ) throws -> [FootageSpan] {
    guard let earliest = try earliestStart(db, camera: camera, stream: stream, reaching: span.from) else { return [] }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT start_ns, end_ns, boot FROM segment
        WHERE camera = ? AND stream = ? AND start_ns >= ? AND start_ns < ? AND end_ns > ? AND state = 'present'
        ORDER BY start_ns, sequence, id
        """,
      arguments: [camera.blob, stream.rawValue, earliest, span.to.nanoseconds, span.from.nanoseconds])
    var footage: [FootageSpan] = []
    var last: (blob: Data, boot: RandomID)?
    while let row = try rows.next() {
      let blob: Data = row[2]
      // As a rule the same for months.
      guard let boot = last?.blob == blob ? last?.boot : RandomID(bytes: blob),
        let span = TimeSpan(from: WallTime(nanoseconds: row[0]), to: WallTime(nanoseconds: row[1]))
      else { throw badRow("segment") }
      last = (blob, boot)
      footage.append(FootageSpan(span: span, boot: boot))
    }
    return footage
  }

  /// A segment that began before a span may reach into it, but not from further back than the longest one lasts; `nil`
  /// when there is none at all.
  private static func earliestStart(
    _ db: Database, camera: CameraID, stream: StreamRole, reaching from: WallTime
  ) throws -> Int64? {
    let longest = try Int64.fetchOne(
      db,
      sql: """
        SELECT end_ns - start_ns FROM segment WHERE camera = ? AND stream = ?
        ORDER BY end_ns - start_ns DESC LIMIT 1
        """,
      arguments: [camera.blob, stream.rawValue])
    return longest.map { longest in
      let (earliest, overflow) = from.nanoseconds.subtractingReportingOverflow(longest)
      return overflow ? Int64.min : earliest
    }
  }

  /// The present segment that began last before `time`; none or one.
  static func fetchLast(
    _ db: Database, camera: CameraID, stream: StreamRole, before time: WallTime
  ) throws -> [CatalogSegment] {
    try CatalogSegment.fetchAll(
      db,
      sql: """
        SELECT \(CatalogSegment.columns) FROM segment WHERE camera = ? AND stream = ? AND start_ns < ? AND state = 'present'
        ORDER BY start_ns DESC LIMIT 1
        """, arguments: [camera.blob, stream.rawValue, time.nanoseconds])
  }
}
