import Domain
import Foundation
import GRDB

/// The index of what the camera folders hold: segments, events, and why there is no footage where there is none.
///
/// The folders are the truth; this is a copy that makes them searchable, and can be thrown away and made again. The
/// server is its only writer. All methods are asynchronous and run to their end even when the task that called them is
/// cancelled: GRDB's own asynchronous access would roll back instead, and a request that went away must not take an
/// index entry with it.
///
/// Every method may throw `CatalogUnusable` (move the file aside and rebuild) or `Problem` (disk, lock, bad row).
public final class Catalog: Sendable {
  private let database: any DatabaseWriter
  /// Where the file lies; `":memory:"` for a catalog without one.
  public let path: String

  /// Opens or creates the catalog, and brings its tables up to date.
  ///
  /// - Throws: `CatalogUnusable` when the file is damaged, foreign or newer; `Problem` when it can't be opened.
  public convenience init(path: String) throws {
    do {
      let pool = try DatabasePool(path: path, configuration: Self.configuration)
      try self.init(database: pool, path: path)
    } catch {
      throw described(error, doing: "opening it", path: path)
    }
  }

  /// An empty catalog in memory, gone with the object.
  public static func inMemory() throws -> Catalog {
    try Catalog(database: DatabaseQueue(configuration: configuration), path: ":memory:")
  }

  private init(database: any DatabaseWriter, path: String) throws {
    self.database = database
    self.path = path
    // A pool sets `synchronous` to NORMAL after preparing its connections, so FULL can only be set now.
    let synchronous = try database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      return try Int.fetchOne(db, sql: "PRAGMA synchronous")
    }
    guard synchronous == 2 else {
      throw Problem(
        .internalError, "the catalog \(path) runs without synchronous=FULL", next: "report this: rows could be lost")
    }
    let (application, tables, newer) = try database.read { db in
      (
        try Int32.fetchOne(db, sql: "PRAGMA application_id"),
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0,
        try CatalogSchema.migrator.hasBeenSuperseded(db)
      )
    }
    guard application == CatalogSchema.applicationID || (application == 0 && tables == 0) else {
      throw CatalogUnusable(reason: .foreign, path: path, code: nil)
    }
    guard !newer else { throw CatalogUnusable(reason: .newer, path: path, code: nil) }
    try CatalogSchema.migrator.migrate(database)
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "catalog"
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA trusted_schema = OFF;
          PRAGMA cell_size_check = ON;
          PRAGMA journal_size_limit = 16777216;
          """)
    }
    return configuration
  }

  /// Lets SQLite look at every page and index; the findings in SQLite's words, empty when all is well.
  public func integrityFindings() async throws -> [String] {
    try await reading("checking it") { db in
      try String.fetchAll(db, sql: "PRAGMA quick_check(20)").filter { $0 != "ok" }
    }
  }

  /// `PRAGMA synchronous` of the one writing connection: 2 is FULL.
  package func synchronousOfWriter() async throws -> Int? {
    try await writing("checking it") { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
  }

  func reading<Value: Sendable>(
    _ what: String, _ access: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let (database, path) = (database, path)
    // An unstructured task doesn't inherit the caller's cancellation: see the type's comment.
    return try await Task {
      do { return try await database.read(access) } catch { throw described(error, doing: what, path: path) }
    }.value
  }

  func writing<Value: Sendable>(
    _ what: String, _ access: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let (database, path) = (database, path)
    return try await Task {
      do { return try await database.write(access) } catch { throw described(error, doing: what, path: path) }
    }.value
  }
}

extension CameraID {
  var blob: Data { Data(bytes) }
}

extension RandomID {
  var blob: Data { Data(bytes) }
}

/// A row that holds what its CHECKs and this program's own writes can't have put there.
func badRow(_ table: String) -> Problem {
  Problem(
    .data, "the catalog holds a row of \(table) that can't be read", next: "run \"hearth rebuild\": it is made again")
}
