public import Domain

/// Whether and how a password may be sent.
public struct CredentialPolicy: Hashable, Sendable {
  /// Whether Basic, which anybody on the way can read, is allowed to a camera that never asked by Digest.
  public var allowsBasic: Bool
  /// Whether this camera has ever asked by Digest: then it is never sent its password by Basic. Remembered by the owner of the
  /// pin (`DeviceEvidence.authentication`) and by `LearnedCamera`.
  public var hasAskedByDigest: Bool

  /// A policy; see the properties.
  public init(allowsBasic: Bool = true, hasAskedByDigest: Bool = false) {
    self.allowsBasic = allowsBasic
    self.hasAskedByDigest = hasAskedByDigest
  }
}

/// What follows from a 401.
public enum ChallengeVerdict: Hashable, Sendable {
  /// Send the request again with `Authorization`.
  case answer
  /// A password is wanted and none is set.
  case needsCredentials
  /// The camera refuses this user and password.
  case rejected
  /// Only ways of asking that aren't known here, by name; empty when the camera doesn't say how.
  case unknown([String])
  /// It asks by Basic alone, and has asked by Digest before.
  case downgraded
  /// It asks by Basic alone, and that is not allowed.
  case basicNotAllowed
}

/// Chooses among a camera's challenges and answers them (RFC 7235, 7616, 7617). Decides nothing about whether the device may have
/// the password: that is the session's state (`SessionState.awaitingJudgement`).
///
/// The strongest known offer is taken, wherever it stands: SHA-256-sess, SHA-256, MD5-sess, MD5, Basic. `userhash` is ignored.
public struct Authenticator: Sendable {
  /// What a request was sent with.
  public enum Attempt: Hashable, Sendable {
    case none
    case basic
    /// With this nonce of the camera's.
    case digest(nonce: String, algorithm: DigestAlgorithm)
  }

  private let user: String?
  private let password: Secret
  private let clientNonce: String
  private var policy: CredentialPolicy
  private var offer: AuthenticationChallenge?
  private var count: UInt32 = 0
  /// Whether a request with credentials was carried out on this session.
  public private(set) var hasBeenAccepted = false

  /// An authenticator for one session.
  ///
  /// - Parameters:
  ///   - user: `nil` when none is set.
  ///   - clientNonce: random text of this session (RFC 7616 section 3.4, `cnonce`).
  public init(user: String?, password: Secret?, policy: CredentialPolicy, clientNonce: String) {
    self.user = user
    self.password = password ?? Secret("")
    self.policy = policy
    self.clientNonce = clientNonce
  }

  /// Whether the camera has asked by Digest, before or on this session.
  public var hasAskedByDigest: Bool { policy.hasAskedByDigest }
  /// Whether a challenge was read that can be answered.
  public var canAnswer: Bool { offer != nil && user != nil }
  /// How the chosen offer asks: `Digest` or `Basic`; `nil` before any.
  public var scheme: String? {
    switch offer {
    case .digest: "Digest"
    case .basic: "Basic"
    case .other, nil: nil
    }
  }
  /// The realm of the chosen offer.
  public var realm: String? { offer?.realm }

  /// Reads a 401's challenges.
  ///
  /// - Parameters:
  ///   - attempt: what the refused request was sent with.
  ///   - retries: how often this request was sent again already for a new nonce.
  public mutating func challenged(
    by headers: RTSPHeaders, attempt: Attempt, retries: Int = 0
  ) -> ChallengeVerdict {
    let offers = AuthenticationChallenge.all(in: headers)
    if offers.contains(where: \.isDigest) { policy.hasAskedByDigest = true }
    guard let best = Self.strongest(offers) else {
      let names = offers.compactMap(\.unknownName)
      return .unknown(names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }
    if case .basic = best {
      // Digest with unknown algorithms is offered too: the camera can do better, so Basic would be a downgrade.
      let unknown = offers.filter(\.isDigest).compactMap(\.unknownName)
      if !unknown.isEmpty { return .unknown(unknown) }
      take(best)
      if policy.hasAskedByDigest { return .downgraded }
      if !policy.allowsBasic { return .basicNotAllowed }
    } else {
      take(best)
    }
    guard user != nil else { return .needsCredentials }
    return isRejected(best, attempt, retries) ? .rejected : .answer
  }

  /// The `Authorization` of a request and what it was made with; `nil` before a challenge or without a user.
  public mutating func authorization(method: RTSPMethod, url: RequestURL) -> (header: String, attempt: Attempt)? {
    guard let user else { return nil }
    switch offer {
    case .basic: return (BasicResponse.header(user: user, password: password), .basic)
    case .digest(let challenge):
      guard let algorithm = challenge.algorithm else { return nil }
      count = count == .max ? 1 : count + 1
      let response = DigestResponse(
        challenge: challenge, algorithm: algorithm, user: user, password: password, clientNonce: clientNonce,
        count: count)
      return (
        response.header(method: method.rawValue, uri: url.text), .digest(nonce: challenge.nonce, algorithm: algorithm)
      )
    case .other, nil: return nil
    }
  }

  /// A request with credentials was carried out.
  public mutating func accepted() { hasBeenAccepted = true }

  private mutating func take(_ offer: AuthenticationChallenge) {
    if case .digest(let new) = offer, case .digest(let old) = self.offer, new.nonce == old.nonce {
      // The count goes on with the nonce.
    } else {
      count = 0
    }
    self.offer = offer
  }

  /// A 401 to a request with credentials. A new nonce means a new try only when the camera says that the old one was stale, or
  /// took this password before: else it would be one more wrong try, and cameras lock accounts.
  private func isRejected(_ offer: AuthenticationChallenge, _ attempt: Attempt, _ retries: Int) -> Bool {
    switch (attempt, offer) {
    case (.none, _), (.basic, .digest): return false
    case (.digest(let nonce, _), .digest(let challenge)):
      let isRenewed = nonce != challenge.nonce
      return !(isRenewed && (challenge.isStale || hasBeenAccepted) && retries < 2)
    default: return true
    }
  }

  private static func strongest(_ offers: [AuthenticationChallenge]) -> AuthenticationChallenge? {
    let known = offers.compactMap { offer -> (AuthenticationChallenge, DigestAlgorithm)? in
      guard case .digest(let challenge) = offer, let algorithm = challenge.algorithm, !challenge.nonce.isEmpty else {
        return nil
      }
      return (offer, algorithm)
    }
    let best = known.map(\.1).max()
    return known.first { $0.1 == best }?.0 ?? offers.first { if case .basic = $0 { true } else { false } }
  }
}

extension AuthenticationChallenge {
  var isDigest: Bool { if case .digest = self { true } else { false } }

  /// The name of what isn't known here.
  var unknownName: String? {
    switch self {
    case .basic: nil
    case .other(let name): name
    case .digest(let challenge):
      challenge.algorithm == nil
        ? ASCII.printable(challenge.algorithmName ?? "", limit: 40)
        : challenge.nonce.isEmpty ? "Digest without a nonce" : nil
    }
  }
}
