import Domain
public import Foundation
import GRDB
import SQLite
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
      let pool = try DatabasePool(path: path, configuration: houseConfiguration("household"))
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
      database: DatabaseQueue(configuration: houseConfiguration("household")), path: ":memory:", generator: generator,
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
    try database.makeCommitsDurable("the household \(path)")
    let (own, newer, sound) = try database.read { db in
      (
        try db.belongs(to: HouseholdSchema.applicationID),
        try HouseholdSchema.migrator.hasBeenSuperseded(db),
        // Damage that is found now is mended from a backup; found by a request it would only be an error.
        try db.passesQuickCheck()
      )
    }
    guard own else {
      throw Problem(
        .data, "\(path) is a database, but not Hearth's household",
        next: "put the household's own file back in its place")
    }
    guard sound else { throw damage(path) }
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

  /// `PRAGMA synchronous` of the one writing connection: 2 is FULL.
  package func synchronousOfWriter() async throws -> Int? {
    try await writing("checking it") { try $0.synchronous() }
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
  guard !error.isDamage else { return Household.damage(path, code: error.extendedResultCode.rawValue) }
  return error.problem(
    "the household \(path)", doing: what, next: (refused: "report this", unknown: "report this"))
}

/// A row that holds what its CHECKs and this program's own writes can't have put there.
func badRow(_ table: String) -> Problem {
  Problem(
    .data, "the household holds a row of \(table) that can't be read",
    next: "stop Hearth and put the newest backup in its place")
}
