public import Domain
import Foundation
import GRDB

/// Somebody of the household.
public struct Person: Hashable, Sendable {
  public let id: PersonID
  public let name: String
  /// An owner has every right on every camera, and may change the household.
  public let isOwner: Bool
  /// Without one they sign in by a one-time link, or by an API token.
  public let hasPassword: Bool
  public let created: WallTime
  /// What was granted camera by camera; an owner needs none.
  public let grants: [CameraID: Rights]
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
  ///   - grants: empty rights grant nothing.
  /// - Throws: `Problem` (exit 64) when the name or the password can't be one, or the name is taken in any case.
  public func addPerson(
    name: String, password: Secret?, owner: Bool, grants: [CameraID: Rights] = [:], now: WallTime
  ) async throws -> Person {
    let name = try PersonName.required(name)
    let hash: String? = if let password { try await passwords.hash(password, salt: randomBytes(16)) } else { nil }
    let id = mintPerson()
    return try await writing("adding a person") { db in
      try Person.insert(db, id: id, name: name, hash: hash, owner: owner, now: now)
      for (camera, rights) in grants { try Person.setRights(db, rights, on: camera, of: id) }
      guard let person = try Person.fetch(db, where: "id = ?", [id.raw.blob]).first else { throw badRow("person") }
      return person
    }
  }

  /// Gives somebody a new password, and ends their sessions and open links. API tokens stay.
  ///
  /// - Throws: `Problem` (exit 64) when the password can't be one or there is no such person.
  public func setPassword(of person: PersonID, to password: Secret) async throws {
    let hash = try await passwords.hash(password, salt: randomBytes(16))
    try await writing("setting a password") { db in
      try db.execute(sql: "UPDATE person SET password = ? WHERE id = ?", arguments: [hash, person.raw.blob])
      guard db.changesCount > 0 else { throw Person.unknown }
      try db.execute(sql: "DELETE FROM session WHERE person = ?", arguments: [person.raw.blob])
      try db.execute(sql: "DELETE FROM link WHERE person = ?", arguments: [person.raw.blob])
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
  public func setRights(_ rights: Rights, on camera: CameraID, of person: PersonID) async throws {
    try await writing("granting") { db in
      guard try Person.exists(db, person) else { throw Person.unknown }
      try Person.setRights(db, rights, on: camera, of: person)
    }
  }

  /// What the asking person may do with a camera at this moment; nothing when they are gone.
  public func rights(of principal: Principal, on camera: CameraID) async throws -> Rights {
    try await reading("looking rights up") { db in
      guard let owner = try Person.isOwner(db, principal) else { return [] }
      return owner ? .all : try Person.rights(db, principal.person, on: camera)
    }
  }

  /// The cameras on which the asking person has all of `right` at this moment.
  public func camerasVisible(to principal: Principal, needing right: Rights) async throws -> AllowedCameras {
    try await reading("looking cameras up") { db in
      guard let owner = try Person.isOwner(db, principal) else { return .some([]) }
      guard !owner else { return .all }
      let cameras = try Data.fetchAll(
        db, sql: "SELECT camera FROM camera_grant WHERE person = :person AND rights & :right = :right",
        arguments: ["person": principal.person.raw.blob, "right": right.rawValue])
      return .some(
        Set(
          try cameras.map { bytes in
            guard let camera = CameraID(bytes: bytes) else { throw badRow("camera_grant") }
            return camera
          }))
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
        var grants: [CameraID: Rights] = [:]
        let rows = try Row.fetchAll(
          db, sql: "SELECT camera, rights FROM camera_grant WHERE person = ?", arguments: [raw.blob])
        for grant in rows {
          guard let camera = CameraID(bytes: grant["camera"] as Data) else { throw badRow("camera_grant") }
          grants[camera] = Rights(rawValue: grant["rights"])
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

  static func setRights(_ db: Database, _ rights: Rights, on camera: CameraID, of person: PersonID) throws {
    let known = rights.intersection(.all)
    guard !known.isEmpty else {
      try db.execute(
        sql: "DELETE FROM camera_grant WHERE person = ? AND camera = ?", arguments: [person.raw.blob, camera.blob])
      return
    }
    try db.execute(
      sql: """
        INSERT INTO camera_grant (person, camera, rights) VALUES (?, ?, ?)
        ON CONFLICT (person, camera) DO UPDATE SET rights = excluded.rights
        """, arguments: [person.raw.blob, camera.blob, known.rawValue])
  }

  /// `nil` when the person is gone.
  static func isOwner(_ db: Database, _ principal: Principal) throws -> Bool? {
    if principal.credential == .console { return true }
    return try Bool.fetchOne(
      db, sql: "SELECT owner FROM person WHERE id = ?", arguments: [principal.person.raw.blob])
  }

  /// What was granted, without what an owner has anyway.
  static func rights(_ db: Database, _ person: PersonID, on camera: CameraID) throws -> Rights {
    let bits = try UInt8.fetchOne(
      db, sql: "SELECT rights FROM camera_grant WHERE person = ? AND camera = ?",
      arguments: [person.raw.blob, camera.blob])
    return Rights(rawValue: bits ?? 0)
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

/// A person's name in its one spelling (NFC), and the key by which names that differ in case only are the same.
struct PersonName: Hashable {
  let text: String
  let key: String

  /// `nil` unless 1 to 64 characters without control characters and without spaces at the ends.
  init?(_ name: String) {
    guard let text = Self.text(name) else { return nil }
    self.text = text
    // Up and down again, so that letters with two small forms become one.
    key = text.uppercased().lowercased().precomposedStringWithCanonicalMapping
  }

  static func required(_ name: String) throws -> PersonName {
    guard let name = PersonName(name) else {
      throw Problem(
        .usage, "a person's name has 1 to 64 characters, no control character and no space at its ends",
        next: "choose another name, such as Ada")
    }
    return name
  }

  /// The text in NFC, if it may stand in a list that people read.
  static func text(_ text: String) -> String? {
    let text = text.precomposedStringWithCanonicalMapping
    guard (1...64).contains(text.count), text.utf8.count <= 256,
      text.unicodeScalars.allSatisfy(isShown),
      text.first?.isWhitespace == false, text.last?.isWhitespace == false
    else { return nil }
    return text
  }

  /// Neither control characters nor those that turn the direction of text or can't be seen; the two joiners that
  /// scripts and emoji need are let through.
  private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .format: scalar == "\u{200C}" || scalar == "\u{200D}"
    default: true
    }
  }
}
