public import Domain

/// What to write of one stream, and into which segment. A value with no I/O: it is told what happened and says what to do.
///
/// `Payload` is whatever the caller keeps of a fragment; the plan never looks inside. While nothing is to be written, in
/// `motion` mode, fragments wait in a ring that is bounded in time and bytes and always begins with a keyframe.
public struct RecordingPlan<Payload> {
  /// One fragment of the stream, as far as decisions need it.
  public struct Fragment {
    public var payload: Payload
    /// Decode time of its first sample and the end of its last.
    public var start: MonotonicTime
    public var end: MonotonicTime
    public var bytes: Int
    public var startsWithKeyframe: Bool
    /// Counts the changes of parameters and the reconnects: a segment holds one generation.
    public var generation: UInt32

    public init(
      payload: Payload, start: MonotonicTime, end: MonotonicTime, bytes: Int, startsWithKeyframe: Bool,
      generation: UInt32
    ) {
      self.payload = payload
      self.start = start
      self.end = end
      self.bytes = bytes
      self.startsWithKeyframe = startsWithKeyframe
      self.generation = generation
    }
  }

  public enum Input {
    case fragment(Fragment)
    /// Something moved: since when, and when it last moved. May be said again and again while it goes on.
    case motion(since: MonotonicTime, lastActive: MonotonicTime)
    /// The wall clock stepped: the segment's UTC start no longer fits what follows.
    case clockStepped
    /// The writer could not take the fragment it was last given: what follows it can't be decoded before a keyframe.
    case overflowed
    /// The segment broke (a write or a sync failed) and was left as it is.
    case segmentFailed
    /// The connection is gone, or the worker stops.
    case ended(CloseCause)
  }

  /// Why a segment ends.
  public enum CloseCause: String, Hashable, Sendable {
    case length, parametersChanged, clockStepped, quiet, streamLost, stopped
  }

  public enum Action {
    case open(at: MonotonicTime, generation: UInt32)
    case write(Fragment)
    case close(CloseCause)
    /// Left out because decoding could not begin there, or after an overflow.
    case discard(Fragment)
  }

  /// The lengths and limits of a plan.
  public struct Limits: Hashable, Sendable {
    /// How long a segment lasts before it ends at the next keyframe.
    public var segment: Duration
    public var preRoll: Duration
    public var postRoll: Duration
    /// The most bytes that may wait in the ring.
    public var ringBytes: Int
    /// How late motion may be reported: the detector's persistence, and its own queue. Kept in the ring besides the
    /// pre-roll.
    public var motionDelay: Duration
    /// How long after the post-roll a keyframe is waited for, so that nothing has to be written twice.
    public var keyframeWait: Duration

    public init(
      segment: Duration = RunTiming.standard.segment, preRoll: Duration = CameraOptions().preRoll,
      postRoll: Duration = CameraOptions().postRoll,
      ringBytes: Int = 64 << 20, motionDelay: Duration = .seconds(3), keyframeWait: Duration = .seconds(10)
    ) {
      self.segment = segment
      self.preRoll = preRoll
      self.postRoll = postRoll
      self.ringBytes = ringBytes
      self.motionDelay = motionDelay
      self.keyframeWait = keyframeWait
    }
  }

  private struct Segment {
    var start: MonotonicTime
    var generation: UInt32
    var endsAtKeyframe: CloseCause?
  }

  private let mode: RecordMode
  private var limits: Limits
  private var ring: [Fragment] = []
  private var segment: Segment?
  /// After this moment nothing has to be kept any more (`motion` mode).
  private var keepUntil: MonotonicTime?
  private var waitsForKeyframe = false

  /// Bytes that wait in the ring.
  public private(set) var ringBytes = 0
  /// Whether a segment is open.
  public var isWriting: Bool { segment != nil }
  /// How many fragments wait in the ring.
  public var ringCount: Int { ring.count }

  public init(mode: RecordMode, limits: Limits = Limits()) {
    self.mode = mode
    self.limits = limits
  }

  /// Keeps so much around motion from now on. A segment that is open stays open, and what the ring has dropped is gone.
  public mutating func change(preRoll: Duration, postRoll: Duration) {
    limits.preRoll = preRoll
    limits.postRoll = postRoll
  }

  public mutating func handle(_ input: Input) -> [Action] {
    switch input {
    case .fragment(let fragment): return take(fragment)
    case .motion(let since, let lastActive): return motion(since: since, lastActive: lastActive)
    case .clockStepped:
      segment?.endsAtKeyframe = .clockStepped
      return []
    case .overflowed:
      waitsForKeyframe = true
      return []
    case .segmentFailed:
      segment = nil
      waitsForKeyframe = true
      return []
    case .ended(let cause):
      clearRing()
      waitsForKeyframe = false
      defer { segment = nil }
      return segment == nil ? [] : [.close(cause)]
    }
  }

