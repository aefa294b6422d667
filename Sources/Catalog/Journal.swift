public import Domain
import Foundation
import GRDB
import SQLite

/// What explains missing footage: from a moment on until the next such note of the same camera, or, with an end, over
/// one stretch, whatever holds around it.
public struct StateNote: Hashable, Sendable {
  public var from: WallTime
  /// `nil` for a state, which lasts until the next one.
  public var until: WallTime?
  /// `recorded` means that footage is being written: a gap in it is then unknown, not explained.
  public var `class`: CoverageClass
  /// Words for a person; at most 500 characters are kept.
  public var cause: String?

  public init(from: WallTime, until: WallTime? = nil, class: CoverageClass, cause: String? = nil) {
    self.from = from
    self.until = until
    self.class = `class`
    self.cause = cause
  }
}

extension Catalog {
  /// How many bytes of a journal file were taken in already; 0 for an unknown file.
  public func journalPosition(of camera: CameraID, file: String) async throws -> Int64 {
    try await reading("reading a journal's position") { db in
      try Int64.fetchOne(
        db, sql: "SELECT offset_bytes FROM journal_position WHERE camera = ? AND file = ?",
        arguments: [camera.blob, file]) ?? 0
    }
  }

  /// Takes in what a part of a camera's journal said, and remembers in the same transaction how far the file was read:
  /// a crash repeats a part or doesn't, and repeating one changes nothing. Of two notes of one moment the last stands.
  public func take(_ notes: [StateNote], of camera: CameraID, file: String, readTo offset: Int64) async throws {
    try await writing("taking in a journal") { db in
      let states = try db.cachedStatement(
        sql: """
          INSERT INTO state_note (camera, from_ns, class, cause) VALUES (?, ?, ?, ?)
          ON CONFLICT (camera, from_ns) DO UPDATE SET class = excluded.class, cause = excluded.cause
          """)
      let gaps = try db.cachedStatement(
        sql: """
          INSERT INTO gap_note (camera, from_ns, class, cause, until_ns) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (camera, from_ns, until_ns, class) DO UPDATE SET cause = excluded.cause
          """)
      for note in notes {
        let arguments: StatementArguments = [
          camera.blob, note.from.nanoseconds, note.class.rawValue,
          String((note.cause ?? "").unicodeScalars.prefix(500)),
        ]
        if let until = note.until {
          // An empty stretch explains nothing.
          if note.from < until { try gaps.execute(arguments: arguments + [until.nanoseconds]) }
        } else {
          try states.execute(arguments: arguments)
        }
      }
      try db.execute(
        sql: """
          INSERT INTO journal_position (camera, file, offset_bytes) VALUES (?, ?, ?)
          ON CONFLICT (camera, file) DO UPDATE SET offset_bytes = excluded.offset_bytes
          """, arguments: [camera.blob, file, offset])
    }
  }

  /// The notes of a camera that bear on `span`: the state in force at its start, those that begin within, and those
  /// with an end that reach into it; oldest first.
  public func stateNotes(of camera: CameraID, over span: TimeSpan) async throws -> [StateNote] {
    try await reading("looking for states") { db in try StateNote.fetch(db, camera: camera, over: span) }
  }

  /// Every moment of `span` with its class, from one consistent state of the catalog.
  ///
  /// - Parameters:
  ///   - open: footage that is durable but not listed yet, such as the segment in writing.
  ///   - notes: what others than the journal know of `Coverage.reach(of: span)`, such as deletions.
  public func coverage(
    of camera: CameraID, over span: TimeSpan, open: [FootageSpan] = [], notes: [StateNote] = []
  ) async throws -> [CoverageSpan] {
    try await reading("adding the coverage up") { db in
      let wide = Coverage.reach(of: span)
      var footage = try CatalogSegment.footage(db, camera: camera, stream: .main, overlapping: wide)
      // Tells whether trouble that was noted earlier was over.
      footage += try CatalogSegment.fetchLast(db, camera: camera, stream: .main, before: wide.from)
        .map { FootageSpan(span: $0.span, boot: $0.boot) }
      return Coverage.spans(
        over: span, footage: footage + open,
        notes: try StateNote.fetch(db, camera: camera, over: wide) + StateNote.missing(db, camera, over: wide) + notes)
    }
  }
}

extension StateNote {
  /// Footage that was there and whose files are gone, by nobody's rule.
  static func missing(_ db: Database, _ camera: CameraID, over span: TimeSpan) throws -> [StateNote] {
    try Row.fetchAll(
      db,
      sql: """
        -- By itself SQLite takes the index on time, and reads all that is older.
        SELECT start_ns, end_ns FROM segment INDEXED BY segment_not_present
        WHERE state <> 'present' AND state = 'missing' AND camera = ? AND stream = 'main' AND start_ns < ? AND end_ns > ?
        """, arguments: [camera.blob, span.to.nanoseconds, span.from.nanoseconds]
    ).map {
      StateNote(
        from: WallTime(nanoseconds: $0["start_ns"]), until: WallTime(nanoseconds: $0["end_ns"]), class: .disk,
        cause: "it was recorded, and its file is not there any more")
    }
  }

  static func fetch(_ db: Database, camera: CameraID, over span: TimeSpan) throws -> [StateNote] {
    let states = try Row.fetchAll(
      db,
      sql: """
        SELECT from_ns, NULL AS until_ns, class, cause FROM state_note
        WHERE camera = :camera AND from_ns < :to AND from_ns >= coalesce(
          (SELECT max(from_ns) FROM state_note WHERE camera = :camera AND from_ns <= :from), :from)
        """, arguments: ["camera": camera.blob, "from": span.from.nanoseconds, "to": span.to.nanoseconds])
    // As with segments: none that reaches into the span begins earlier than the longest one lasts.
    let longest = try Int64.fetchOne(
      db, sql: "SELECT until_ns - from_ns FROM gap_note WHERE camera = ? ORDER BY until_ns - from_ns DESC LIMIT 1",
      arguments: [camera.blob])
    let (earliest, overflow) = span.from.nanoseconds.subtractingReportingOverflow(longest ?? 0)
    let gaps = try Row.fetchAll(
      db,
      sql: """
        SELECT from_ns, until_ns, class, cause FROM gap_note
        WHERE camera = ? AND from_ns >= ? AND from_ns < ? AND until_ns > ? ORDER BY from_ns, until_ns, class
        """,
      arguments: [camera.blob, overflow ? Int64.min : earliest, span.to.nanoseconds, span.from.nanoseconds])
    return try (states + gaps).map { row in
      guard let known = CoverageClass(rawValue: row["class"]) else { throw badRow("state_note") }
      let cause: String = row["cause"]
      return StateNote(
        from: WallTime(nanoseconds: row["from_ns"]),
        until: (row["until_ns"] as Int64?).map(WallTime.init(nanoseconds:)), class: known,
        cause: cause.isEmpty ? nil : cause)
    }.sorted { $0.from < $1.from }
  }
}
