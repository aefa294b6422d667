public import Domain

/// Whether the wall clock may be believed when footage is to be deleted for its age.
///
/// It may when it has gone on from where it was: not back, not a day ahead, and not by a step that nothing vouches for. A
/// high-water mark, kept over restarts, remembers the latest time that was believed. A house that was off for longer than
/// a day waits until the kernel says that the clock follows a better one, or its owner says that it is right.
public struct ClockTrust: Hashable, Sendable {
  /// The clocks at one moment.
  public struct Reading: Hashable, Sendable {
    public var now: WallTime
    /// Grows steadily whatever happens to the wall clock; `nil` when there is no such clock to compare with.
    public var uptime: Duration?
    public var quality: ClockQuality

    public init(now: WallTime, uptime: Duration? = nil, quality: ClockQuality = .unknown) {
      self.now = now
      self.uptime = uptime
      self.quality = quality
    }
  }

  public enum Verdict: Hashable, Sendable {
    case trusted
    /// Why not, for a person.
    case doubted(String)
  }

  /// How far behind the mark the clock may be: corrections, leap seconds.
  static let slack = Duration.seconds(300)
  /// A step, as opposed to a clock that is trimmed.
  static let step = Duration.seconds(5)
  /// How far ahead of the mark the clock is believed without anybody vouching for it: a night without power.
  static let longestPause = Duration.seconds(25 * 3600)
  /// How far ahead the kernel is believed: it may be told a wrong time too. Beyond that the owner is asked.
  static let longestVouchedPause = Duration.seconds(366 * 86400)

  /// The latest time that was believed.
  public private(set) var highWater: WallTime?
  private var last: Reading?
  private var stepped: Duration?

  /// - Parameter highWater: as it was kept; `nil` at the first start.
  public init(highWater: WallTime?) { self.highWater = highWater }

  /// Takes a reading in; the mark follows while the clock is trusted.
  public mutating func judge(_ reading: Reading) -> Verdict {
    noticeStep(reading)
    if let doubt = doubt(reading) { return .doubted(doubt) }
    if reading.quality == .synchronised { stepped = nil }
    highWater = max(highWater ?? reading.now, reading.now)
    return .trusted
  }

  /// The owner says that the clock is right now.
  public mutating func confirm(_ reading: Reading) {
    highWater = reading.now
    stepped = nil
    last = reading
  }

  private mutating func noticeStep(_ reading: Reading) {
    defer { last = reading }
    guard let last, let before = last.uptime, let uptime = reading.uptime else { return }
    let moved = (reading.now - last.now) - (uptime - before)
    if moved > Self.step || moved < .zero - Self.step { stepped = moved }
  }

  private func doubt(_ reading: Reading) -> String? {
    let now = reading.now
    guard now >= SegmentDating.earliest else { return "it says \(now.rfc3339): it was never set" }
    guard let highWater else { return nil }
    if now + Self.slack < highWater { return "it says \(now.rfc3339) and has been at \(highWater.rfc3339) before" }
    let isVouchedFor = reading.quality == .synchronised
    let ahead = now - highWater
    guard ahead < (isVouchedFor ? Self.longestVouchedPause : Self.longestPause) else {
      return "it says \(now.rfc3339), \(ahead.components.seconds / 3600) hours after the last time that was sure, "
        + highWater.rfc3339
    }
    guard let stepped, !isVouchedFor else { return nil }
    return "it was set by \(stepped.components.seconds) s and nothing says that it is right"
  }
}
