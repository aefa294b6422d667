public import Domain
import Foundation
import GRDB
import SQLite
import Synchronization

/// The index of what the camera folders hold: segments, events, and why there is no footage where there is none.
///
/// The folders are the truth; this is a copy that makes them searchable, and can be thrown away and made again. The
/// server is its only writer. All methods are asynchronous and run to their end even when the task that called them is
/// cancelled: GRDB's own asynchronous access would roll back instead, and a request that went away must not take an
/// index entry with it.
///
/// Every method may throw `CatalogUnusable` (move the file aside and rebuild) or `Problem` (disk, lock, bad row).
public final class Catalog: Sendable {
  /// Where the file lies; `":memory:"` for a catalog without one.
  public let path: String
  /// The damage that accesses met, at most the newest one that nobody has taken yet. For one reader, who then makes the
  /// catalog anew (`renew`).
  public let faults: AsyncStream<CatalogUnusable>
  private let fault: AsyncStream<CatalogUnusable>.Continuation
  private let installation: InstallationID?
  private let database: Mutex<any DatabaseWriter>
  private let turnstile = Turnstile()

  /// Opens or creates the catalog, lets SQLite look through its pages, and brings its tables up to date.
  ///
  /// - Parameter installation: whose catalog it must be; a new one becomes this installation's. `nil` asks nothing.
  /// - Throws: `CatalogUnusable` when the file is damaged, foreign, newer or another installation's; `Problem` when it
  ///   can't be opened.
  public convenience init(path: String, installation: InstallationID? = nil) throws {
    try self.init(database: Self.open(path, installation), path: path, installation: installation)
  }

  /// An empty catalog in memory, gone with the object.
  public static func inMemory() throws -> Catalog {
    let database = try DatabaseQueue(configuration: houseConfiguration("catalog"))
    try prepare(database, ":memory:", nil)
    return Catalog(database: database, path: ":memory:", installation: nil)
  }

