public import Domain

/// What one frame shows.
public struct MotionActivity: Hashable, Sendable {
  /// This frame shows confirmed motion: at least one object that has persisted and travelled, and that moved within the
  /// last half second. Nothing is held longer than that: joining active stretches into events is the caller's work.
  public var isActive: Bool
  /// While active: when the longest-known of the moving objects was first seen, on the axis of the `time` that was
  /// passed in. It lies a little before the frame that confirmed the object. `nil` when not active.
  public var since: Duration?
  /// The share of the picture that the confirmed objects cover, 0 to 1.
  public var share: Double
  /// The confirmed objects, largest first.
  public var boxes: [RelativeBox]
  /// Names of the zones that the confirmed objects stand in; empty when the settings have no zones.
  public var zones: [String]
  /// Why the frame counts as motion, in words with numbers; empty when not active.
  public var reasons: [String]
  /// Candidates that ended at this frame without having become motion.
  public var suppressed: [SuppressedCandidate]
  public var regime: MotionRegime
  /// Something that differs is being followed in this frame, whether it will count as motion or not.
  public var hasCandidates: Bool

  public init(
    isActive: Bool = false, since: Duration? = nil, share: Double = 0, boxes: [RelativeBox] = [], zones: [String] = [],
    reasons: [String] = [], suppressed: [SuppressedCandidate] = [], regime: MotionRegime = .steady,
    hasCandidates: Bool = false
  ) {
    self.isActive = isActive
    self.since = since
    self.share = share
    self.boxes = boxes
    self.zones = zones
    self.reasons = reasons
    self.suppressed = suppressed
    self.regime = regime
    self.hasCandidates = hasCandidates
  }

  /// Adds what the same frame shows with another sensitivity. What either shows was reported, and is no longer suppressed.
  mutating func add(_ other: MotionActivity) {
    hasCandidates = hasCandidates || other.hasCandidates
    guard other.isActive else { return }
    if !isActive { reasons = other.reasons }
    isActive = true
    since = [since, other.since].compactMap { $0 }.min()
    share = max(share, other.share)
    let known = boxes
    boxes += other.boxes.filter { box in !known.contains { $0.overlaps(box) } }
    zones = Set(zones).union(other.zones).sorted()
    suppressed.removeAll { candidate in other.boxes.contains { $0.overlaps(candidate.box) } }
  }
}

extension RelativeBox {
  fileprivate func overlaps(_ other: RelativeBox) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
  }
}

/// What the whole picture is doing.
public enum MotionRegime: String, Hashable, Sendable, Codable {
  /// The background is being learned, from nothing or after a change of the whole picture.
  case learning
  /// The background is known and holds.
  case steady
  /// The light of the whole picture is changing.
  case lighting
  /// The camera shakes or turns.
  case shaking
}

/// Something changed that was not reported as motion.
public struct SuppressedCandidate: Hashable, Sendable, Codable {
  public enum Cause: String, Hashable, Sendable, Codable {
    /// It was gone before it could be confirmed.
    case brief
    /// It stayed where it was.
    case still
    /// It moved to and fro, or where things always move.
    case busy
    /// It was too fast for its size: an insect near the lens, a drop.
    case fast
    /// It was smaller than the sensitivity asks for.
    case small
    /// The light changed and what lies under it stayed the same.
    case light
    /// It was outside every zone, in an excluded one, behind a mask, or too small for the zone that it was in.
    case outside
    /// The whole picture changed at once.
    case wholePicture
  }

  public var cause: Cause
  /// When it was first and last seen, on the axis of the frames' `time`.
  public var from: Duration
  public var to: Duration
  /// Where it was when it was largest.
  public var box: RelativeBox
  /// The largest share of the picture that it covered, 0 to 1.
  public var share: Double
  /// The cause in words with numbers.
  public var why: String

  public init(cause: Cause, from: Duration, to: Duration, box: RelativeBox, share: Double, why: String) {
    self.cause = cause
    self.from = from
    self.to = to
    self.box = box
    self.share = share
    self.why = why
  }
}
