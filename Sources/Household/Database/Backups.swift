public import Domain
import Foundation
import GRDB
import SQLite

extension Household {
  /// Writes a consistent copy while the household is in use: SQLite's online backup, looked through afterwards.
  ///
  /// - Parameter path: of a file that doesn't exist yet. Its bytes aren't durable until the caller has synced it.
  /// - Throws: `Problem`, also when the copy is found damaged: the household itself is, then.
  public func copy(to path: String) async throws {
    let from = self.path
    try await Task {
      do {
        let copy = try DatabaseQueue(path: path)
        try database.backup(to: copy)
        let finding = try copy.writeWithoutTransaction { db in
          // One file, without companions.
          try db.execute(sql: "PRAGMA journal_mode = DELETE")
          return try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
        }
        try copy.close()
        guard finding == "ok" else { throw Self.damage(from) }
      } catch {
        throw described(error, doing: "copying it", path: from)
      }
    }.value
  }

  /// Lets SQLite look at every page; the findings in its words, empty when all is well.
  public func integrityFindings() async throws -> [String] {
    try await reading("checking it") { try $0.integrityFindings() }
  }

  /// Ends every session and takes back every link: after a restore, those that were ended since would live again.
  public func forgetSignIns() async throws {
    try await writing("ending all sessions") { db in
      try db.execute(sql: "DELETE FROM session; DELETE FROM link")
    }
  }

  /// Whether an error says that the file is damaged, so that only a backup can help.
  public static func isDamage(_ problem: Problem) -> Bool {
    guard problem.exit == .data, case .sqlite(let code) = problem.code else { return false }
    // The low byte of an extended result code is the primary one.
    return [ResultCode.SQLITE_CORRUPT.rawValue, ResultCode.SQLITE_NOTADB.rawValue].contains(code & 0xff)
  }

  static func damage(_ path: String, code: Int32 = ResultCode.SQLITE_CORRUPT.rawValue) -> Problem {
    Problem(
      .data, "the household \(path) is damaged", next: "stop Hearth and put the newest backup in its place",
      code: .sqlite(code))
  }
}
