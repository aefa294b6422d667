public import Domain
public import WorkerProtocol

/// What the supervisor decides: which process to start, when, whom to lend a connect slot, in which order to stop.
/// Facts go in, actions come out; no process, clock or file is touched here.
public struct SupervisorPlan: Sendable {
  public enum Child: Hashable, Sendable, Comparable, CustomStringConvertible {
    case server
    case worker(CameraID)

    public var description: String {
      switch self {
      case .server: "server"
      case .worker(let camera): "worker \(camera.text)"
      }
    }
  }

  public enum End: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)
    case notStarted
  }

  public enum Fact: Sendable {
    /// The cameras that should have a worker, each with what that should run with.
    case cameras([CameraID: WorkerTask])
    case ended(Child, End)
    /// The server answers.
    case serverReady
    case line(CameraID, WorkerLine)
    /// Somebody wants everything to end; a second time: at once.
    case stop
    /// Time went by.
    case tick
  }

  public enum Action: Hashable, Sendable {
    case start(Child)
    case tell(CameraID, SupervisorLine)
    case terminate(Child)
    case kill(Child)
    /// This camera's worker gives no sign of life: it hangs, and no request would reach it.
    case killHung(CameraID)
    /// Nothing runs any more: end with this code.
    case finish(Int32)
  }

  /// Connects that may be under way in the whole house.
  public static let connectSlots = 4
  /// A slot is lent for this long at most, so that a worker that hangs can't keep the others waiting.
  public static let slotLease: Duration = .seconds(30)
  public static let firstDelay: Duration = .milliseconds(200)
  /// Below five seconds, so that a process that was killed is always back within five.
  public static let longestDelay: Duration = .seconds(4)
  /// A process that refuses its configuration (exit 78) will do so again; new settings end the wait.
  public static let refusedDelay: Duration = .seconds(60)
  /// A worker closes its segments in less than a second.
  public static let workerGrace: Duration = .seconds(3)
  /// Counted from the wish to stop: all has ended by then, within the five seconds that were promised.
  public static let serverGrace: Duration = .milliseconds(4500)
  /// A worker says that it is alive every two seconds; silent for so long, it hangs. With a reader's own silence of 3 s
  /// before and the longest restart delay after, it is back within fifteen seconds.
  public static let aliveWithin: Duration = .seconds(8)
  /// Until its first line a worker has this long: it opens folders that may lie on a slow volume.
  public static let firstLineWithin: Duration = .seconds(30)
  /// The supervisor looks around twice a second; when it did not for so long, it was the machine that stood still.
  public static let standstill: Duration = .seconds(1)
  /// The first workers wait this long for the server: a mistake on the command line then ends it all before a camera
  /// was touched.
  public static let firstWait: Duration = .seconds(1)

  private enum Phase: Sendable {
    case waiting(until: Duration)
    case running(since: Duration)
    case stopping(killAt: Duration, killed: Bool)
  }

  private struct Entry: Sendable {
    var phase: Phase
    var failures = 0
    var healthy = false
    /// What it runs with: what it was started with, and what it was told since.
    var task: WorkerTask?
    /// A worker hangs when it has said nothing by then.
    var aliveBy: Duration?
  }

  private var children: [Child: Entry] = [:]
  private var desired: [CameraID: WorkerTask] = [:]
  private var leases: [CameraID: Duration] = [:]
  private var queue: [CameraID] = []
  private var workersFrom: Duration?
  private var serverWasReady = false
  private var stopSince: Duration?
  private var atOnce = false
  private var exitCode: Int32 = 0
  private var finished = false
  private var lastHandled: Duration?
  /// After so long a run the next start is at once.
  private let goodRun: Duration

  public init(goodRun: Duration = RunTiming.standard.goodRun) { self.goodRun = goodRun }

  /// Takes in what happened.
  ///
  /// - Parameter now: monotonic time; only differences matter.
  /// - Returns: what to do, in this order.
  public mutating func handle(_ fact: Fact, now: Duration) -> [Action] {
    forgiveStandstill(now)
    var actions: [Action] = []
    switch fact {
    case .cameras(let cameras): desired = cameras
    case .ended(let child, let end): ended(child, end, now)
    case .serverReady: serverWasReady = true
    case .line(let camera, let line): take(line, from: camera, now)
    case .stop:
      atOnce = stopSince != nil
      stopSince = stopSince ?? now
    case .tick: actions = hung(now)
    }
    guard !finished else { return [] }
    return actions + (stopSince == nil ? keep(now) : stopAll(now)) + overdue(now) + lend(now)
  }

  /// When `tick` is due even if nothing happens; `nil` when only facts move things on.
  public var nextTick: Duration? {
    var times: [Duration] = leases.values.map { $0 }
    for (child, entry) in children {
      switch entry.phase {
      case .waiting(let until): times.append(child == .server ? until : max(until, startOfWorkers))
      case .stopping(let killAt, false): times.append(killAt)
      case .running: if let aliveBy = entry.aliveBy { times.append(aliveBy) }
      case .stopping: break
      }
    }
    return times.min()
  }

  private var startOfWorkers: Duration { serverWasReady ? .zero : workersFrom ?? .zero }

  // MARK: - Keeping the house running

  private mutating func keep(_ now: Duration) -> [Action] {
    if workersFrom == nil { workersFrom = now + Self.firstWait }
    if children[.server] == nil { children[.server] = Entry(phase: .waiting(until: now)) }
    for camera in desired.keys where children[.worker(camera)] == nil {
      children[.worker(camera)] = Entry(phase: .waiting(until: now))
    }
    var actions: [Action] = []
    for child in children.keys.sorted() { actions += keep(child, now) }
    return actions
  }

  private mutating func keep(_ child: Child, _ now: Duration) -> [Action] {
    guard var entry = children[child] else { return [] }
    var wanted: WorkerTask?
    if case .worker(let camera) = child {
      wanted = desired[camera]
      if wanted == nil, case .waiting = entry.phase {
        children[child] = nil
        return []
      }
    }
    switch entry.phase {
    case .waiting(let until):
      // New settings may be the cure for what went wrong with the old ones.
      let cured = entry.task != nil && entry.task != wanted
      guard until <= now || cured, child == .server || startOfWorkers <= now else { return [] }
      entry.phase = .running(since: now)
      entry.task = wanted
      entry.healthy = false
      entry.aliveBy = child == .server ? nil : now + Self.firstLineWithin
      children[child] = entry
      return [.start(child)]
    case .running:
      guard case .worker(let camera) = child else { return [] }
      return change(camera, &entry, to: wanted, now)
    case .stopping: return []
    }
  }

  /// A running worker is to run with something else. It is stopped only when it can't go on with that.
  private mutating func change(
    _ camera: CameraID, _ entry: inout Entry, to wanted: WorkerTask?, _ now: Duration
  ) -> [Action] {
    defer { children[.worker(camera)] = entry }
    guard let wanted, let effect = entry.task?.effect(of: wanted), effect != .restart else {
      entry.phase = .stopping(killAt: now + Self.workerGrace, killed: false)
      return [.tell(camera, .stop)]
    }
    entry.task = wanted
    return effect == .reload ? [.tell(camera, .settings(wanted.settings))] : []
  }

  private mutating func ended(_ child: Child, _ end: End, _ now: Duration) {
    guard var entry = children[child] else { return }
    if case .worker(let camera) = child {
      leases[camera] = nil
      queue.removeAll { $0 == camera }
    }
    guard stopSince == nil else {
      children[child] = nil
      return
    }
    switch entry.phase {
    case .running(let since):
      if child == .server, !serverWasReady, case .exited(let code) = end, (64...78).contains(code) {
        // It said what is wrong; trying the same again would say it again.
        exitCode = code
        stopSince = now
        children[child] = nil
        return
      }
      entry.phase = .waiting(until: now + delay(&entry, end, good: entry.healthy || now - since >= goodRun))
    case .stopping, .waiting:
      entry.failures = 0
      entry.phase = .waiting(until: now)
    }
    children[child] = entry
  }

  /// How long to wait before the next start: nothing after a good run, then doubling up to the longest.
  private func delay(_ entry: inout Entry, _ end: End, good: Bool) -> Duration {
    if end == .exited(ExitCode.configuration.rawValue) { return Self.refusedDelay }
    if good {
      entry.failures = 0
      return .zero
    }
    let delay = min(Self.firstDelay * (1 << min(entry.failures, 6)), Self.longestDelay)
    entry.failures += 1
    return delay
  }

  // MARK: - Hanging workers

  /// A machine that stood still (a guest that was paused, a laptop asleep) kept the workers from saying anything, and us from
  /// hearing what they said: nobody hangs for that.
  private mutating func forgiveStandstill(_ now: Duration) {
    defer { lastHandled = now }
    guard let before = lastHandled, now - before > Self.standstill else { return }
    for child in children.keys { children[child]?.aliveBy? += now - before }
  }

  /// Asked only when all that was said has been heard (`tick`). Once for each run: it is not told to end, it can't listen.
  private mutating func hung(_ now: Duration) -> [Action] {
    var actions: [Action] = []
    for child in children.keys.sorted() {
      guard case .worker(let camera) = child, case .running? = children[child]?.phase,
        let aliveBy = children[child]?.aliveBy, aliveBy <= now
      else { continue }
      children[child]?.aliveBy = nil
      actions.append(.killHung(camera))
    }
    return actions
  }

  // MARK: - Connect slots

  private mutating func take(_ line: WorkerLine, from camera: CameraID, _ now: Duration) {
    guard children[.worker(camera)] != nil else { return }
    if children[.worker(camera)]?.aliveBy != nil { children[.worker(camera)]?.aliveBy = now + Self.aliveWithin }
    switch line {
    case .hello, .alive: break
    case .wantSlot:
      leases[camera] = nil
      if !queue.contains(camera) { queue.append(camera) }
    case .releaseSlot:
      leases[camera] = nil
      queue.removeAll { $0 == camera }
    case .healthy: children[.worker(camera)]?.healthy = true
    }
  }

  private mutating func lend(_ now: Duration) -> [Action] {
    leases = leases.filter { $0.value > now }
    guard stopSince == nil else { return [] }
    var actions: [Action] = []
    while leases.count < Self.connectSlots, !queue.isEmpty {
      let camera = queue.removeFirst()
      guard case .running? = children[.worker(camera)]?.phase else { continue }
      leases[camera] = now + Self.slotLease
      actions.append(.tell(camera, .slot))
    }
    return actions
  }

  // MARK: - Stopping

  /// Workers first, so that the server can still take in what they closed; the server when they are gone.
  private mutating func stopAll(_ now: Duration) -> [Action] {
    let since = stopSince ?? now
    var actions: [Action] = []
    for child in children.keys.sorted() {
      guard case .waiting? = children[child]?.phase else { continue }
      children[child] = nil
    }
    let workers = children.keys.filter { $0 != .server }.sorted()
    for child in workers {
      guard case .worker(let camera) = child else { continue }
      guard case .running? = children[child]?.phase else { continue }
      children[child]?.phase = .stopping(killAt: atOnce ? now : since + Self.workerGrace, killed: false)
      actions.append(.tell(camera, .stop))
    }
    if workers.isEmpty || atOnce, case .running? = children[.server]?.phase {
      children[.server]?.phase = .stopping(killAt: atOnce ? now : since + Self.serverGrace, killed: false)
      actions.append(.terminate(.server))
    }
    if children.isEmpty {
      finished = true
      actions.append(.finish(exitCode))
    }
    return actions
  }

  private mutating func overdue(_ now: Duration) -> [Action] {
    var actions: [Action] = []
    for child in children.keys.sorted() {
      guard case .stopping(let killAt, false)? = children[child]?.phase, killAt <= now || atOnce else { continue }
      children[child]?.phase = .stopping(killAt: killAt, killed: true)
      actions.append(.kill(child))
    }
    return actions
  }
}
