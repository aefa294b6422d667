import Crypto
public import Domain
import Foundation
import GRDB

/// What a secret token is known by: its SHA-256. The token itself is never stored.
///
/// The tokens are 256 random bits, so that a plain digest can't be reversed and its look-up tells nothing by its time.
public struct TokenDigest: Hashable, Sendable, CustomStringConvertible {
  let bytes: Data

  /// The digest of a token as a request shows it.
  public init(of token: Secret) {
    bytes = Data(SHA256.hash(data: Data(token.reveal().utf8)))
  }

  public var description: String { "<redacted>" }
}

/// Names one API token, so that it can be listed and revoked without being known.
public struct TokenID: Hashable, Sendable {
  public let raw: RandomID

  public static func mint(using generator: inout some RandomNumberGenerator) -> TokenID {
    TokenID(raw: .mint(using: &generator))
  }

  public init?(text: some StringProtocol) {
    guard let raw = RandomID(text: text) else { return nil }
    self.raw = raw
  }

  init(raw: RandomID) { self.raw = raw }

  public var text: String { raw.text }
}

/// An API token as it is listed.
public struct TokenInfo: Hashable, Sendable {
  public let id: TokenID
  public let person: PersonID
  public let label: String
  public let created: WallTime
  /// To the minute; `nil` when it was never used.
  public let used: WallTime?
}

extension Household {
  /// What every API token begins with, so that one that leaked is recognised.
  public static let tokenPrefix = "hearth_"

  /// Makes an API token with the rights of `person`. It can be shown only now.
  ///
  /// - Throws: `Problem` (exit 64) when the label is empty or too long, or there is no such person.
  public func createToken(
    for person: PersonID, label: String, now: WallTime
  ) async throws -> (id: TokenID, token: Secret) {
    guard let label = PersonName.text(label) else {
      throw Problem(
        .usage, "a token's label has 1 to 64 characters, none of them a control character",
        next: "name the program that uses it, such as --label \"kitchen display\"")
    }
    let id = mintToken()
    let token = Secret(Self.tokenPrefix + randomText())
    let digest = TokenDigest(of: token)
    try await writing("making a token") { db in
      guard try Person.exists(db, person) else { throw Person.unknown }
      try db.execute(
        sql: "INSERT INTO token (id, digest, person, label, created_ns, used_ns) VALUES (?, ?, ?, ?, ?, NULL)",
        arguments: [id.raw.blob, digest.bytes, person.raw.blob, label, now.nanoseconds])
    }
    return (id, token)
  }

  /// The API tokens, of one person or of all, oldest first.
  public func tokens(of person: PersonID? = nil) async throws -> [TokenInfo] {
    try await reading("listing tokens") { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, person, label, created_ns, used_ns FROM token
          WHERE person = :person OR :person IS NULL ORDER BY created_ns, id
          """, arguments: ["person": person?.raw.blob]
      ).map { row in
        guard let id = RandomID(bytes: row["id"] as Data), let person = RandomID(bytes: row["person"] as Data) else {
          throw badRow("token")
        }
        return TokenInfo(
          id: TokenID(raw: id), person: PersonID(raw: person), label: row["label"],
          created: WallTime(nanoseconds: row["created_ns"]),
          used: (row["used_ns"] as Int64?).map(WallTime.init(nanoseconds:)))
      }
    }
  }

  /// Ends an API token; the next request with it is refused.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  public func revokeToken(_ id: TokenID) async throws -> Bool {
    try await writing("revoking a token") { db in
      try db.execute(sql: "DELETE FROM token WHERE id = ?", arguments: [id.raw.blob])
      return db.changesCount > 0
    }
  }

  /// 256 random bits as 43 characters of base64url (RFC 4648 section 5).
  func randomText() -> String {
    Data(randomBytes(32)).base64EncodedString().filter { $0 != "=" }
      .map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()
  }
}
