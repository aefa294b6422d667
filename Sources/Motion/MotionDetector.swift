import Domain

/// Finds motion in one camera's pictures. A value with no I/O and no clock: the same frames give the same answers.
public struct MotionDetector: Sendable {
  /// May be changed between frames; what was learned is kept.
  public var settings: MotionSettings {
    didSet { if settings != oldValue { (limits, usualLimits) = Self.limits(settings) } }
  }

  private var limits: Limits
  private var scene: Scene?
  /// Above the usual sensitivity the picture is also seen with the usual one, and what that shows is shown: with more
  /// candidates about, one of them needs more to be believed, and nobody who asks for more wants to see less.
  private var usualLimits: Limits?
  private var usual: Scene?
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
    (limits, usualLimits) = Self.limits(settings)
  }

  private static func limits(_ settings: MotionSettings) -> (Limits, usual: Limits?) {
    let most = MotionSettings.usualSensitivity
    let usual = MotionSettings(
      sensitivity: min(settings.sensitivity, most),
      zones: settings.zones.map { zone in
        var zone = zone
        zone.sensitivity = zone.sensitivity.map { min($0, most) }
        return zone
      })
    return (Limits(settings), usual == settings ? nil : Limits(usual))
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
      usual = nil
      lastActivity = MotionActivity(regime: .learning)
      return lastActivity
    }
    if usualLimits == nil { usual = nil } else if usual == nil { usual = scene }
    let activity = scene?.look(at: grid, time: time, step: Float(step), limits: limits)
    lastActivity = activity ?? MotionActivity(regime: .learning)
    if let usualLimits, let also = usual?.look(at: grid, time: time, step: Float(step), limits: usualLimits) {
      lastActivity.add(also)
    }
    return lastActivity
  }
}
