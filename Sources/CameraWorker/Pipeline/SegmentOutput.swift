import WorkerProtocol
import Domain
import Files
import Recording

/// Carries out what the recording plan of one stream says: hands openings, fragments and closings to the disk's queue,
/// and tells what had to be left out.
struct SegmentOutput {
  typealias Plan = RecordingPlan<PendingFragment>
  typealias CloseCause = Plan.CloseCause

  private let role: StreamRole
  private let parts: Parts
  private var plan: Plan
  private var motionVersion = 0
  private var settingsVersion: Int
  private var clockEpoch: Int
  private var hasStepped = false

  private struct Dropped { var frames: Int; var from: MonotonicTime; var to: MonotonicTime }
  private var dropped: Dropped?

  init(role: StreamRole, parts: Parts) {
    self.role = role
    self.parts = parts
    settingsVersion = parts.current.version
    let settings = parts.settings
    let isKept = (role == .main || settings.recordDetect) && parts.configuration.mediaAway == nil
    plan = Plan(
      mode: isKept ? settings.record : .off,
      limits: Plan.Limits(
        segment: parts.configuration.timing.segment, preRoll: settings.options.preRoll,
        postRoll: settings.options.postRoll, ringBytes: parts.configuration.ringBytes))
    clockEpoch = Self.readClock(parts)
    motionVersion = parts.gate.version
  }

  mutating func take(_ pending: PendingFragment) {
    if parts.queue.takeFailure(role) { perform(plan.handle(.segmentFailed)) }
    followSettings()
    watchDisk()
    watchClock()
    if parts.gate.isBlind, parts.settings.motion.enabled, parts.settings.record == .motion {
      perform(plan.handle(.motion(since: pending.start, lastActive: pending.start)))
    }
    perform(
      plan.handle(
        .fragment(
          Plan.Fragment(
            payload: pending, start: pending.start, end: pending.end, bytes: pending.byteCount,
            startsWithKeyframe: pending.video.first?.isSync == true,
            generation: pending.generation.number))))
    tellState()
  }

  private mutating func followSettings() {
    let version = parts.current.version
    guard version != settingsVersion else { return }
    settingsVersion = version
    let options = parts.settings.options
    plan.change(preRoll: options.preRoll, postRoll: options.postRoll)
  }

  /// Looks whether the detector saw motion; costs one atomic read when it didn't.
  mutating func followMotion() {
    let version = parts.gate.version
    guard version != motionVersion else { return }
    motionVersion = version
    guard let motion = parts.gate.motion else { return }
    let actions = plan.handle(.motion(since: motion.since, lastActive: motion.lastActive))
    guard !actions.isEmpty else { return }
    perform(actions)
    tellState()
  }

  mutating func end(_ cause: CloseCause) {
    perform(plan.handle(.ended(cause)))
    tellDropped()
  }

  private func tellState() {
    if role == .main { parts.bulletin.set(plan.isWriting ? .recording : .watching) }
  }

  /// A disk that doesn't answer says nothing of it: the thread that waits for it can't.
  private func watchDisk() {
    guard parts.configuration.mediaAway == nil, parts.queue.isStuck(now: SystemClock.monotonic()) else { return }
    let disk = parts.configuration.media.map { "the volume at \($0.path)" } ?? "the disk"
    parts.bulletin.set(disk: "\(disk) does not answer")
  }

  /// Notes a step of the wall clock, also one that came while nothing was being recorded.
  ///
  /// - Returns: the epoch that the clock is in.
  private static func readClock(_ parts: Parts) -> Int {
    let reading = parts.mapping.read()
    if let step = reading.stepped { parts.journal(.clock(step: step)) }
    return reading.epoch
  }

  private mutating func watchClock() {
    let epoch = Self.readClock(parts)
    guard epoch != clockEpoch else { return }
    clockEpoch = epoch
    hasStepped = true
    perform(plan.handle(.clockStepped))
  }

  private mutating func perform(_ actions: [Plan.Action]) {
    var opening: MonotonicTime?
    var isRefused = false
    for action in actions {
      switch action {
      case .open(let start, _): opening = start
      case .close(let cause):
        parts.queue.push(.close(role))
        if cause != .length && cause != .quiet && cause != .stopped {
          parts.journal(.cut(role, cause: cause.rawValue))
        }
      case .discard(let fragment): drop(fragment)
      case .write(let fragment):
        if let start = opening {
          opening = nil
          open(fragment.payload.generation, at: start)
        }
        if !isRefused, parts.queue.push(.write(role, fragment.payload)) {
          tellDropped()
        } else {
          isRefused = true
          drop(fragment)
        }
      }
    }
    if isRefused { _ = plan.handle(.overflowed) }
  }

  private mutating func open(_ generation: Generation, at start: MonotonicTime) {
    let clock = hasStepped ? ClockQuality.stepped : KernelClock.quality()
    hasStepped = false
    parts.queue.push(
      .open(
        SegmentStart(
          role: role, generation: generation, monotonic: start, wall: parts.mapping.wall(start),
          clock: clock)))
  }

  private mutating func drop(_ fragment: Plan.Fragment) {
    let frames = fragment.payload.video.count
    if dropped == nil { parts.log.line("\(role.rawValue): the disk is too slow, pictures are being dropped") }
    var sum = dropped ?? Dropped(frames: 0, from: fragment.start, to: fragment.end)
    sum.frames += frames
    sum.to = fragment.end
    dropped = sum
  }

  private mutating func tellDropped() {
    guard let sum = dropped else { return }
    dropped = nil
    parts.journal(
      .dropped(
        role, frames: sum.frames, from: parts.mapping.wall(sum.from), to: parts.mapping.wall(sum.to),
        cause: "the disk was slower than the camera, or failed"))
  }
}
