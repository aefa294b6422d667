/// When a password that was refused is tried again.
///
/// A camera that took this password before may refuse it while it boots, or while its account is locked for a while; it is
/// retried rarely enough that a lockout isn't renewed. One that never took it is not tried again: only new settings help, and
/// cameras lock accounts that try too often.
///
/// | refusal in a row | took it before | never took it |
/// |---|---|---|
/// | 1 | after 5 s | hold |
/// | 2 | after 30 s | hold |
/// | 3 | after 300 s | hold |
/// | 4 and later | hourly | hold |
public struct PasswordRetry: Hashable, Sendable, Codable {
  /// What to do next.
  public enum Decision: Hashable, Sendable {
    case retry(after: Duration)
    /// Until the settings change.
    case hold
  }

  private static let waits: [Duration] = [.seconds(5), .seconds(30), .seconds(300), .seconds(3600)]
  /// Refusals in a row.
  public private(set) var refusals = 0

  /// No refusal yet.
  public init() {}

  /// The camera answered 401 to this password. (403 is no refusal of a password: RFC 7231 section 6.5.3.)
  ///
  /// - Parameter tookItBefore: whether this camera ever accepted this user and password.
  public mutating func refused(tookItBefore: Bool) -> Decision {
    guard tookItBefore else { return .hold }
    // Decoded numbers may be anything.
    let step = min(max(refusals, 0), Self.waits.count - 1)
    let wait = Self.waits[step]
    refusals = step + 1
    return .retry(after: wait)
  }

  /// The camera accepted it, or the settings changed.
  public mutating func accepted() { refusals = 0 }
}
