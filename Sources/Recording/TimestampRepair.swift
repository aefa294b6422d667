public import Domain

/// Maps one stream's timestamps, whatever they do, to the worker's monotonic axis.
///
/// A camera's timestamps may be missing, equal, run backwards, jump, wrap, or run at a rate of their own; arrival times
/// are never wrong but always late, by a delay that changes. So: the smallest delay seen lately is taken as the true
/// offset between both axes and followed slowly; what can't be true (a timestamp from the future, or one that went back)
/// begins a new epoch at the moment it arrived. Decode times always increase strictly. Every repair is counted.
public struct TimestampRepair: Sendable {
  /// How often each fault was repaired.
  public struct Counts: Hashable, Sendable {
    public var missing = 0
    public var equal = 0
    public var backwards = 0
    /// Jumps that began a new epoch.
    public var jumps = 0
    /// 32- or 33-bit counters that began again.
    public var wraps = 0

    public init() {}

    public var total: Int { missing + equal + backwards + jumps + wraps }

    /// What happened since `earlier`.
    public func since(_ earlier: Counts) -> Counts {
      var counts = self
      counts.missing -= earlier.missing
      counts.equal -= earlier.equal
      counts.backwards -= earlier.backwards
      counts.jumps -= earlier.jumps
      counts.wraps -= earlier.wraps
      return counts
    }
  }

  public struct Repaired: Hashable, Sendable {
    public var decode: MonotonicTime
    /// Presentation time minus decode time; zero for streams that never reorder.
    public var compositionOffset: Duration
  }

  // Every number of time in here is nanoseconds: of the worker's axis, or since `firstTicks`. Typed times come in and
  // go out; in between there are products and quotients of both axes.

  /// At least one unit of 90 kHz between two samples, whatever they are rounded from.
  static let leastStep: Int64 = 11_112
  static let jump: Int64 = 1_500_000_000
  /// How far one step may lead into the future beyond the time that passed meanwhile.
  private static let leap: Int64 = 250_000_000
  private static let window: Int64 = 15_000_000_000

  private let numerator: Int64
  private let denominator: Int64
  private let mayReorder: Bool

  public private(set) var counts = Counts()

  // The epoch: source times are nanoseconds since `firstTicks`.
  private var firstTicks: Int64?
  private var lastTicks: Int64 = 0
  private var lastSource: Int64 = 0
  private var offset: Int64 = 0
  private var windowStart: Int64 = 0
  private var windowMinimum: Int64 = .max
  private var previousMinimum: Int64 = .max

  private var lastDecode: Int64?
  private var lastArrival: Int64 = 0
  private var interval: Int64 = 40_000_000
  private var wrapTicks: Int64 = 0
  private var order = OrderWatch()

  /// - Parameters:
  ///   - numerator: With `denominator`, the seconds per unit of the stream's timestamps: 1/90000 for video over RTP.
  ///   - mayReorder: Whether presentation may differ from decoding order (B frames). Cameras seldom say, and seldom do it:
  ///     a stream without decode times counts as reordered once its times go back again and again; until then, and where
  ///     it can't be, a time that goes back is a fault.
  public init(numerator: Int64 = 1, denominator: Int64 = 90_000, mayReorder: Bool) {
    self.numerator = max(1, numerator)
    self.denominator = max(1, denominator)
    self.mayReorder = mayReorder
  }

  /// Takes the next packet's timestamps, in the stream's units, and the moment it arrived.
  public mutating func repair(presentation: Int64?, decode: Int64?, arrival: MonotonicTime) -> Repaired {
    let now = arrival.nanoseconds
    defer { lastArrival = now }
    guard let ticks = decode ?? presentation else {
      counts.missing += 1
      return Repaired(decode: place(afterGap(now)), compositionOffset: .zero)
    }
    let isReordered = mayReorder && (decode != nil || order.isReordered)
    let mapped = map(unwrapped(ticks), now, mayGoBack: isReordered && decode == nil)
    let placed = place(mapped)
    guard isReordered, let presentation else { return Repaired(decode: placed, compositionOffset: .zero) }
    let ahead = decode.map { nanoseconds(presentation &- $0) ?? 0 } ?? mapped - placed.nanoseconds
    return Repaired(decode: placed, compositionOffset: abs(ahead) < Self.jump ? .nanoseconds(ahead) : .zero)
  }

  /// Looks at a packet before any is repaired, so that the axis begins right: a camera sends its first pictures late, or
  /// many at once. Only before the first call of `repair`.
  public mutating func observe(presentation: Int64?, decode: Int64?, arrival: MonotonicTime) {
    guard lastDecode == nil, let ticks = decode ?? presentation else { return }
    let now = arrival.nanoseconds
    guard let firstTicks else {
      _ = begin(ticks, now, at: now)
      lastArrival = now
      return
    }
    // A jump this early is left to `repair`.
    guard let source = nanoseconds(ticks &- firstTicks), abs(source) < 10_000_000_000 else { return }
    windowMinimum = min(windowMinimum, now - source)
    offset = windowMinimum
    lastArrival = now
  }

