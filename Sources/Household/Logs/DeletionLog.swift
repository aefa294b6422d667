public import Domain
import Foundation
import GRDB
import SQLite

/// A file of footage that was deleted, and why.
public struct Deletion: Hashable, Sendable {
  public var camera: CameraID
  /// Path below the camera's media folder; names its segment, so it is never used twice.
  public var file: String
  public var span: TimeSpan
  /// Bytes freed.
  public var bytes: Int64
  /// The rule's name, at most 256 characters.
  public var rule: String
  /// The rule's numbers in words, at most 1000 characters.
  public var why: String
  public var at: WallTime

  public init(
    camera: CameraID, file: String, span: TimeSpan, bytes: Int64, rule: String, why: String, at: WallTime
  ) {
    self.camera = camera
    self.file = file
    self.span = span
    self.bytes = bytes
    self.rule = rule
    self.why = why
    self.at = at
  }
}

/// A part of the deletion log, newest first.
public struct DeletionPage: Sendable {
  public let deletions: [Deletion]
  /// The row that the part behind this one begins before; `nil` after the last part.
  public let next: Int64?
}

extension Household {
  /// Notes deletions. One that is in the log already stays as it is, so that a deletion which a crash interrupted can
  /// be finished and noted again.
  public func record(_ deletions: [Deletion]) async throws {
    try await writing("noting deletions") { db in
      for deletion in deletions {
        try db.execute(
          sql: """
            INSERT INTO deletion_log (row, camera, file, from_ns, to_ns, bytes, rule, why, at_ns)
            SELECT (SELECT coalesce(max(row), 0) + 1 FROM deletion_log), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
            WHERE NOT EXISTS (SELECT 1 FROM deletion_log WHERE camera = ?1 AND file = ?2)
            """,
          arguments: [
            deletion.camera.blob, deletion.file, deletion.span.from.nanoseconds, deletion.span.to.nanoseconds,
            deletion.bytes, String(deletion.rule.unicodeScalars.prefix(256)),
            String(deletion.why.unicodeScalars.prefix(1000)), deletion.at.nanoseconds,
          ])
      }
    }
  }

  /// The newest deletions of the allowed cameras, newest first, at most `limit` (1 to 10,000).
  ///
  /// - Parameter before: only rows before this one; `next` of the part before.
  public func deletions(
    of allowed: AllowedCameras, limit: Int, before: Int64? = nil
  ) async throws -> DeletionPage {
    let limit = min(max(1, limit), 10_000)
    return try await reading("listing deletions") { db -> DeletionPage in
      var condition = "true"
      var arguments: StatementArguments = []
      if case .some(let cameras) = allowed {
        condition = "camera IN (\(databaseQuestionMarks(count: cameras.count)))"
        arguments = StatementArguments(cameras.map(\.blob))
      }
      if let before {
        condition += " AND row < ?"
        arguments += [before]
      }
      // One more than asked for tells whether there is another part.
      let rows = try Row.fetchAll(
        db, sql: "SELECT * FROM deletion_log WHERE \(condition) ORDER BY row DESC LIMIT ?",
        arguments: arguments + [limit + 1])
      let deletions = try rows.prefix(limit).map(Deletion.init)
      return DeletionPage(deletions: deletions, next: rows.count > limit ? rows[limit - 1]["row"] as Int64 : nil)
    }
  }
}

extension Household {
  /// Which stretches of one camera's main stream were deleted, and by which rule; those that share time with `span`,
  /// oldest first. Neighbours that went by one rule are one.
  public func deletedSpans(of camera: CameraID, overlapping span: TimeSpan) async throws -> [(
    span: TimeSpan, rule: String
  )] {
    try await reading("looking for what was deleted") { db in
      // A file's name begins with the UTC day of its start, and no segment lasts an hour: the index on names serves it.
      let days = ((span.from - .seconds(3600)).day.text, span.to.day.text)
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT from_ns, to_ns, rule FROM deletion_log
          WHERE camera = ? AND file >= ? AND file < ? AND file NOT LIKE '%-detect-%' AND from_ns < ? AND to_ns > ?
          ORDER BY from_ns
          """,
        arguments: [camera.blob, "\(days.0)/", "\(days.1)0", span.to.nanoseconds, span.from.nanoseconds])
      var deleted: [(span: TimeSpan, rule: String)] = []
      for row in rows {
        guard let next = TimeSpan(from: WallTime(nanoseconds: row["from_ns"]), to: WallTime(nanoseconds: row["to_ns"]))
        else { throw badRow("deletion_log") }
        let rule: String = row["rule"]
        if let last = deleted.last, last.rule == rule, next.from - last.span.to < .seconds(1),
          let both = TimeSpan(from: last.span.from, to: max(last.span.to, next.to))
        {
          deleted[deleted.count - 1].span = both
        } else {
          deleted.append((next, rule))
        }
      }
      return deleted
    }
  }

  /// The deletions of one camera that share time with `span`, or are of `file`; oldest first, at most 1000.
  public func deletions(
    of camera: CameraID, overlapping span: TimeSpan?, file: String? = nil
  ) async throws -> [Deletion] {
    try await reading("looking for deletions") { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM deletion_log
          WHERE camera = ?1 AND (file = ?2 OR (from_ns < ?4 AND to_ns > ?3)) ORDER BY row LIMIT 1000
          """,
        arguments: [camera.blob, file, span?.from.nanoseconds, span?.to.nanoseconds]
      ).map(Deletion.init)
    }
  }

  /// The last deletions of the log, as far as they lie no longer than `time` before the newest; at most `limit`.
  public func lastDeletions(
    within time: Duration, limit: Int
  ) async throws -> [(camera: CameraID, file: String)] {
    let span = (WallTime(nanoseconds: 0) + time).nanoseconds
    return try await reading("looking for the last deletions") { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT camera, file FROM (SELECT * FROM deletion_log ORDER BY row DESC LIMIT ?)
          WHERE at_ns >= (SELECT at_ns FROM deletion_log ORDER BY row DESC LIMIT 1) - ? ORDER BY row DESC
          """, arguments: [max(0, limit), span]
      ).map { row in
        guard let camera = CameraID(bytes: row["camera"] as Data) else { throw badRow("deletion_log") }
        return (camera, row["file"])
      }
    }
  }
}

extension Deletion {
  init(row: Row) throws {
    guard let camera = CameraID(bytes: row["camera"] as Data),
      let span = TimeSpan(from: WallTime(nanoseconds: row["from_ns"]), to: WallTime(nanoseconds: row["to_ns"]))
    else { throw badRow("deletion_log") }
    self.init(
      camera: camera, file: row["file"], span: span, bytes: row["bytes"], rule: row["rule"], why: row["why"],
      at: WallTime(nanoseconds: row["at_ns"]))
  }
}
