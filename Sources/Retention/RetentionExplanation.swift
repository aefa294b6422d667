public import Domain

/// What will become of one segment, and why.
public struct RetentionExplanation: Hashable, Sendable {
  public enum Fate: String, Hashable, Sendable {
    case kept
    /// In the plan.
    case leaves
  }

  public let segment: RetentionSegment
  public let fate: Fate
  /// With its numbers.
  public let reason: String
  /// When its age ends it; `nil` when no age does. Want of room may end it sooner, unless it is protected.
  public let until: WallTime?
}
