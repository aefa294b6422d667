public import Domain
import Foundation
import GRDB
import SQLite

extension Household {
  /// Whether nobody was added yet: the first start.
  public func isEmpty() async throws -> Bool {
    try await reading("counting the people") { try Person.none($0) }
  }

  /// Makes the link by which the first owner sets the house up, and ends earlier ones.
  ///
  /// - Returns: `nil` when there are people already.
  public func makeSetupLink(now: WallTime, lifetime: Duration = .seconds(86400)) async throws -> Secret? {
    let token = Secret(randomText())
    let made = try await writing("making a set-up link") { db in
      guard try Person.none(db) else { return false }
      try db.execute(sql: "DELETE FROM link WHERE person IS NULL")
      try db.execute(
        sql: "INSERT INTO link (digest, person, expires_ns) VALUES (?, NULL, ?)",
        arguments: [TokenDigest(of: token).bytes, (now + lifetime).nanoseconds])
      return true
    }
    return made ? token : nil
  }

  /// Uses the set-up link: adds the first person as an owner and signs them in.
  ///
  /// - Returns: `nil` when the link is unknown, used or too old, or somebody was added meanwhile.
  /// - Throws: `Problem` (exit 64) when the name or the password can't be one; the link is then still good.
  public func setUp(
    link: Secret, name: String, password: Secret, from address: String, agent: String, now: WallTime
  ) async throws -> (principal: Principal, token: Secret)? {
    // Looked at before the costly hash, and used up only with the person: strangers can't make the house work for them.
    let digest = TokenDigest(of: link)
    let good = try await reading("looking a link up") { try Link.isSetUp($0, digest, now: now) }
    guard good else { return nil }
    let name = try PersonName(required: name)
    let hash = try await passwords.hash(password, salt: randomBytes(16))
    let (id, token, moment) = (mintPerson(), Secret(randomText()), moment(now))
    let principal = try await writing("setting the house up") { db -> Principal? in
      guard try Link.isSetUp(db, digest, now: now), try Person.none(db) else { return nil }
      try db.execute(sql: "DELETE FROM link WHERE person IS NULL")
      try Person.insert(db, id: id, name: name, hash: hash, owner: true, now: now)
      return try Session.open(db, token, for: id, from: address, agent: agent, at: moment)
    }
    return principal.map { ($0, token) }
  }

  /// Makes a link that signs `person` in once.
  ///
  /// - Throws: `Problem` (exit 64) when there is no such person.
  public func makeLink(
    for person: PersonID, now: WallTime, lifetime: Duration = .seconds(900)
  ) async throws -> Secret {
    let token = Secret(randomText())
    try await writing("making a link") { db in
      guard try Person.exists(db, person) else { throw Person.unknown }
      try db.execute(
        sql: "INSERT INTO link (digest, person, expires_ns) VALUES (?, ?, ?)",
        arguments: [TokenDigest(of: token).bytes, person.raw.blob, (now + lifetime).nanoseconds])
    }
    return token
  }

  /// Signs in by a link, which is used up by it.
  ///
  /// - Returns: `nil` when the link is unknown, used or too old.
  public func signIn(
    link: Secret, from address: String, agent: String, now: WallTime
  ) async throws -> (principal: Principal, token: Secret)? {
    let (digest, token, moment) = (TokenDigest(of: link), Secret(randomText()), moment(now))
    let principal = try await writing("signing in by link") { db -> Principal? in
      let person = try Data.fetchOne(
        db, sql: "SELECT person FROM link WHERE digest = ? AND person IS NOT NULL AND expires_ns > ?",
        arguments: [digest.bytes, now.nanoseconds])
      guard let person, let raw = RandomID(bytes: person) else { return nil }
      try db.execute(sql: "DELETE FROM link WHERE digest = ?", arguments: [digest.bytes])
      return try Session.open(db, token, for: PersonID(raw: raw), from: address, agent: agent, at: moment)
    }
    return principal.map { ($0, token) }
  }
}

private enum Link {
  static func isSetUp(_ db: Database, _ digest: TokenDigest, now: WallTime) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM link WHERE digest = ? AND person IS NULL AND expires_ns > ?)",
      arguments: [digest.bytes, now.nanoseconds]) ?? false
  }
}

extension Person {
  fileprivate static func none(_ db: Database) throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT NOT EXISTS (SELECT 1 FROM person)") ?? false
  }
}
