import GRDB

/// The tables as a version of Hearth made them. Once it has shipped, a text of one is never changed; a new migration adds
/// the text of the version before it.
public struct OldSchema: Sendable, CustomStringConvertible {
  public let name: String
  public let sql: String

  public init(name: String, sql: String) {
    self.name = name
    self.sql = sql
  }

  public var description: String { name }

  /// Makes a database with these tables.
  public func make(at path: String) throws {
    try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
  }
}

/// A database's schema without its layout and comments, to compare an upgraded one with a fresh one.
public func schemaShape(at path: String) throws -> [String] {
  try DatabaseQueue(path: path).read { db in
    try Row.fetchAll(db, sql: "SELECT type, name, tbl_name, coalesce(sql, '') AS sql FROM sqlite_schema").map { row in
      let sql = (row["sql"] as String).split(separator: "\n")
        .map { line in line.firstRange(of: "--").map { line[..<$0.lowerBound] } ?? line }
        .joined(separator: " ").split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return "\(row["type"] as String) \(row["name"] as String) \(row["tbl_name"] as String) \(sql)"
    }.sorted()
  }
}
