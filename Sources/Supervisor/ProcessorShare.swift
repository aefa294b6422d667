/// What a worker may take of the processors: a share that lasts, and a moment's work beyond it. Whoever takes more is paused
/// until its share has caught up, so that a stream that keeps a library busy for ever costs its own camera and no other.
public struct ProcessorShare: Sendable {
  /// Seconds of work that may be done ahead of the share: a first picture, a snapshot, a burst after an outage.
  public static let ahead = Duration.seconds(5)
  /// How often a worker is looked at that has used up half of that; others are looked at when something else is due.
  public static let watchEvery = Duration.milliseconds(50)
  /// What a paused worker gets before it goes on: too little would be all switching to and fro.
  private static let least = Duration.milliseconds(40)

  private let share: Double
  private var credit: Duration
  private var last: (now: Duration, used: Duration)
  /// Whether it is to stand still.
  public private(set) var isPaused = false

  /// - Parameters:
  ///   - share: processors that may be kept busy for good; 0.5 is half of one.
  ///   - used: processor time that the process has had so far.
  ///   - now: monotonic time; only differences matter.
  public init(share: Double, used: Duration, now: Duration) {
    self.share = share
    credit = Self.ahead
    last = (now, used)
  }

  /// The share of a worker on a machine with so many processors: half of them, and two at most. Decoding 4K takes less than
  /// one; a worker has two readers, each of which may loop.
  public static func usual(processors: Int) -> Double { min(2, max(1, Double(processors)) / 2) }

  /// Takes in how much it has used up to now.
  public mutating func take(used: Duration, now: Duration) {
    let gained = (now - last.now) * share - (used - last.used)
    credit = min(Self.ahead, credit + gained)
    last = (now, used)
    isPaused = isPaused ? credit < Self.least : credit < .zero
  }

  /// Whether it must be looked at every `watchEvery`.
  public var isClose: Bool { isPaused || credit < Self.ahead / 2 }
}
