import Domain
public import Foundation
import GRDB
import Synchronization

/// The people of the house, what each may see, and the record of who saw what: `household.sqlite`.
///
/// Unlike the catalog it can't be made again, so nothing here ever moves or replaces the file: a damaged one is a
/// `Problem` whose remedy is the backup (`isDamage`). The server is its only writer. All methods run to their end even when the task
/// that called them is cancelled; GRDB's own asynchronous access would roll back instead.
///
/// Every method may throw `Problem` (disk, lock, refused values).
public final class Household: Sendable {
  let database: any DatabaseWriter
  /// Where the file lies; `":memory:"` for a household without one.
  public let path: String
  private let generator: Mutex<any RandomNumberGenerator & Sendable>
  private let zone: TimeZone
  let throttle = Mutex(LoginThrottle())
  package let passwords: PasswordHasher

  /// Opens or creates the household, and brings its tables up to date.
  ///
  /// - Parameters:
  ///   - generator: where ids, tokens and salts come from; anything but the system's is for tests.
  ///   - passwordCost: yescrypt's cost, 1 to 11; each step doubles time and memory. Without one, what was measured on
  ///     this machine when the household was new.
  ///   - zone: the house's, by which the hours of grants are counted.
  /// - Throws: `Problem` when the file is damaged, foreign, newer than this program, or can't be opened.
  public convenience init(
    path: String, generator: any RandomNumberGenerator & Sendable, passwordCost: UInt? = nil, zone: TimeZone = .current
  ) throws {
    do {
      let pool = try DatabasePool(path: path, configuration: Self.configuration)
      try self.init(database: pool, path: path, generator: generator, passwordCost: passwordCost, zone: zone)
    } catch {
      throw described(error, doing: "opening it", path: path)
    }
  }

  /// An empty household in memory, gone with the object.
  public static func inMemory(
    generator: any RandomNumberGenerator & Sendable, passwordCost: UInt? = nil, zone: TimeZone = .current
  ) throws -> Household {
    try Household(
      database: DatabaseQueue(configuration: configuration), path: ":memory:", generator: generator,
      passwordCost: passwordCost, zone: zone)
  }

  private init(
    database: any DatabaseWriter, path: String, generator: any RandomNumberGenerator & Sendable, passwordCost: UInt?,
    zone: TimeZone
  ) throws {
    try Self.prepare(database, path)
    var generator = generator
    self.database = database
    self.path = path
    self.zone = zone
    passwords = try PasswordHasher(
      cost: passwordCost ?? Self.keptPasswordCost(database), dummySalt: Self.bytes(16, &generator))
    self.generator = Mutex(generator)
  }

  private static func prepare(_ database: any DatabaseWriter, _ path: String) throws {
    // A pool sets `synchronous` to NORMAL after preparing its connections, so FULL can only be set now.
    let synchronous = try database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      return try Int.fetchOne(db, sql: "PRAGMA synchronous")
    }
    guard synchronous == 2 else {
      throw Problem(
        .internalError, "the household \(path) runs without synchronous=FULL", next: "report this: rows could be lost")
    }
    let (application, tables, newer, finding) = try database.read { db in
      (
        try Int32.fetchOne(db, sql: "PRAGMA application_id"),
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0,
        try HouseholdSchema.migrator.hasBeenSuperseded(db),
        // Damage that is found now is mended from a backup; found by a request it would only be an error.
        try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
      )
    }
    guard application == HouseholdSchema.applicationID || (application == 0 && tables == 0) else {
      throw Problem(
        .data, "\(path) is a database, but not Hearth's household",
        next: "put the household's own file back in its place")
    }
    guard finding == "ok" else { throw damage(path) }
    guard !newer else {
      throw Problem(
        .configuration, "the household \(path) was written by a newer version of Hearth",
        next: "start that version, or restore a backup made with this one")
    }
    try HouseholdSchema.migrator.migrate(database)
  }

  /// Measured once, when the household is new: a machine's worst moment must not make passwords cheaper later.
  private static func keptPasswordCost(_ database: any DatabaseWriter) throws -> UInt {
    let read = "SELECT value FROM setting WHERE name = 'password_cost'"
    if let kept = try database.read({ try UInt.fetchOne($0, sql: read) }) { return min(max(1, kept), 11) }
    let cost = try PasswordHasher.calibrated(by: PasswordHasher.processorTime)
    try database.write { try $0.execute(sql: "INSERT INTO setting VALUES ('password_cost', ?)", arguments: [cost]) }
    return cost
  }

  /// `time` as rights are counted.
  func moment(_ time: WallTime) -> HouseMoment { HouseMoment(time, in: zone) }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "household"
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

  /// `PRAGMA synchronous` of the one writing connection: 2 is FULL.
  package func synchronousOfWriter() async throws -> Int? {
    try await writing("checking it") { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
  }

  /// Lets SQLite's page caches go, once running accesses have ended.
  public func releaseMemory() { (database as? DatabasePool)?.releaseMemoryEventually() }

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

  func randomBytes(_ count: Int) -> [UInt8] {
    generator.withLock { Self.bytes(count, &$0) }
  }

  func mintPerson() -> PersonID {
    generator.withLock { PersonID.mint(using: &$0) }
  }

  func mintToken() -> TokenID {
    generator.withLock { TokenID.mint(using: &$0) }
  }

  private static func bytes(_ count: Int, _ generator: inout some RandomNumberGenerator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}

/// Turns SQLite's errors into ones for a person.
func described(_ error: any Error, doing what: String, path: String) -> any Error {
  guard let error = error as? DatabaseError else { return error }
  let code = error.extendedResultCode.rawValue
  let message = error.message ?? "no message"
  switch error.resultCode {
  case .SQLITE_CORRUPT, .SQLITE_NOTADB:
    return Household.damage(path, code: code)
  case .SQLITE_CANTOPEN:
    return Problem(
      .cannotCreate, "the household \(path) can't be opened while \(what)",
      next: "check that its folder exists and belongs to the user that runs Hearth", code: code)
  case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY:
    return Problem(
      .inputOutput, "the household \(path) can't be read or written while \(what)",
      next: "check the disk's free space, its health and the file's owner", code: code)
  case .SQLITE_BUSY, .SQLITE_LOCKED:
    return Problem(
      .unavailable, "the household \(path) is in use by another program while \(what)",
      next: "stop the other program; the running server is the only writer", code: code)
  case .SQLITE_CONSTRAINT:
    return Problem(
      .data, "the household \(path) refused a row while \(what): \(message)", next: "report this", code: code)
  default:
    return Problem(
      .internalError, "the household \(path) failed while \(what): \(message)", next: "report this", code: code)
  }
}

/// A row that holds what its CHECKs and this program's own writes can't have put there.
func badRow(_ table: String) -> Problem {
  Problem(
    .data, "the household holds a row of \(table) that can't be read",
    next: "stop Hearth and put the newest backup in its place")
}

extension RandomID {
  var blob: Data { Data(bytes) }
}

extension CameraID {
  var blob: Data { Data(bytes) }
}