  /// The source's time as a time of the worker's axis, before decode times are forced to increase.
  private mutating func map(_ ticks: Int64, _ now: Int64, mayGoBack: Bool) -> Int64 {
    guard let first = firstTicks, let source = nanoseconds(ticks &- first) else {
      return begin(ticks, now, at: firstTicks == nil ? now : afterGap(now))
    }
    // What was observed before has no place in the order yet.
    let step = lastDecode == nil ? 0 : source - lastSource
    let delay = now - source
    if mayReorder { order.take(goesBack: step < 0 && step > -OrderWatch.furthest) }
    let wentBack = step < (mayGoBack ? -OrderWatch.furthest : 0)
    if wentBack || delay < offset - Self.jump || isLeap(step, delay, now) {
      if wentBack && step > -Self.jump { counts.backwards += 1 } else { counts.jumps += 1 }
      return begin(ticks, now, at: afterGap(now))
    }
    if step == 0, lastDecode != nil { counts.equal += 1 }
    if step > 0, step < 1_000_000_000 { interval += (step - interval) / 8 }
    lastTicks = ticks
    lastSource = max(lastSource, source)
    follow(delay, now)
    return source + offset
  }

  /// Whether the stream's clock was set forward between this packet and the one before: libav does that with the first
  /// sender report of a camera with sound, by as much as one of its streams began before the other. What a stall held
  /// back comes in steps as small as ever, and what was lost on the way is no younger than the rest.
  private func isLeap(_ step: Int64, _ delay: Int64, _ now: Int64) -> Bool {
    lastDecode != nil && step - (now - lastArrival) > Self.leap + interval && delay < offset - Self.leap
  }

  /// Follows the smallest delay of the last windows, slowly, so that jitter of the network is no jitter of the footage.
  private mutating func follow(_ delay: Int64, _ now: Int64) {
    if now - windowStart > Self.window {
      previousMinimum = windowMinimum
      windowMinimum = delay
      windowStart = now
    }
    windowMinimum = min(windowMinimum, delay)
    let target = min(windowMinimum, previousMinimum)
    let error = target - offset
    guard abs(error) <= Self.jump else {
      // The stream's own clock stood still or ran away for a whole window.
      counts.jumps += 1
      offset = target
      return
    }
    let elapsed = min(max(0, now - lastArrival), 1_000_000_000)
    // 5 ms a second for what nobody sees, 20 ms for more, 100 ms while footage would lie in the future.
    let most = abs(error) < 50_000_000 ? elapsed / 200 : error < 0 ? elapsed / 10 : elapsed / 50
    offset += min(max(error, -most), most)
  }

  private mutating func begin(_ ticks: Int64, _ now: Int64, at anchor: Int64) -> Int64 {
    firstTicks = ticks
    lastTicks = ticks
    lastSource = 0
    offset = anchor
    windowStart = now
    windowMinimum = now
    previousMinimum = .max
    return anchor
  }

  /// Where a sample without a usable time goes: as long after the one before as it arrived later, a frame at least.
  private func afterGap(_ now: Int64) -> Int64 {
    guard let lastDecode else { return now }
    let gap = now - lastArrival
    return lastDecode + (gap < interval * 2 ? interval : gap)
  }

  private mutating func place(_ mapped: Int64) -> MonotonicTime {
    let decode = lastDecode.map { max(mapped, $0 + Self.leastStep) } ?? mapped
    lastDecode = decode
    return MonotonicTime(nanoseconds: decode)
  }

  /// Goes on counting where a counter of 32 or 33 bits began again.
  private mutating func unwrapped(_ raw: Int64) -> Int64 {
    guard firstTicks != nil else { return raw }
    let ticks = raw &+ wrapTicks
    for bits in [Int64(1) << 32, Int64(1) << 33] {
      let (again, overflow) = ticks.addingReportingOverflow(bits)
      guard !overflow, let step = nanoseconds(again &- lastTicks), abs(step) < Self.jump else { continue }
      counts.wraps += 1
      wrapTicks = wrapTicks &+ bits
      return again
    }
    return ticks
  }

  /// `nil` when the number is too large to be a time.
  private func nanoseconds(_ ticks: Int64) -> Int64? {
    let (product, overflow) = ticks.multipliedReportingOverflow(by: numerator)
    guard !overflow else { return nil }
    let (seconds, rest) = product.quotientAndRemainder(dividingBy: denominator)
    guard abs(seconds) < 1 << 32, denominator < 1 << 32 else { return nil }
    return seconds * 1_000_000_000 + rest * 1_000_000_000 / denominator
  }
}

/// Tells a stream whose pictures are sent in another order than they are shown in from one with a fault now and then: a
/// reordered stream goes back several times within a second.
private struct OrderWatch: Sendable {
  /// Reordered pictures go back by a few frames at most.
  static let furthest: Int64 = 500_000_000
  private static let window = 32

  private(set) var isReordered = false
  private var packets = 0
  private var backwards = 0

  mutating func take(goesBack: Bool) {
    packets += 1
    if goesBack { backwards += 1 }
    if backwards >= 4 { isReordered = true }
    guard packets == Self.window else { return }
    if backwards == 0 { isReordered = false }
    packets = 0
    backwards = 0
  }
}
