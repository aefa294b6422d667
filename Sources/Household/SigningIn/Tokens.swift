import Crypto
public import Domain
import Foundation
import GRDB
import SQLite

/// What a secret token is known by: its SHA-256. The token itself is never stored.
///
/// The tokens are 256 random bits, so that a plain digest can't be reversed and its look-up tells nothing by its time.
public struct TokenDigest: Hashable, Sendable, CustomStringConvertible {
  let bytes: Data

  /// The digest of a token as a request shows it.
  public init(of token: Secret) {
    bytes = Data(SHA256.hash(data: Data(token.reveal().utf8)))
  }

  init(bytes: Data) { self.bytes = bytes }

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

/// What a token may do at most. It never may do more than its person at the moment of its use.
public struct TokenLimits: Hashable, Sendable {
  /// Rights on any camera, until when, and at which hours.
  public var all: CameraGrant
  /// The cameras that it is for, with the rights on each; `nil` for all of its person's.
  public var cameras: [CameraID: Rights]?

  public init(_ all: CameraGrant = CameraGrant(.all), cameras: [CameraID: Rights]? = nil) {
    self.all = all
    self.cameras = cameras
  }

  /// All that its person may do.
  public static let none = TokenLimits()
}

/// An API token as it is listed.
public struct TokenInfo: Hashable, Sendable {
  public let id: TokenID
  public let person: PersonID
  public let label: String
  public let limits: TokenLimits
  public let created: WallTime
  /// To the minute; `nil` when it was never used.
  public let used: WallTime?
}

extension Household {
  /// What every API token begins with, so that one that leaked is recognised.
  public static let tokenPrefix = "hearth_"

  /// Makes an API token with the rights of `person`, or with fewer. It can be shown only now.
  ///
  /// - Throws: `Problem` (exit 64) when the label can't be a name (see `DisplayName`), nothing would be allowed, or there is no such
  ///   person.
  public func createToken(
    for person: PersonID, label: String, limits: TokenLimits = .none, now: WallTime
  ) async throws -> (id: TokenID, token: Secret) {
    let label = try PersonName.text(label, "a token's label")
    let cameras = limits.cameras?.filter { !$0.value.isEmpty }
    guard !limits.all.rights.isEmpty, cameras?.isEmpty != true, limits.all.until.map({ $0 > now }) ?? true else {
      throw Problem(
        .usage, "this token could do nothing", next: "leave it a camera, a right on it, and an end that is to come")
    }
    let id = mintToken()
    let token = Secret(Self.tokenPrefix + randomText())
    let digest = TokenDigest(of: token)
    try await writing("making a token") { db in
      guard try Person.exists(db, person) else { throw Person.unknown }
      try db.execute(
        sql: """
          INSERT INTO token
            (id, digest, person, label, created_ns, used_ns, rights, until_ns, from_minute, to_minute, chosen)
          VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?)
          """,
        arguments: [
          id.raw.blob, digest.bytes, person.raw.blob, label, now.nanoseconds, limits.all.rights.rawValue,
          limits.all.until?.nanoseconds, limits.all.hours?.from, limits.all.hours?.to, cameras != nil,
        ])
      for (camera, rights) in cameras ?? [:] {
        try db.execute(
          sql: "INSERT INTO token_camera (token, camera, rights) VALUES (?, ?, ?)",
          arguments: [id.raw.blob, camera.blob, rights.intersection(.all).rawValue])
      }
    }
    return (id, token)
  }

  /// The API tokens, of one person or of all, oldest first.
  public func tokens(of person: PersonID? = nil) async throws -> [TokenInfo] {
    try await reading("listing tokens") { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM token WHERE person = :person OR :person IS NULL ORDER BY created_ns, id",
        arguments: ["person": person?.raw.blob]
      ).map { try TokenInfo(db, $0) }
    }
  }

  /// Ends an API token; the next request with it is refused.
  ///
  /// - Parameter person: whose it must be; anybody's when it is `nil`.
  /// - Returns: whether there was one.
  @discardableResult
  public func revokeToken(_ id: TokenID, of person: PersonID? = nil) async throws -> Bool {
    try await writing("revoking a token") { db in
      try db.execute(
        sql: "DELETE FROM token WHERE id = :id AND (person = :person OR :person IS NULL)",
        arguments: ["id": id.raw.blob, "person": person?.raw.blob])
      return db.changesCount > 0
    }
  }

  /// 256 random bits as 43 characters of base64url (RFC 4648 section 5).
  func randomText() -> String {
    Data(randomBytes(32)).base64EncodedString().filter { $0 != "=" }
      .map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()
  }
}

extension TokenInfo {
  fileprivate init(_ db: Database, _ row: Row) throws {
    guard let id = RandomID(bytes: row["id"] as Data), let person = RandomID(bytes: row["person"] as Data) else {
      throw badRow("token")
    }
    var limits = TokenLimits(CameraGrant(row: row))
    if row["chosen"] {
      var cameras: [CameraID: Rights] = [:]
      for chosen in try Row.fetchAll(db, sql: "SELECT * FROM token_camera WHERE token = ?", arguments: [id.blob]) {
        guard let camera = CameraID(bytes: chosen["camera"] as Data) else { throw badRow("token_camera") }
        cameras[camera] = Rights(rawValue: chosen["rights"])
      }
      limits.cameras = cameras
    }
    self.init(
      id: TokenID(raw: id), person: PersonID(raw: person), label: row["label"], limits: limits,
      created: WallTime(nanoseconds: row["created_ns"]),
      used: (row["used_ns"] as Int64?).map(WallTime.init(nanoseconds:)))
  }
}
