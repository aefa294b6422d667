/// A moment on the worker's own axis: nanoseconds of the system's monotonic clock. Both streams of a camera are mapped to
/// it, so that what they show can be compared whatever the camera's and the wall's clocks do.
public struct MonotonicTime: Hashable, Sendable, Comparable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  /// A number beyond what can be held becomes the first or last moment.
  public init(microseconds: Int64) { nanoseconds = microseconds.multipliedClamped(by: 1000) }

  public static func seconds(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }
  public static func milliseconds(_ milliseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
  }

  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
    .nanoseconds(left.nanoseconds &- right.nanoseconds)
  }
  public static func + (left: MonotonicTime, right: Duration) -> MonotonicTime {
    MonotonicTime(nanoseconds: left.nanoseconds &+ right.nanoseconds)
  }
  public static func - (left: MonotonicTime, right: Duration) -> MonotonicTime {
    MonotonicTime(nanoseconds: left.nanoseconds &- right.nanoseconds)
  }
}

/// A moment of a recording, in nanoseconds since its media time 0: the first sample's decode time of a segment, or of what a
/// live view shows. Negative for what was captured before it. It says nothing about any clock: `SegmentIdentity.wall(at:)`
/// gives UTC.
public struct MediaTime: Hashable, Sendable, Comparable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Where a moment lies in a recording whose media time 0 was at `origin`.
  public init(_ moment: MonotonicTime, since origin: MonotonicTime) {
    nanoseconds = moment.nanoseconds &- origin.nanoseconds
  }

  public static let zero = MediaTime(nanoseconds: 0)

  public static func < (left: MediaTime, right: MediaTime) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func - (left: MediaTime, right: MediaTime) -> Duration {
    .nanoseconds(left.nanoseconds &- right.nanoseconds)
  }
  public static func + (left: MediaTime, right: Duration) -> MediaTime {
    MediaTime(nanoseconds: left.nanoseconds &+ right.nanoseconds)
  }
}

/// How many units of a track make a second, as its `mdhd` box says (ISO/IEC 14496-12 section 8.4.2).
public struct Timescale: Hashable, Sendable {
  public let unitsPerSecond: Int64

  /// - Parameter unitsPerSecond: 1 is the least that means anything; less is taken for 1.
  public init(unitsPerSecond: Int64) { self.unitsPerSecond = max(1, unitsPerSecond) }

  /// 90000 a second, as RTP has it (RFC 6184 section 8.2.1).
  public static let video = Timescale(unitsPerSecond: 90_000)

  /// The unit that `time` lies in. Rounds down, so that times at least a unit apart stay apart.
  public func floor(_ time: MediaTime) -> Int64 { floor(nanoseconds: time.nanoseconds) }
  /// The same for how long something lasts.
  public func floor(_ duration: Duration) -> Int64 { floor(nanoseconds: duration.nanoseconds) }

  /// The unit that is nearest to `time`.
  public func nearest(_ time: MediaTime) -> Int64 { nearest(nanoseconds: time.nanoseconds) }
  /// The same for how long something lasts.
  public func nearest(_ duration: Duration) -> Int64 { nearest(nanoseconds: duration.nanoseconds) }

  private func floor(nanoseconds: Int64) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds &* unitsPerSecond &+ (rest &* unitsPerSecond).floorDivided(by: 1_000_000_000)
  }

  private func nearest(nanoseconds: Int64) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds &* unitsPerSecond &+ (rest &* unitsPerSecond &+ 500_000_000).floorDivided(by: 1_000_000_000)
  }
}

/// UTC minus the monotonic clock: what turns a moment of the one into a moment of the other while neither is set.
public struct ClockOffset: Hashable, Sendable {
  private let nanoseconds: Int64

  /// - Parameters: both clocks, read at the same moment.
  public init(wall: WallTime, monotonic: MonotonicTime) {
    nanoseconds = wall.nanoseconds &- monotonic.nanoseconds
  }

  public func wall(_ time: MonotonicTime) -> WallTime { WallTime(nanoseconds: time.nanoseconds &+ nanoseconds) }

  /// By how much the wall clock was moved between two readings.
  public static func - (left: ClockOffset, right: ClockOffset) -> Duration {
    .nanoseconds(left.nanoseconds &- right.nanoseconds)
  }
}