  private mutating func take(_ fragment: Fragment) -> [Action] {
    switch mode {
    case .off: return []
    case .continuous: return write(fragment)
    case .motion:
      guard segment == nil else { return followMotion(fragment) }
      ring.append(fragment)
      ringBytes += fragment.bytes
      trim(now: fragment.end)
      // The motion was reported before there was a keyframe to begin at.
      if let keepUntil, fragment.start < keepUntil { return flush(from: fragment.start) }
      return []
    }
  }

  private mutating func followMotion(_ fragment: Fragment) -> [Action] {
    guard let keepUntil, fragment.start >= keepUntil else { return write(fragment) }
    // The segment ends at a keyframe, so that the ring begins with one: motion that returns at once neither leaves a
    // gap nor writes anything twice.
    let waitedLong = fragment.start >= keepUntil + limits.keyframeWait
    guard fragment.startsWithKeyframe || waitedLong else { return write(fragment) }
    segment = nil
    ring = [fragment]
    ringBytes = fragment.bytes
    trim(now: fragment.end)
    return [.close(.quiet)]
  }

  private mutating func motion(since: MonotonicTime, lastActive: MonotonicTime) -> [Action] {
    guard mode == .motion else { return [] }
    let until = lastActive + limits.postRoll
    keepUntil = max(keepUntil ?? until, until)
    // With a segment open, what arrives is written as long as `keepUntil` says.
    return segment == nil ? flush(from: since - limits.preRoll) : []
  }

  /// Writes the ring from the last keyframe at or before `moment`, or from its first.
  private mutating func flush(from moment: MonotonicTime) -> [Action] {
    let keys = ring.indices.filter { ring[$0].startsWithKeyframe }
    guard let first = keys.last(where: { ring[$0].start <= moment }) ?? keys.first else { return [] }
    let kept = ring[first...]
    clearRing()
    return kept.flatMap { write($0) }
  }

  private mutating func write(_ fragment: Fragment) -> [Action] {
    var actions: [Action] = []
    if waitsForKeyframe {
      guard fragment.startsWithKeyframe else { return [.discard(fragment)] }
      waitsForKeyframe = false
    }
    if let open = segment {
      if open.generation != fragment.generation {
        actions.append(.close(.parametersChanged))
        segment = nil
      } else if fragment.startsWithKeyframe, let cause = open.endsAtKeyframe {
        actions.append(.close(cause))
        segment = nil
      } else if fragment.startsWithKeyframe, fragment.start - open.start >= limits.segment {
        actions.append(.close(.length))
        segment = nil
      }
    }
    if segment == nil {
      guard fragment.startsWithKeyframe else { return actions + [.discard(fragment)] }
      segment = Segment(start: fragment.start, generation: fragment.generation, endsAtKeyframe: nil)
      actions.append(.open(at: fragment.start, generation: fragment.generation))
    }
    actions.append(.write(fragment))
    return actions
  }

  private mutating func clearRing() {
    ring = []
    ringBytes = 0
  }

  /// Drops whole groups of pictures that no motion can ask for any more, and more of them when the bytes are too many.
  private mutating func trim(now: MonotonicTime) {
    let horizon = now - limits.preRoll - limits.motionDelay
    while !ring.isEmpty {
      let second = ring.indices.dropFirst().first { ring[$0].startsWithKeyframe }
      if !ring[0].startsWithKeyframe {
        drop(upTo: second ?? ring.count)
      } else if let second, ring[second].start <= horizon || ringBytes > limits.ringBytes {
        drop(upTo: second)
      } else if second == nil, ringBytes > limits.ringBytes {
        // One group alone is too large: what is left of it could not be decoded.
        drop(upTo: ring.count)
      } else {
        return
      }
    }
  }

  private mutating func drop(upTo end: Int) {
    for fragment in ring[..<end] { ringBytes -= fragment.bytes }
    ring.removeSubrange(..<end)
  }
}

extension RecordingPlan: Sendable where Payload: Sendable {}
extension RecordingPlan.Fragment: Sendable where Payload: Sendable {}
extension RecordingPlan.Input: Sendable where Payload: Sendable {}
extension RecordingPlan.Action: Sendable where Payload: Sendable {}
extension RecordingPlan.Fragment: Equatable where Payload: Equatable {}
extension RecordingPlan.Action: Equatable where Payload: Equatable {}
