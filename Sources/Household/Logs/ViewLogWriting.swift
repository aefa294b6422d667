import Domain
import Foundation
import GRDB
import SQLite

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
    if try isNoted(db, view, in: sitting) { return sitting.row }
    try note(db, row: sitting.row, kind: .seen, span: view.span, bytes: 0, at: view.at)
    return sitting.row
  }

  /// Whether `open` would write nothing.
  static func isNoted(_ db: Database, _ view: View) throws -> Bool {
    guard let sitting = try current(db, view) else { return false }
    return try isNoted(db, view, in: sitting)
  }

  private static func isNoted(
    _ db: Database, _ view: View, in sitting: (row: Int64, active: WallTime)
  ) throws -> Bool {
    guard view.at - sitting.active < grain else { return false }
    // Of a page of pictures the first says enough.
    return try view.action == .thumbnail || view.action == .filmstrip || isNoted(db, view.span, row: sitting.row)
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
