import Domain
import Foundation
import GRDB

/// A row of `view_log`, in the words of SQL.
struct ViewRow {
  let row: Int64
  let person: Data
  let name: String
  let cameBy: String
  let address: String
  let camera: Data
  let action: String
  let from: Int64?
  let to: Int64?
  let at: Int64

  /// The order of the fields is the log's format: it never changes.
  func hash(_ previous: Data) -> Data {
    var chained = ChainedRow(log: "hearth view_log 1", previous: previous)
    chained.add(row)
    chained.add(person)
    chained.add(name)
    chained.add(cameBy)
    chained.add(address)
    chained.add(camera)
    chained.add(action)
    chained.add(from)
    chained.add(to)
    chained.add(at)
    return chained.hash
  }
}

/// A row of `view_note`, in the words of SQL.
struct NoteRow {
  let note: Int64
  let row: Int64
  let kind: String
  let from: Int64?
  let to: Int64?
  let bytes: Int64
  let at: Int64

  /// The order of the fields is the log's format: it never changes.
  func hash(_ previous: Data) -> Data {
    var chained = ChainedRow(log: "hearth view_note 1", previous: previous)
    chained.add(note)
    chained.add(row)
    chained.add(kind)
    chained.add(from)
    chained.add(to)
    chained.add(bytes)
    chained.add(at)
    return chained.hash
  }
}

extension ViewLog {
  enum Table: String {
    case views = "view_log"
    case notes = "view_note"

    var key: String { self == .views ? "row" : "note" }
  }

  static func newest(_ db: Database, _ table: Table) throws -> (number: Int64, hash: Data) {
    let row = try Row.fetchOne(
      db, sql: "SELECT \(table.key), hash FROM \(table.rawValue) ORDER BY \(table.key) DESC LIMIT 1")
    guard let row else { return (0, ChainedRow.start) }
    return (row[table.key], row["hash"])
  }

  /// Follows a chain from its first row, a thousand rows at a time.
  static func firstBreak(_ db: Database, _ table: Table) throws -> ChainBreak? {
    var (last, previous) = (Int64(0), ChainedRow.start)
    while true {
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT * FROM \(table.rawValue) WHERE \(table.key) > ? ORDER BY \(table.key) LIMIT 1000",
        arguments: [last])
      for row in rows {
        let number: Int64 = row[table.key]
        let stored: Data = row["hash"]
        guard number == last + 1, row["previous"] as Data == previous, stored == hash(row, table, previous) else {
          return ChainBreak(table: table.rawValue, row: last + 1)
        }
        (last, previous) = (number, stored)
      }
      if rows.count < 1000 { return nil }
    }
  }

  private static func hash(_ row: Row, _ table: Table, _ previous: Data) -> Data {
    switch table {
    case .views:
      ViewRow(
        row: row["row"], person: row["person"], name: row["name"], cameBy: row["came_by"], address: row["address"],
        camera: row["camera"], action: row["action"], from: row["from_ns"], to: row["to_ns"], at: row["at_ns"]
      ).hash(previous)
    case .notes:
      NoteRow(
        note: row["note"], row: row["row"], kind: row["kind"], from: row["from_ns"], to: row["to_ns"],
        bytes: row["bytes"], at: row["at_ns"]
      ).hash(previous)
    }
  }
}

extension ViewLogEntry {
  init(row: Row) throws {
    guard let person = RandomID(bytes: row["person"] as Data), let camera = CameraID(bytes: row["camera"] as Data),
      let action = ViewAction(rawValue: row["action"])
    else { throw badRow("view_log") }
    let starts = [row["from_ns"] as Int64?, row["noted_from_ns"] as Int64?].compactMap { $0 }
    let ends = [row["to_ns"] as Int64?, row["noted_to_ns"] as Int64?].compactMap { $0 }
    var span: TimeSpan?
    if let from = starts.min(), let to = ends.max() {
      span = TimeSpan(from: WallTime(nanoseconds: from), to: WallTime(nanoseconds: to))
    }
    self.init(
      row: row["row"], person: PersonID(raw: person), name: row["name"], camera: camera, action: action, span: span,
      at: WallTime(nanoseconds: row["at_ns"]),
      ended: (row["ended_ns"] as Int64?).map(WallTime.init(nanoseconds:)), bytes: row["bytes"],
      cameBy: row["came_by"], address: row["address"])
  }
}
