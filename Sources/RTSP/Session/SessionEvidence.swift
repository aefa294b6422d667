public import Domain

/// What the device said about itself so far on this connection: evidence of which device it is, judged before anything of the
/// password is sent and before anything is set up.
public struct SessionEvidence: Hashable, Sendable {
  /// What waits for the judgement.
  public enum Stage: Hashable, Sendable {
    /// The device asks for the password.
    case password
    /// The device has described its stream; nothing is set up yet.
    case description
  }
  /// What waits.
  public var stage = Stage.password
  /// The `Server` header, printable and short; `nil` when none was sent.
  public var server: String?
  /// `Digest` or `Basic` when the device asked for a password; `none` when it described its stream without asking.
  public var authentication: String?
  /// The realm of its challenge, printable and short.
  public var realm: String?
  /// The session description as it was sent, cut at 16 KiB.
  public var description: String?

  /// Nothing said yet.
  public init() {}

  /// The most that is kept of a description.
  static let longestDescription = 16 << 10
}

extension DeviceEvidence {
  /// Adds what a session has seen, except for the description, whose traits are `Pinning`'s to read
  /// (`DeviceEvidence.take(description:)`). A device that sends no `Server` header is one that has none.
  public mutating func take(_ evidence: SessionEvidence) {
    server = evidence.server ?? ""
    realm = evidence.realm
    authentication = evidence.authentication
  }
}

/// What was decided about the device that answers.
public enum DeviceDecision: Hashable, Sendable {
  /// It passes for the camera: it may have the password.
  case trusted
  /// It may be read (into quarantine), and must not have the password.
  case untrusted
  /// It is not to be read.
  case refused
}
