import Crypto
public import Domain
import Foundation
import GRDB
import SQLite

/// Names one session, so that it can be listed and ended without being known. Made from its digest: who has the id can
/// make neither the digest nor the token from it.
public struct SessionID: Hashable, Sendable {
  private let raw: RandomID

  init(of digest: Data) {
    raw = RandomID(first: SHA256.hash(data: Data("hearth session 1".utf8) + digest))
  }

  public init?(text: some StringProtocol) {
    guard let raw = RandomID(text: text) else { return nil }
    self.raw = raw
  }

  public var text: String { raw.text }
}

/// A session as it is listed.
public struct SessionInfo: Hashable, Sendable {
  public let id: SessionID
  public let person: PersonID
  /// The person's name.
  public let name: String
  public let created: WallTime
  /// To the minute.
  public let seen: WallTime
  /// The browser's own words.
  public let agent: String
  /// Where it was signed in from.
  public let address: String
  private let digest: TokenDigest

  /// Whether it is the one that a request came with.
  public func isThat(of credential: Credential?) -> Bool { credential == .session(digest) }

  init(row: Row) throws {
    guard let person = RandomID(bytes: row["person"] as Data) else { throw badRow("session") }
    digest = TokenDigest(bytes: row["digest"])
    id = SessionID(of: row["digest"])
    self.person = PersonID(raw: person)
    name = row["name"]
    created = WallTime(nanoseconds: row["created_ns"])
    seen = WallTime(nanoseconds: row["seen_ns"])
    agent = row["agent"]
    address = row["address"]
  }
}

extension Household {
  /// The sessions that hold, of one person or of all, newest use first.
  public func sessions(of person: PersonID? = nil, now: WallTime) async throws -> [SessionInfo] {
    try await reading("listing sessions") { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT session.*, name FROM session JOIN person ON person.id = session.person
          WHERE (session.person = :person OR :person IS NULL) AND session.created_ns > :made AND seen_ns > :seen
          ORDER BY seen_ns DESC, digest
          """,
        arguments: [
          "person": person?.raw.blob, "made": (now - SessionLife.whole).nanoseconds,
          "seen": (now - SessionLife.idle).nanoseconds,
        ]
      ).map(SessionInfo.init)
    }
  }

  /// Ends one session by its id; the next request with it is refused.
  ///
  /// - Parameter person: whose it must be; anybody's when it is `nil`.
  /// - Returns: whether there was one.
  public func endSession(_ id: SessionID, of person: PersonID? = nil) async throws -> Bool {
    try await writing("ending a session") { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT digest FROM session WHERE person = :person OR :person IS NULL",
        arguments: ["person": person?.raw.blob])
      guard let digest = rows.map({ $0["digest"] as Data }).first(where: { SessionID(of: $0) == id }) else {
        return false
      }
      try db.execute(sql: "DELETE FROM session WHERE digest = ?", arguments: [digest])
      return true
    }
  }

  /// Opens a session without a password: for those who proved themselves in another way.
  ///
  /// - Returns: `nil` when there is no such person.
  package func openSession(
    for person: PersonID, from address: String, agent: String, now: WallTime
  ) async throws -> (principal: Principal, token: Secret)? {
    let (token, moment) = (Secret(randomText()), moment(now))
    let principal = try await writing("opening a session") { db in
      try Session.open(db, token, for: person, from: address, agent: agent, at: moment)
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

  /// Ends all sessions of a person, but the one that `kept` is.
  ///
  /// - Returns: how many were ended.
  @discardableResult
  public func endSessions(of person: PersonID, except kept: Credential? = nil) async throws -> Int {
    var digest: Data?
    if case .session(let kept)? = kept { digest = kept.bytes }
    let left = digest
    return try await writing("ending sessions") { db in
      try db.execute(
        sql: "DELETE FROM session WHERE person = :person AND (:kept IS NULL OR digest <> :kept)",
        arguments: ["person": person.raw.blob, "kept": left])
      return db.changesCount
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
    _ db: Database, _ token: Secret, for person: PersonID, from address: String, agent: String, at moment: HouseMoment
  ) throws -> Principal? {
    guard try Person.exists(db, person) else { return nil }
    let digest = TokenDigest(of: token)
    try db.execute(
      sql: "INSERT INTO session (digest, person, created_ns, seen_ns, agent, address) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [
        digest.bytes, person.raw.blob, moment.time.nanoseconds, moment.time.nanoseconds, cut(agent, to: 256),
        cut(address, to: 64),
      ])
    return try Access(db: db, .session(digest), at: moment)?.principal
  }
}

extension RandomID {
  /// The first 16 bytes of a hash.
  fileprivate init(first hash: SHA256.Digest) {
    guard let id = RandomID(bytes: Array(hash.prefix(16))) else { preconditionFailure("a hash has 32 bytes") }
    self = id
  }
}

/// The first `count` scalars without control characters: what a program on the other side says of itself.
func cut(_ text: String, to count: Int) -> String {
  var kept = String.UnicodeScalarView()
  kept.append(contentsOf: text.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }.prefix(count))
  return String(kept)
}
