import Domain

/// Finds motion in one camera's pictures. A value with no I/O and no clock: the same frames give the same answers.
public struct MotionDetector: Sendable {
  /// May be changed between frames; what was learned is kept.
  public var settings: MotionSettings {
    didSet { if settings != oldValue { (limits, keenLimits) = Self.limits(settings) } }
  }

  private var limits: Limits
  private var scene: Scene?
  /// Above the usual sensitivity the picture is looked at a second time, more keenly, and what either shows is shown: with
  /// more candidates about, one of them needs more to be believed, and nobody who asks for more wants to see less.
  private var keenLimits: Limits?
  private var keen: Scene?
  private var lastTime: Double?
  private var lastWidth = 0
  private var lastHeight = 0
  private var lastActivity = MotionActivity(regime: .learning)
  /// What the detector sees at the moment, for tuning.
  package var trace: String { scene?.trace(lastTime ?? 0) ?? "" }

  /// How many cells of the last frame differed from what was usual.
  package var changedCells: Int { scene?.changedCells ?? 0 }

  public init(settings: MotionSettings = MotionSettings()) {
    self.settings = settings
    (limits, keenLimits) = Self.limits(settings)
  }

  private static func limits(_ settings: MotionSettings) -> (Limits, keen: Limits?) {
    let most = settings.zones.compactMap(\.sensitivity).reduce(settings.sensitivity, max)
    return (Limits(settings, .usual), most > MotionSettings.usualSensitivity ? Limits(settings, .keen) : nil)
  }

  /// Frames nearer than this to the one before are not looked at: nothing a person does is quicker.
  static let shortestStep = 0.06
  static let longestStep = 3.0

  /// Looks at the next frame.
  ///
  /// - Parameters:
  ///   - pixels: The luma plane: `height` rows of `width` bytes, `stride` bytes from row to row.
  ///   - time: The frame's time on a monotonic axis of the caller's. A step backwards, or forwards by more than a few
  ///     seconds, makes the detector learn anew.
  public mutating func look(at pixels: Span<UInt8>, width: Int, height: Int, stride: Int, time: Duration)
    -> MotionActivity
  {
    let now = time.inSeconds
    if let lastTime, now >= lastTime, now - lastTime < Self.shortestStep { return repeated() }
    // Two sizes may have the same cells; even so it is another picture.
    if width != lastWidth || height != lastHeight { scene = nil }
    (lastWidth, lastHeight) = (width, height)
    guard let grid = LumaGrid(pixels, width: width, height: height, stride: stride) else {
      return MotionActivity(regime: .learning)
    }
    return look(at: grid, time: now)
  }

  private func repeated() -> MotionActivity {
    var activity = lastActivity
    activity.suppressed = []
    return activity
  }

  package mutating func look(at grid: LumaGrid, time: Double) -> MotionActivity {
    if let lastTime {
      if time >= lastTime, time - lastTime < Self.shortestStep { return repeated() }
      if time < lastTime || time - lastTime > Self.longestStep { scene = nil }
    }
    if let known = scene, known.columns != grid.columns || known.rows != grid.rows { scene = nil }
    let step = lastTime.map { time - $0 } ?? 0
    lastTime = time
    guard scene != nil else {
      scene = Scene(grid, time: time)
      keen = nil
      lastActivity = MotionActivity(regime: .learning)
      return lastActivity
    }
    if keenLimits == nil { keen = nil } else if keen == nil { keen = scene }
    let usually = scene?.look(at: grid, time: time, step: Float(step), limits: limits)
    let activity = usually ?? MotionActivity(regime: .learning)
    if let keenLimits, let keenly = keen?.look(at: grid, time: time, step: Float(step), limits: keenLimits) {
      lastActivity = keenly
      lastActivity.add(activity)
    } else {
      lastActivity = activity
    }
    return lastActivity
  }
}
