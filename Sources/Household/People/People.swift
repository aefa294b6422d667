public import Domain
import Foundation
import GRDB
import SQLite

/// Somebody of the household.
public struct Person: Hashable, Sendable {
  public let id: PersonID
  public let name: String
  /// An owner has every right on every camera, and may change the household.
  public let isOwner: Bool
  /// Without one they sign in by a one-time link, or by an API token.
  public let hasPassword: Bool
  public let created: WallTime
  /// What was granted camera by camera, over or not; an owner needs none.
  public let grants: [CameraID: CameraGrant]
}

/// Which cameras somebody may do something with.
public enum AllowedCameras: Hashable, Sendable {
  /// Every camera there is: an owner.
  case all
  case some(Set<CameraID>)

  public func contains(_ camera: CameraID) -> Bool {
    switch self {
    case .all: true
    case .some(let cameras): cameras.contains(camera)
    }
  }

  /// The allowed ones among the cameras that there are.
  public func among(_ existing: some Sequence<CameraID>) -> Set<CameraID> {
    Set(existing.filter(contains))
  }
}

extension Household {
  /// Everybody, by name.
  public func people() async throws -> [Person] {
    try await reading("listing the people") { try Person.fetch($0, where: "true", []) }
  }

  public func person(_ id: PersonID) async throws -> Person? {
    try await reading("looking a person up") { try Person.fetch($0, where: "id = ?", [id.raw.blob]).first }
  }

  /// The person with this name, in whatever case it is written.
  public func person(named name: String) async throws -> Person? {
    guard let name = PersonName(name) else { return nil }
    return try await reading("looking a person up") { try Person.fetch($0, where: "name_key = ?", [name.key]).first }
  }

  /// Adds somebody.
  ///
  /// - Parameters:
  ///   - password: `nil` for somebody who signs in by link or token only.
  ///   - grants: those with empty rights grant nothing.
  /// - Throws: `Problem` (exit 64) when the name or the password can't be one, or the name is taken in any case.
  public func addPerson(
    name: String, password: Secret?, owner: Bool, grants: [CameraID: CameraGrant] = [:], now: WallTime
  ) async throws -> Person {
    let name = try PersonName(required: name)
    let hash: String? = if let password { try await passwords.hash(password, salt: randomBytes(16)) } else { nil }
    let id = mintPerson()
    return try await writing("adding a person") { db in
      try Person.insert(db, id: id, name: name, hash: hash, owner: owner, now: now)
      for (camera, grant) in grants { try Person.set(db, grant, on: camera, of: id) }
      guard let person = try Person.fetch(db, where: "id = ?", [id.raw.blob]).first else { throw badRow("person") }
      return person
    }
  }

  /// Makes somebody an owner, or no owner any more.
  ///
  /// - Throws: `Problem` (exit 64) when there is no such person, or they are the last owner.
  public func setOwner(_ owner: Bool, of person: PersonID) async throws {
    try await writing("changing an owner") { db in
      if !owner { try Person.refuseLastOwner(db, person) }
      try db.execute(sql: "UPDATE person SET owner = ? WHERE id = ?", arguments: [owner, person.raw.blob])
      guard db.changesCount > 0 else { throw Person.unknown }
    }
  }

  /// Removes somebody with their sessions, links, tokens and grants. The view log keeps what they saw.
  ///
  /// - Throws: `Problem` (exit 64) when there is no such person, or they are the last owner.
  public func removePerson(_ person: PersonID) async throws {
    try await writing("removing a person") { db in
      try Person.refuseLastOwner(db, person)
      try db.execute(sql: "DELETE FROM person WHERE id = ?", arguments: [person.raw.blob])
      guard db.changesCount > 0 else { throw Person.unknown }
    }
  }

  /// Sets what somebody may do with one camera, in place of what they might before; empty rights take all away. It
  /// holds from the next request on.
  ///
  /// - Throws: `Problem` (exit 64) when there is no such person.
  public func setGrant(_ grant: CameraGrant, on camera: CameraID, of person: PersonID) async throws {
    try await writing("granting") { db in
      guard try Person.exists(db, person) else { throw Person.unknown }
      try Person.set(db, grant, on: camera, of: person)
    }
  }

  /// The same for good and all day.
  package func setRights(_ rights: Rights, on camera: CameraID, of person: PersonID) async throws {
    try await setGrant(CameraGrant(rights), on: camera, of: person)
  }

  /// What the asking person may do with a camera at this moment; nothing when their credential doesn't hold any more.
  public func rights(of principal: Principal, on camera: CameraID, now: WallTime) async throws -> Rights {
    let moment = moment(now)
    return try await reading("looking rights up") { db in
      try Access(db: db, principal.credential, at: moment)?.rights(db, on: camera) ?? []
    }
  }