  private init(database: any DatabaseWriter, path: String, installation: InstallationID?) {
    self.database = Mutex(database)
    self.path = path
    self.installation = installation
    (faults, fault) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Closes the catalog, lets `move` take its files away, and opens a new, empty one in their place. Accesses that come
  /// meanwhile wait, and then meet the new one.
  ///
  /// - Parameter move: moves `path` and its companions (`Catalog.companions`) aside.
  /// - Throws: what `move` throws, and `Problem`; the catalog can't be used then until a later call succeeds.
  public func renew(_ move: @escaping @Sendable () throws -> Void) async throws {
    let (path, installation) = (path, installation)
    // Not the caller's task: half a replacement would be worse than a late one.
    try await Task {
      try await turnstile.alone {
        // The last connection to close deletes the log beside the file by name: the old one must be gone before.
        do { try database.withLock { $0 }.close() } catch { throw described(error, doing: "closing it", path: path) }
        try move()
        let renewed = try Self.open(path, installation)
        database.withLock { $0 = renewed }
      }
    }.value
  }

  /// What stands behind the database's name in the names of its files.
  public static let companions = ["", "-wal", "-shm"]

  private static func open(_ path: String, _ installation: InstallationID?) throws -> any DatabaseWriter {
    do {
      let pool = try DatabasePool(path: path, configuration: houseConfiguration("catalog"))
      try prepare(pool, path, installation)
      return pool
    } catch {
      throw described(error, doing: "opening it", path: path)
    }
  }

  private static func prepare(
    _ database: any DatabaseWriter, _ path: String, _ installation: InstallationID?
  ) throws {
    try database.makeCommitsDurable("the catalog \(path)")
    let (own, newer, sound) = try database.read { db in
      let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      return (
        try db.belongs(to: CatalogSchema.applicationID),
        try CatalogSchema.migrator.hasBeenSuperseded(db),
        // A third of a second for 100,000 segments. Finds what lies in pages that nobody may read for weeks, and a log
        // that belongs to another database. A year of eight cameras would take many seconds: nobody waits for that at
        // a start, and `lookForDamage` does it beside the work.
        try pages > mostPagesAtOpening || db.passesQuickCheck()
      )
    }
    guard own else {
      throw CatalogUnusable(reason: .foreign, path: path, code: nil)
    }
    guard sound else { throw CatalogUnusable(reason: .damaged, path: path, code: nil) }
    guard !newer else { throw CatalogUnusable(reason: .newer, path: path, code: nil) }
    try CatalogSchema.migrator.migrate(database)
    guard let installation else { return }
    let owner = try database.write { db in
      try db.execute(
        sql: "INSERT INTO installation SELECT ? WHERE NOT EXISTS (SELECT 1 FROM installation)",
        arguments: [installation.raw.blob])
      return try Data.fetchOne(db, sql: "SELECT id FROM installation")
    }
    guard owner == installation.raw.blob else {
      throw CatalogUnusable(reason: .otherInstallation, path: path, code: nil)
    }
  }

  /// 64 MiB of the usual pages.
  private static let mostPagesAtOpening = 16_384

  /// Lets SQLite look through all pages of a catalog that was too large for that when it was opened. What it finds is in
  /// `faults`, as with any access that meets damage.
  public func lookForDamage() async throws {
    let path = path
    try await reading("looking through it") { db in
      guard (try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) > Self.mostPagesAtOpening else { return }
      guard try db.passesQuickCheck() else {
        throw CatalogUnusable(reason: .damaged, path: path, code: nil)
      }
    }
  }

  /// Lets SQLite look at every page and compare every index with its table; the findings in SQLite's words, empty when
  /// all is well.
  public func integrityFindings() async throws -> [String] {
    try await reading("checking it") { try $0.integrityFindings() }
  }

  /// How SQLite would carry a statement out, for the test that none reads a whole table.
  package func plan(of sql: String) async throws -> [String] {
    try await reading("explaining a statement") {
      try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] }
    }
  }

  /// An empty catalog in memory that tells each statement it carries out, for the same test.
  package static func inMemory(telling trace: @escaping @Sendable (String) -> Void) throws -> Catalog {
    var configuration = houseConfiguration("catalog")
    configuration.publicStatementArguments = true
    configuration.prepareDatabase { db in
      db.trace { trace($0.expandedDescription) }
    }
    let database = try DatabaseQueue(configuration: configuration)
    try prepare(database, ":memory:", nil)
    return Catalog(database: database, path: ":memory:", installation: nil)
  }

  /// `PRAGMA synchronous` of the one writing connection: 2 is FULL.
  package func synchronousOfWriter() async throws -> Int? {
    try await writing("checking it") { try $0.synchronous() }
  }

  /// Lets SQLite's page caches go, once running accesses have ended.
  public func releaseMemory() { (database.withLock { $0 } as? DatabasePool)?.releaseMemoryEventually() }

  func reading<Value: Sendable>(
    _ what: String, _ access: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await using(what) { try await $0.read(access) }
  }

  func writing<Value: Sendable>(
    _ what: String, _ access: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await using(what) { try await $0.write(access) }
  }

  private func using<Value: Sendable>(
    _ what: String, _ access: @escaping @Sendable (any DatabaseWriter) async throws -> Value
  ) async throws -> Value {
    // An unstructured task doesn't inherit the caller's cancellation: see the type's comment.
    try await Task {
      do {
        return try await turnstile.pass { try await access(database.withLock { $0 }) }
      } catch {
        let described = described(error, doing: what, path: path)
        if let unusable = described as? CatalogUnusable { fault.yield(unusable) }
        throw described
      }
    }.value
  }
}

/// A row that holds what its CHECKs and this program's own writes can't have put there.
func badRow(_ table: String) -> Problem {
  Problem(
    .data, "the catalog holds a row of \(table) that can't be read", next: "run \"hearth rebuild\": it is made again")
}
