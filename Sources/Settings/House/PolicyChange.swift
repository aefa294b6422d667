public import Domain

/// A change of how long footage is kept: when it was made, and what held before.
public struct PolicyChange: Hashable, Sendable, Codable {
  /// How long what only the change deletes waits, so that it can be taken back.
  public static let patience = Duration.seconds(24 * 3600)

  public var version = 1
  /// RFC 3339.
  public var at: String
  public var household: RetentionSettings
  /// By camera id.
  public var cameras: [String: RetentionSettings]

  public init(at: WallTime, household: RetentionSettings, cameras: [CameraID: RetentionSettings]) {
    self.at = at.rfc3339
    self.household = household
    self.cameras = Dictionary(cameras.map { ($0.key.text, $0.value) }) { first, _ in first }
  }

  /// Until when it can be taken back; `nil` when that is over.
  public func end(_ now: WallTime) -> WallTime? {
    guard let end = WallTime(rfc3339: at).map({ $0 + Self.patience }), end > now else { return nil }
    return end
  }

  public func isSame(as other: PolicyChange) -> Bool { household == other.household && cameras == other.cameras }
}
