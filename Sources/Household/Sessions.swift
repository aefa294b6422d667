public import Domain
import Foundation
import GRDB
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
    let token = Secret(randomText())
    let principal = try await writing("signing in") { db -> Principal? in
      // The password may have been changed while it was being hashed.
      let hash = try String.fetchOne(db, sql: "SELECT password FROM person WHERE id = ?", arguments: [found.id])
      guard hash == found.hash else { return nil }
      return try Session.open(db, token, for: PersonID(raw: raw), from: address, agent: agent, now: now)
    }
    return principal.map { .accepted($0, token: token) } ?? .refused
  }

  /// Opens a session without a password: for those who proved themselves in another way.
  ///
  /// - Returns: `nil` when there is no such person.
  package func openSession(
    for person: PersonID, from address: String, agent: String, now: WallTime
  ) async throws -> (principal: Principal, token: Secret)? {
    let token = Secret(randomText())
    let principal = try await writing("opening a session") { db in
      try Session.open(db, token, for: person, from: address, agent: agent, now: now)
    }
    return principal.map { ($0, token) }
  }

  /// Ends one session or API token: the next request with it is refused. The console can't be ended.
  public func end(_ credential: Credential) async throws {
    try await writing("ending a session") { db in
      switch credential {
      case .session(let digest):
        try db.execute(sql: "DELETE FROM session WHERE digest = ?", arguments: [digest.bytes])
      case .token(let digest):
        try db.execute(sql: "DELETE FROM token WHERE digest = ?", arguments: [digest.bytes])
      case .console:
        break
      }
    }
  }

  /// Ends all sessions of a person.
  public func endSessions(of person: PersonID) async throws {
    try await writing("ending sessions") { db in
      try db.execute(sql: "DELETE FROM session WHERE person = ?", arguments: [person.raw.blob])
    }
  }

  /// Removes the rows of sessions and links that are too old; they are refused without this too.
  public func sweep(now: WallTime) async throws {
    try await writing("sweeping sessions") { db in
      try db.execute(
        sql: "DELETE FROM session WHERE created_ns <= ? OR seen_ns <= ?",
        arguments: [(now - SessionLife.whole).nanoseconds, (now - SessionLife.idle).nanoseconds])
      try db.execute(sql: "DELETE FROM link WHERE expires_ns <= ?", arguments: [now.nanoseconds])
    }
  }
}

enum Session {
  /// `nil` when the person is gone.
  static func open(
    _ db: Database, _ token: Secret, for person: PersonID, from address: String, agent: String, now: WallTime
  ) throws -> Principal? {
    guard try Person.exists(db, person) else { return nil }
    let digest = TokenDigest(of: token)
    try db.execute(
      sql: "INSERT INTO session (digest, person, created_ns, seen_ns, agent, address) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [
        digest.bytes, person.raw.blob, now.nanoseconds, now.nanoseconds, cut(agent, to: 256), cut(address, to: 64),
      ])
    return try Found(db: db, .session(digest), now: now)?.principal
  }
}

/// The first `count` scalars without control characters: what a program on the other side says of itself.
func cut(_ text: String, to count: Int) -> String {
  var kept = String.UnicodeScalarView()
  kept.append(contentsOf: text.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }.prefix(count))
  return String(kept)
}
