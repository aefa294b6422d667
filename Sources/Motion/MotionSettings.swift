public import Domain

/// What a household chose for one camera.
public struct MotionSettings: Hashable, Sendable {
  /// 0 (only what is large and plain) to 100 (the smallest thing that can be told from noise).
  public var sensitivity: Int
  /// What is set where nothing is.
  public static let usualSensitivity = 50
  /// Where motion counts; empty means the whole picture.
  public var zones: [Zone]

  /// - Parameter sensitivity: Held to 0...100.
  public init(sensitivity: Int = usualSensitivity, zones: [Zone] = []) {
    self.sensitivity = min(max(sensitivity, 0), 100)
    self.zones = zones
  }
}