  /// The same for many cameras at once; those with which nothing may be done are left out.
  public func rights(
    of principal: Principal, among cameras: [CameraID], now: WallTime
  ) async throws -> [CameraID: Rights] {
    let moment = moment(now)
    return try await reading("looking rights up") { db in
      try Access(db: db, principal.credential, at: moment)?.rights(db, among: cameras) ?? [:]
    }
  }

  /// The cameras on which the asking person has all of `right` at this moment; with `anyOf`, any of it.
  public func camerasVisible(
    to principal: Principal, needing right: Rights, anyOf: Bool = false, now: WallTime
  ) async throws -> AllowedCameras {
    let moment = moment(now)
    return try await reading("looking cameras up") { db in
      try Access(db: db, principal.credential, at: moment)?.cameras(db, needing: right, anyOf: anyOf) ?? .some([])
    }
  }
}

extension Person {
  static let unknown = Problem(
    .usage, "there is no such person in the household", next: "see \"hearth person list\" for who there is")

  static func fetch(_ db: Database, where condition: String, _ arguments: StatementArguments) throws -> [Person] {
    try Row.fetchAll(db, sql: "SELECT * FROM person WHERE \(condition) ORDER BY name_key", arguments: arguments)
      .map { row in
        guard let raw = RandomID(bytes: row["id"] as Data) else { throw badRow("person") }
        var grants: [CameraID: CameraGrant] = [:]
        for grant in try Row.fetchAll(db, sql: "SELECT * FROM camera_grant WHERE person = ?", arguments: [raw.blob]) {
          guard let camera = CameraID(bytes: grant["camera"] as Data) else { throw badRow("camera_grant") }
          grants[camera] = CameraGrant(row: grant)
        }
        return Person(
          id: PersonID(raw: raw), name: row["name"], isOwner: row["owner"],
          hasPassword: (row["password"] as String?) != nil, created: WallTime(nanoseconds: row["created_ns"]),
          grants: grants)
      }
  }

  static func insert(
    _ db: Database, id: PersonID, name: PersonName, hash: String?, owner: Bool, now: WallTime
  ) throws {
    let taken = try String.fetchOne(db, sql: "SELECT name FROM person WHERE name_key = ?", arguments: [name.key])
    if let taken {
      throw Problem(.usage, "there is somebody called \"\(taken)\" already", next: "choose another name")
    }
    try db.execute(
      sql: "INSERT INTO person (id, name, name_key, owner, password, created_ns) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [id.raw.blob, name.text, name.key, owner, hash, now.nanoseconds])
  }

  static func exists(_ db: Database, _ person: PersonID) throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT true FROM person WHERE id = ?", arguments: [person.raw.blob]) ?? false
  }

  static func set(_ db: Database, _ grant: CameraGrant, on camera: CameraID, of person: PersonID) throws {
    let known = grant.rights.intersection(.all)
    guard !known.isEmpty else {
      try db.execute(
        sql: "DELETE FROM camera_grant WHERE person = ? AND camera = ?", arguments: [person.raw.blob, camera.blob])
      return
    }
    try db.execute(
      sql: """
        INSERT INTO camera_grant (person, camera, rights, until_ns, from_minute, to_minute) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (person, camera) DO UPDATE SET
          rights = excluded.rights, until_ns = excluded.until_ns, from_minute = excluded.from_minute,
          to_minute = excluded.to_minute
        """,
      arguments: [
        person.raw.blob, camera.blob, known.rawValue, grant.until?.nanoseconds, grant.hours?.from, grant.hours?.to,
      ])
  }

  /// A house without an owner could only be changed from the console.
  static func refuseLastOwner(_ db: Database, _ person: PersonID) throws {
    let others = try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM person WHERE owner = 1 AND id <> ?)", arguments: [person.raw.blob])
    let isOwner = try Bool.fetchOne(db, sql: "SELECT owner FROM person WHERE id = ?", arguments: [person.raw.blob])
    guard isOwner == true, others == false else { return }
    throw Problem(
      .usage, "this is the household's last owner", next: "make somebody else an owner first")
  }
}

extension CameraGrant {
  /// From a row with `rights`, `until_ns`, `from_minute` and `to_minute`.
  init(row: Row) {
    let (from, to): (Int?, Int?) = (row["from_minute"], row["to_minute"])
    var hours: DailyHours?
    if let from, let to { hours = DailyHours(from: from, to: to) }
    self.init(
      Rights(rawValue: row["rights"]), until: (row["until_ns"] as Int64?).map(WallTime.init(nanoseconds:)),
      hours: hours)
  }
}
