public import Domain
import Foundation
import GRDB
import SQLite
import Synchronization

/// How an attempt to sign in ended.
public enum SignIn: Sendable {
  /// The token of the new session can be shown only now.
  case accepted(Principal, token: Secret)
  /// Wrong name or password; which of them is not told.
  case refused
  /// Too many attempts before this one: it wasn't looked at. Come back after so long.
  case wait(Duration)
}

/// How changing one's own password ended.
public enum PasswordChange: Sendable {
  /// All sessions and open links of the person were ended. Whoever came with a session gets a new one, whose token can
  /// be shown only now: the old cookie, wherever it is, opens nothing any more.
  case changed(token: Secret?)
  /// The old password is wrong.
  case refused
  /// Too many attempts before this one: it wasn't looked at. Come back after so long.
  case wait(Duration)
}

extension Household {
  /// Signs in by name and password. An unknown name, a person without password and a wrong password take the same work.
  ///
  /// - Parameters:
  ///   - address: where the request came from; attempts are counted by it and by the name.
  ///   - agent: the browser's own words, cut to 256 characters.
  /// - Throws: `Problem` (exit 69) when too many sign in at once.
  public func signIn(
    name: String, password: Secret, from address: String, agent: String, now: WallTime
  ) async throws -> SignIn {
    let known = PersonName(name)
    let account = known?.key ?? ""
    if let wait = throttle.withLock({ $0.begin(account: account, address: address, now: now) }) { return .wait(wait) }
    let found: (id: Data, hash: String?)? = try await reading("looking a name up") { db in
      try Row.fetchOne(db, sql: "SELECT id, password FROM person WHERE name_key = ?", arguments: [account])
        .map { ($0["id"], $0["password"]) }
    }
    guard try await passwords.verify(password, against: found?.hash), let found, let raw = RandomID(bytes: found.id)
    else { return .refused }
    throttle.withLock { $0.succeeded(account: account, address: address) }
    // A hash from before the household knew this machine is made anew while the password is known.
    let raised =
      found.hash.map(passwords.isWeak) == true ? try await passwords.hash(password, salt: randomBytes(16)) : nil
    let (token, moment) = (Secret(randomText()), moment(now))
    let principal = try await writing("signing in") { db -> Principal? in
      // The password may have been changed while it was being hashed.
      guard try Person.passwordHash(db, found.id) == found.hash else { return nil }
      if let raised { try Person.setPasswordHash(db, raised, of: found.id) }
      return try Session.open(db, token, for: PersonID(raw: raw), from: address, agent: agent, at: moment)
    }
    return principal.map { .accepted($0, token: token) } ?? .refused
  }

  /// Gives somebody a new password, and ends their sessions and open links. API tokens stay. For owners and the console:
  /// everybody else proves the old one, see `changePassword`.
  ///
  /// - Throws: `Problem` (exit 64) when the password can't be one or there is no such person.
  public func setPassword(of person: PersonID, to password: Secret) async throws {
    let hash = try await passwords.hash(password, salt: randomBytes(16))
    try await writing("setting a password") { db in
      guard try Person.exists(db, person) else { throw Person.unknown }
      try Person.changePassword(db, hash, of: person)
    }
  }

  /// Changes the asking person's own password, which they prove by the old one. Guesses are held back like sign-ins.
  ///
  /// - Throws: `Problem` (exit 64) when the new password can't be one.
  public func changePassword(
    of principal: Principal, from old: Secret, to new: Secret, address: String, agent: String, now: WallTime
  ) async throws -> PasswordChange {
    let id = principal.person.raw.blob
    let found: (account: String, hash: String?)? = try await reading("looking a person up") { db in
      try Row.fetchOne(db, sql: "SELECT name_key, password FROM person WHERE id = ?", arguments: [id])
        .map { ($0["name_key"], $0["password"]) }
    }
    guard let found else { return .refused }
    let wait = throttle.withLock { $0.begin(account: found.account, address: address, now: now) }
    if let wait { return .wait(wait) }
    guard try await passwords.verify(old, against: found.hash) else { return .refused }
    throttle.withLock { $0.succeeded(account: found.account, address: address) }
    let hash = try await passwords.hash(new, salt: randomBytes(16))
    let moment = moment(now)
    var token: Secret?
    if case .session = principal.credential { token = Secret(randomText()) }
    let next = token
    let changed = try await writing("changing a password") { db in
      guard try Access(db: db, principal.credential, at: moment) != nil,
        try Person.passwordHash(db, id) == found.hash
      else { return false }
      try Person.changePassword(db, hash, of: principal.person)
      if let next {
        _ = try Session.open(db, next, for: principal.person, from: address, agent: agent, at: moment)
      }
      return true
    }
    return changed ? .changed(token: token) : .refused
  }
}

extension Person {
  static func passwordHash(_ db: Database, _ id: Data) throws -> String? {
    try String.fetchOne(db, sql: "SELECT password FROM person WHERE id = ?", arguments: [id])
  }

  static func setPasswordHash(_ db: Database, _ hash: String, of id: Data) throws {
    try db.execute(sql: "UPDATE person SET password = ? WHERE id = ?", arguments: [hash, id])
  }

  /// With a new password everything ends that was opened by the old one.
  fileprivate static func changePassword(_ db: Database, _ hash: String, of person: PersonID) throws {
    try setPasswordHash(db, hash, of: person.raw.blob)
    try db.execute(sql: "DELETE FROM session WHERE person = ?", arguments: [person.raw.blob])
    try db.execute(sql: "DELETE FROM link WHERE person = ?", arguments: [person.raw.blob])
  }
}
