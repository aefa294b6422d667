internal import Domain

/// The interval between a track's frames, by arrival: a stream with one frame every 16 s is slow, not silent.
public struct StreamPace: Hashable, Sendable {
  /// The longest interval that counts; a longer one was an outage.
  public static let longest = Duration.seconds(60)

  /// How long an interval is remembered, as a time constant.
  static let memory = Duration.seconds(120)

  /// The longest recent interval; shrinks slowly as shorter ones arrive. `nil` before two frames.
  public private(set) var usual: Duration?
  /// Frames seen.
  public private(set) var frames = 0
  private var timestamp: UInt32?
  private var arrival: MonotonicTime?

  /// - Parameter usual: what was seen of this camera before.
  public init(usual: Duration? = nil) {
    self.usual = usual.map { min(max($0, .zero), Self.longest) }
  }

  /// Takes a packet's RTP timestamp: a new one begins a new frame.
  mutating func take(timestamp: UInt32, now: MonotonicTime) {
    guard self.timestamp != timestamp else { return }
    if let arrival {
      let interval = min(max(now - arrival, .zero), Self.longest)
      // Forgotten over some minutes, not frames: a stream may pause for seconds between bursts.
      let share = min(interval / Self.memory, 1)
      usual = usual.map { max(interval, $0 - ($0 - interval) * share) } ?? interval
    }
    self.timestamp = timestamp
    arrival = now
    frames += 1
  }
}
