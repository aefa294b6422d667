package import Domain
package import Foundation
package import GRDB

/// How a connection to one of the house's databases is set up.
///
/// - Parameter label: what GRDB calls it in its messages.
package func houseConfiguration(_ label: String) -> Configuration {
  var configuration = Configuration()
  configuration.label = label
  configuration.busyMode = .timeout(5)
  configuration.maximumReaderCount = 4
  // A cache of 1 MiB for each of these connections: the system's own cache holds the rest of the file.
  configuration.prepareDatabase { db in
    try db.execute(
      sql: """
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        PRAGMA cache_size = -1024;
        PRAGMA journal_size_limit = 16777216;
        """)
  }
  return configuration
}

extension DatabaseWriter {
  /// Makes each commit durable before it is answered. A pool sets `synchronous` to NORMAL after preparing its
  /// connections, so FULL can only be set afterwards.
  ///
  /// - Parameter what: the database, as a message names it.
  /// - Throws: `Problem` when SQLite did not take it; `DatabaseError`.
  package func makeCommitsDurable(_ what: String) throws {
    let synchronous = try writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      return try db.synchronous()
    }
    guard synchronous == 2 else {
      throw Problem(
        .internalError, "\(what) runs without synchronous=FULL", next: "report this: rows could be lost")
    }
  }
}

extension Database {
  /// `PRAGMA synchronous` of this connection: 2 is FULL.
  package func synchronous() throws -> Int? { try Int.fetchOne(self, sql: "PRAGMA synchronous") }

  /// The file is this application's, or new.
  package func belongs(to application: Int32) throws -> Bool {
    let found = try Int32.fetchOne(self, sql: "PRAGMA application_id")
    guard found == 0 else { return found == application }
    return try Int.fetchOne(self, sql: "SELECT count(*) FROM sqlite_schema") == 0
  }

  /// SQLite looks at every page, but does not compare indexes with their tables.
  package func passesQuickCheck() throws -> Bool {
    try String.fetchOne(self, sql: "PRAGMA quick_check(1)") == "ok"
  }

  /// SQLite looks at every page and compares every index with its table; the findings in its words, empty when all is
  /// well.
  package func integrityFindings() throws -> [String] {
    try String.fetchAll(self, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
  }
}

extension DatabaseError {
  /// The file is damaged, or no database at all.
  package var isDamage: Bool { resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB }

  /// The same for a person; not for damage, whose remedy is each database's own.
  ///
  /// - Parameters:
  ///   - what: the database, as a message names it.
  ///   - doing: what was being done.
  ///   - next: what to do about a row that was refused, and about what nobody expected.
  package func problem(_ what: String, doing: String, next: (refused: String, unknown: String)) -> Problem {
    let code = Problem.Code.sqlite(extendedResultCode.rawValue)
    let message = message ?? "no message"
    return switch resultCode {
    case .SQLITE_CANTOPEN:
      Problem(
        .cannotCreate, "\(what) can't be opened while \(doing)",
        next: "check that its folder exists and belongs to the user that runs Hearth", code: code)
    case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY:
      Problem(
        .inputOutput, "\(what) can't be read or written while \(doing)",
        next: "check the disk's free space, its health and the file's owner", code: code)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      Problem(
        .unavailable, "\(what) is in use by another program while \(doing)",
        next: "stop the other program; the running server is the only writer", code: code)
    case .SQLITE_CONSTRAINT:
      Problem(.data, "\(what) refused a row while \(doing): \(message)", next: next.refused, code: code)
    default:
      Problem(.internalError, "\(what) failed while \(doing): \(message)", next: next.unknown, code: code)
    }
  }
}

extension CameraID {
  /// As a column holds it.
  package var blob: Data { Data(bytes) }
}

extension RandomID {
  /// As a column holds it.
  package var blob: Data { Data(bytes) }
}
