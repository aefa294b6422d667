public import Domain
import Foundation
import GRDB

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
  ///   - row: begins behind this row; `nil` for the newest.
  ///   - limit: 1 to 1000.
  public func views(of allowed: AllowedCameras, before row: Int64? = nil, limit: Int) async throws -> [ViewLogEntry] {
    try await reading("listing the view log") { db in
      var condition = "row < ?"
      var arguments: StatementArguments = [row ?? .max]
      if case .some(let cameras) = allowed {
        condition += " AND camera IN (\(databaseQuestionMarks(count: cameras.count)))"
        arguments += StatementArguments(cameras.map(\.blob))
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
          """, arguments: arguments + [min(max(1, limit), 1000)]
      ).map(ViewLogEntry.init)
    }
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

/// One view, before it has a row.
struct View: Sendable {
  let principal: Principal
  let address: String
  let camera: CameraID
  let action: ViewAction
  let span: TimeSpan?
  let at: WallTime
}

/// Writes the view log, inside the transactions of the household's one writer.
enum ViewLog {
  /// A break shorter than this doesn't end a sitting.
  static let pause = Duration.seconds(60)
  /// A sitting that was noted less than this ago isn't noted again for the same span: a page of thumbnails, or a player
  /// that asks for range after range, costs one synced write and not a hundred.
  static let grain = Duration.seconds(10)

  enum NoteKind: String { case seen, ended }

  /// The row of the sitting that this view belongs to: a new one, or one that is still going on.
  static func open(_ db: Database, _ view: View) throws -> Int64 {
    guard let sitting = try current(db, view) else { return try append(db, view) }
    let recent = view.at - sitting.active < grain
    if recent, try view.action == .thumbnail || isNoted(db, view.span, row: sitting.row) { return sitting.row }
    try note(db, row: sitting.row, kind: .seen, span: view.span, bytes: 0, at: view.at)
    return sitting.row
  }

  /// The same person, camera and action, come in the same way from the same address, less than a minute ago.
  private static func current(_ db: Database, _ view: View) throws -> (row: Int64, active: WallTime)? {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT row, max(at_ns, coalesce((SELECT max(at_ns) FROM view_note WHERE view_note.row = view_log.row), at_ns))
          AS active_ns
        FROM view_log WHERE person = ? AND camera = ? AND action = ? AND came_by = ? AND address = ?
        ORDER BY row DESC LIMIT 1
        """,
      arguments: [
        view.principal.person.raw.blob, view.camera.blob, view.action.rawValue, view.principal.credential.cameBy,
        view.address,
      ])
    guard let row else { return nil }
    let active = WallTime(nanoseconds: row["active_ns"])
    // Before it was last active: the clock was set back, and nothing is known of the time between.
    guard active <= view.at, view.at - active < pause else { return nil }
    return (row["row"], active)
  }

  private static func isNoted(_ db: Database, _ span: TimeSpan?, row: Int64) throws -> Bool {
    guard let span else { return true }
    return try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM view_log WHERE row = :row AND from_ns <= :from AND to_ns >= :to)
          OR EXISTS (SELECT 1 FROM view_note WHERE row = :row AND from_ns <= :from AND to_ns >= :to)
        """,
      arguments: ["row": row, "from": span.from.nanoseconds, "to": span.to.nanoseconds]) ?? false
  }

  private static func append(_ db: Database, _ view: View) throws -> Int64 {
    let (last, previous) = try newest(db, .views)
    let row = ViewRow(
      row: last + 1, person: view.principal.person.raw.blob, name: view.principal.name,
      cameBy: view.principal.credential.cameBy, address: view.address, camera: view.camera.blob,
      action: view.action.rawValue, from: view.span?.from.nanoseconds, to: view.span?.to.nanoseconds,
      at: view.at.nanoseconds)
    try db.execute(
      sql: """
        INSERT INTO view_log
          (row, person, name, came_by, address, camera, action, from_ns, to_ns, at_ns, previous, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        row.row, row.person, row.name, row.cameBy, row.address, row.camera, row.action, row.from, row.to, row.at,
        previous, row.hash(previous),
      ])
    return row.row
  }

  static func note(
    _ db: Database, row: Int64, kind: NoteKind, span: TimeSpan?, bytes: Int64, at: WallTime
  ) throws {
    let (last, previous) = try newest(db, .notes)
    let note = NoteRow(
      note: last + 1, row: row, kind: kind.rawValue, from: span?.from.nanoseconds, to: span?.to.nanoseconds,
      bytes: bytes, at: at.nanoseconds)
    try db.execute(
      sql: """
        INSERT INTO view_note (note, row, kind, from_ns, to_ns, bytes, at_ns, previous, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        note.note, note.row, note.kind, note.from, note.to, note.bytes, note.at, previous, note.hash(previous),
      ])
  }
}
