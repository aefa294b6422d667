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
    let moment = moment(now)
    let found = try await reading("looking a credential up") { try Access(db: $0, credential, at: moment) }
    guard let found else { return nil }
    if found.usedLongAgo {
      try await writing("noting a credential's use") { try Access.noteUse($0, credential, now: now) }
    }
    return found.principal
  }
}
