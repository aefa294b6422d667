public import Domain
import Foundation
import GRDB

/// What a request shows to be let in. It is looked up again at every use: nothing about it is remembered.
public enum Credential: Hashable, Sendable {
  case session(TokenDigest)
  case token(TokenDigest)
  /// The control socket in the data directory, whose other end the kernel named as the same user or root.
  case console

  var cameBy: String {
    switch self {
    case .session: "session"
    case .token: "token"
    case .console: "console"
    }
  }
}

/// Who asks, as found when the request came in. Media need `Household.authorise`, which looks again.
public struct Principal: Hashable, Sendable {
  public let person: PersonID
  public let name: String
  /// An owner has every right on every camera, and may change the household.
  public let isOwner: Bool
  public let credential: Credential

  /// Whoever may open the data directory: an owner without a row among the people, with rows in the view log.
  public static let console = Principal(
    person: consolePerson, name: "owner at the console", isOwner: true, credential: .console)

  /// All zeros: no minted id is.
  private static let consolePerson: PersonID = {
    struct Zeros: RandomNumberGenerator {
      mutating func next() -> UInt64 { 0 }
    }
    var zeros = Zeros()
    return PersonID.mint(using: &zeros)
  }()
}

/// How long sessions last.
enum SessionLife {
  /// Without a request.
  static let idle = Duration.seconds(7 * 86400)
  /// In all.
  static let whole = Duration.seconds(30 * 86400)
  /// How exactly the last use is kept.
  static let grain = Duration.seconds(60)
}

extension Household {
  /// Who holds this session; `nil` when it is unknown, ended or too old. Notes its use, at most once a minute.
  public func authenticate(sessionToken: Secret, now: WallTime) async throws -> Principal? {
    try await authenticate(.session(TokenDigest(of: sessionToken)), now: now)
  }

  /// Who holds this API token; `nil` when it is unknown or revoked. Notes its use, at most once a minute.
  public func authenticate(apiToken: Secret, now: WallTime) async throws -> Principal? {
    guard apiToken.reveal().hasPrefix(Self.tokenPrefix) else { return nil }
    return try await authenticate(.token(TokenDigest(of: apiToken)), now: now)
  }

  /// The same for a credential that an earlier request brought: for connections that stay open.
  public func authenticate(_ credential: Credential, now: WallTime) async throws -> Principal? {
    let found = try await reading("looking a credential up") { try Found(db: $0, credential, now: now) }
    guard let found else { return nil }
    if found.usedLongAgo(now) {
      try await writing("noting a credential's use") { try Found.noteUse($0, credential, now: now) }
    }
    return found.principal
  }
}

/// A credential that holds, as the database knows it at one moment.
struct Found: Sendable {
  let principal: Principal
  /// `nil` when no use is kept, or there was none.
  private let used: WallTime?
  private let keepsUse: Bool

  /// `nil` when the credential doesn't hold (any more).
  init?(db: Database, _ credential: Credential, now: WallTime) throws {
    let row: Row?
    switch credential {
    case .console:
      principal = .console
      used = nil
      keepsUse = false
      return
    case .session(let digest):
      row = try Row.fetchOne(
        db,
        sql: """
          SELECT person.id, name, owner, session.created_ns AS made_ns, seen_ns AS used_ns
          FROM session JOIN person ON person.id = session.person WHERE digest = ?
          """, arguments: [digest.bytes])
    case .token(let digest):
      row = try Row.fetchOne(
        db,
        sql: """
          SELECT person.id, name, owner, token.created_ns AS made_ns, used_ns
          FROM token JOIN person ON person.id = token.person WHERE digest = ?
          """, arguments: [digest.bytes])
    }
    guard let row else { return nil }
    guard let id = RandomID(bytes: row["id"] as Data) else { throw badRow("person") }
    let used = (row["used_ns"] as Int64?).map(WallTime.init(nanoseconds:))
    if case .session = credential {
      let made = WallTime(nanoseconds: row["made_ns"])
      guard now - made < SessionLife.whole, let used, now - used < SessionLife.idle else { return nil }
    }
    principal = Principal(person: PersonID(raw: id), name: row["name"], isOwner: row["owner"], credential: credential)
    self.used = used
    keepsUse = true
  }

  func usedLongAgo(_ now: WallTime) -> Bool {
    guard keepsUse else { return false }
    guard let used else { return true }
    return now - used >= SessionLife.grain
  }

  static func noteUse(_ db: Database, _ credential: Credential, now: WallTime) throws {
    switch credential {
    case .console: return
    case .session(let digest):
      try db.execute(
        sql: "UPDATE session SET seen_ns = max(seen_ns, ?) WHERE digest = ?",
        arguments: [now.nanoseconds, digest.bytes])
    case .token(let digest):
      try db.execute(
        sql: "UPDATE token SET used_ns = max(coalesce(used_ns, 0), ?) WHERE digest = ?",
        arguments: [now.nanoseconds, digest.bytes])
    }
  }
}
