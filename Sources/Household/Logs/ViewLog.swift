public import Domain
import Foundation
import GRDB
import SQLite

/// A sitting: somebody looked at one camera in one way, with breaks of less than a minute.
public struct ViewLogEntry: Hashable, Sendable {
  /// The row's number: 1, 2, 3, ... in the order of opening.
  public let row: Int64
  public let person: PersonID
  /// The person's name at that time.
  public let name: String
  public let camera: CameraID
  public let action: ViewAction
  /// From the earliest to the latest moment that was asked for; `nil` for live and snapshots.
  public let span: TimeSpan?
  /// When it was opened.
  public let at: WallTime
  /// When the last of its views was closed; `nil` while none was.
  public let ended: WallTime?
  /// How much was sent, as far as views were closed.
  public let bytes: Int64
  /// `session`, `token` or `console`.
  public let cameBy: String
  public let address: String
}

/// Where the view log doesn't agree with itself: somebody changed it past Hearth.
public struct ChainBreak: Hashable, Sendable {
  /// `view_log` or `view_note`.
  public let table: String
  /// The first row that is not as it was written, or is missing.
  public let row: Int64

  package init(table: String, row: Int64) {
    self.table = table
    self.row = row
  }
}

extension Household {
  /// Says how a view that was authorised ended. May be called for each request of a sitting.
  ///
  /// - Parameter bytes: how much this request sent.
  public func endView(row: Int64, bytes: Int64, now: WallTime) async throws {
    try await writing("ending a view") { db in
      try ViewLog.note(db, row: row, kind: .ended, span: nil, bytes: max(0, bytes), at: now)
    }
  }

  /// The newest sittings before `row`, newest first.
  ///
  /// - Parameters:
  ///   - allowed: the cameras whose sittings the asking person may know of.
  ///   - person: only sittings of the person whose id or whose name at that time this is.
  ///   - row: begins behind this row; `nil` for the newest.
  ///   - limit: 1 to 10,000.
  public func views(
    of allowed: AllowedCameras, by person: String? = nil, before row: Int64? = nil, limit: Int
  ) async throws -> [ViewLogEntry] {
    try await reading("listing the view log") { db in
      var condition = "row < ?"
      var arguments: StatementArguments = [row ?? .max]
      if case .some(let cameras) = allowed {
        condition += " AND camera IN (\(databaseQuestionMarks(count: cameras.count)))"
        arguments += StatementArguments(cameras.map(\.blob))
      }
      if let person {
        condition += " AND (person = ? OR name = ?)"
        arguments += [RandomID(text: person)?.blob, person]
      }
      return try Row.fetchAll(
        db,
        sql: """
          SELECT *,
            (SELECT min(from_ns) FROM view_note WHERE view_note.row = view_log.row) AS noted_from_ns,
            (SELECT max(to_ns) FROM view_note WHERE view_note.row = view_log.row) AS noted_to_ns,
            (SELECT max(at_ns) FROM view_note WHERE view_note.row = view_log.row AND kind = 'ended') AS ended_ns,
            (SELECT coalesce(sum(bytes), 0) FROM view_note WHERE view_note.row = view_log.row) AS bytes
          FROM view_log WHERE \(condition) ORDER BY row DESC LIMIT ?
          """, arguments: arguments + [min(max(1, limit), 10_000)]
      ).map(ViewLogEntry.init)
    }
  }

  /// How many sittings the view log holds.
  public func countViews() async throws -> Int {
    try await reading("counting the view log") { try Int.fetchOne($0, sql: "SELECT count(*) FROM view_log") ?? 0 }
  }

  /// Reads the whole view log and checks that each row is as it was written.
  ///
  /// Finds what somebody changed, inserted or removed in the middle. Who can write the file can also cut its end off or
  /// write all of it anew: against that, keep the newest hash (`viewLogHead`) elsewhere.
  public func verifyChain() async throws -> ChainBreak? {
    try await reading("checking the view log") { db in
      try ViewLog.firstBreak(db, .views) ?? ViewLog.firstBreak(db, .notes)
    }
  }

  /// The number and the hash (64 hexadecimal digits) of the newest row; `nil` while the log is empty.
  public func viewLogHead() async throws -> (row: Int64, hash: String)? {
    try await reading("reading the view log's head") { db in
      try Row.fetchOne(db, sql: "SELECT row, hash FROM view_log ORDER BY row DESC LIMIT 1")
        .map { ($0["row"], Hex.encode($0["hash"] as Data)) }
    }
  }
}
