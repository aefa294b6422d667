import Domain

/// What may go, and when. What is not set sets no limit; a camera's own values come before the household's.
///
/// Where limits pull apart: protected footage stays whatever the others say, the maximum age is a promise that the
/// minimum gives way to, and the minimum comes before every age and budget.
public struct RetentionPolicy: Hashable, Sendable {
  /// For footage in which nothing happened.
  public var continuous: RetentionAge?
  /// For segments that an event touches, with its pre-roll and post-roll.
  public var motion: RetentionAge?
  /// The same for the detection stream's footage; where it is not set, what holds for the main stream's.
  public var detectContinuous: RetentionAge?
  public var detectMotion: RetentionAge?
  /// Nothing younger goes, for whatever budget or want of room.
  public var minimum: RetentionAge?
  /// Everything older goes, of whatever kind.
  public var maximum: RetentionAge?
  /// Of the household: for all footage of all cameras. Of a camera: for its own footage, besides the household's budget.
  public var budget: ByteCount?
  /// The same as hundredths of the volume's size; of each volume, for a household whose footage lies on several.
  public var budgetPercent: Int?
  /// Of the household: how long the cameras can go on writing before a volume is full.
  public var reserve: RetentionAge?

  public init(
    continuous: RetentionAge? = nil, motion: RetentionAge? = nil, detectContinuous: RetentionAge? = nil,
    detectMotion: RetentionAge? = nil, minimum: RetentionAge? = nil, maximum: RetentionAge? = nil,
    budget: ByteCount? = nil, budgetPercent: Int? = nil, reserve: RetentionAge? = nil
  ) {
    self.continuous = continuous
    self.motion = motion
    self.detectContinuous = detectContinuous
    self.detectMotion = detectMotion
    self.minimum = minimum
    self.maximum = maximum
    self.budget = budget
    self.budgetPercent = budgetPercent
    self.reserve = reserve
  }

  /// The ages that hold for a camera whose own policy this is.
  public func ages(within household: RetentionPolicy) -> RetentionAges {
    let (continuous, motion) = (continuous ?? household.continuous, motion ?? household.motion)
    return RetentionAges(
      continuous: continuous, motion: motion,
      detectContinuous: detectContinuous ?? household.detectContinuous ?? continuous,
      detectMotion: detectMotion ?? household.detectMotion ?? motion, minimum: minimum ?? household.minimum,
      maximum: maximum ?? household.maximum)
  }
}

/// The ages that hold for one camera, its own and the household's put together.
public struct RetentionAges: Hashable, Sendable {
  public let continuous: RetentionAge?
  public let motion: RetentionAge?
  public let detectContinuous: RetentionAge?
  public let detectMotion: RetentionAge?
  public let minimum: RetentionAge?
  public let maximum: RetentionAge?

  /// After which age footage goes, the maximum aside.
  func limit(_ stream: StreamRole, isMotion: Bool) -> RetentionAge? {
    switch stream {
    case .main: isMotion ? motion : continuous
    case .detect: isMotion ? detectMotion : detectContinuous
    }
  }

  /// The least age that ends anything.
  var shortest: RetentionAge? { [continuous, motion, detectContinuous, detectMotion, maximum].compactMap { $0 }.min() }

  /// How much longer than the main stream's a stream's footage is kept by its age. So much younger it counts where room is
  /// short: else a budget would make the two streams equally long again.
  func extra(_ stream: StreamRole, isMotion: Bool) -> Duration {
    guard let own = limit(stream, isMotion: isMotion), let main = limit(.main, isMotion: isMotion), own > main else {
      return .zero
    }
    return own.duration - main.duration
  }
}
