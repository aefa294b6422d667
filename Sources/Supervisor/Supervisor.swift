public import Domain
public import Files
import Glibc
public import Logging
import Seal
public import Settings
import Volumes
import WorkerProtocol

/// Keeps the processes of a house: one server, and one worker for each camera that isn't archived. Holds no media and
/// opens no socket; all it knows of the world are camera folders, pipes and the ends of its children.
public final class Supervisor {
  public struct Options: Sendable {
    /// The server's command: an absolute path and arguments.
    public var server: [String]
    /// What the server reads on its standard input, one line.
    public var serverConfiguration: [UInt8]
    /// A worker's command.
    public var worker: [String]
    /// `NAME=value`; all that the children get of an environment.
    public var environment: [String]
    /// Processors that a worker may keep busy for good; `nil`: what is usual on this machine.
    public var workerShare: Double?
    /// The standard, but for tests.
    public var timing: RunTiming

    public init(
      server: [String], serverConfiguration: [UInt8], worker: [String], environment: [String],
      workerShare: Double? = nil, timing: RunTiming = .standard
    ) {
      self.server = server
      self.serverConfiguration = serverConfiguration
      self.worker = worker
      self.environment = environment
      self.workerShare = workerShare
      self.timing = timing
    }
  }

  /// How often the camera folders are looked at.
  private static let watchEvery: Duration = .milliseconds(500)

  private let options: Options
  private let data: DataDirectory
  private let folders: CameraFolders
  private let log: Logger
  private let say: (String) -> Void
  private var plan: SupervisorPlan
  private var children: [SupervisorPlan.Child: ChildProcess] = [:]
  private var shares: [CameraID: ProcessorShare] = [:]
  /// Workers that were held back since their start: it is said once.
  private var heldBack: Set<CameraID> = []
  private let workerShare: Double
  /// What the workers are to run with, as the plan was told last.
  private var tasks: [CameraID: WorkerTask] = [:]
  private var watch: CameraWatch
  private var volumes: VolumesInUse
  private let started = ContinuousClock.now
  private var saidReady = false
  private var result: Int32?

  /// - Parameter say: prints a line on standard output.
  public init(options: Options, data: DataDirectory, log: Logger, say: @escaping (String) -> Void) {
    self.options = options
    self.data = data
    self.log = log
    self.say = say
    plan = SupervisorPlan(goodRun: options.timing.goodRun)
    workerShare = options.workerShare ?? ProcessorShare.usual(processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    folders = CameraFolders(data: data)
    watch = CameraWatch(folders: folders, log: log)
    volumes = VolumesInUse(data: data, log: log)
  }

  private var now: Duration { ContinuousClock.now - started }

  /// Runs until everything has ended.
  ///
  /// - Parameter signals: one byte for each signal that arrived, its number; SIGCHLD only wakes.
  /// - Returns: the exit code.
  /// - Throws: `Problem` when nothing could be started at all.
  public func run(signals: Descriptor) throws -> Int32 {
    try Pipes.keepToOurselves()
    // A child may end before it has read what it was sent; writing then fails, and must not end us.
    signal(SIGPIPE, SIG_IGN)
    while true {
      if let result { return result }
      if watch.isDue(now, every: Self.watchEvery) { look() }
      wait(signals)
      for byte in Self.drain(signals) where byte != UInt8(SIGCHLD) {
        log.notice("stopping", metadata: ["signal": "\(byte)"])
        act(.stop)
      }
      listen()
      reap()
      holdBack()
      act(.tick)
    }
  }

  private func look() {
    tasks = volumes.complete(watch.look(now))
    act(.cameras(tasks))
  }

  // MARK: - Facts

  private func act(_ fact: SupervisorPlan.Fact) {
    var facts = [fact]
    while !facts.isEmpty {
      for action in plan.handle(facts.removeFirst(), now: now) {
        if let more = perform(action) { facts.append(more) }
      }
    }
  }

  private func wait(_ signals: Descriptor) {
    var polled = [pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0)]
    for child in children.values {
      if let output = child.output { polled.append(pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)) }
      if let input = child.waitingToSend { polled.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
    }
    var next = min(plan.nextTick ?? now + .seconds(1), watch.nextLook(every: Self.watchEvery))
    if shares.values.contains(where: \.isClose) { next = min(next, now + ProcessorShare.watchEvery) }
    let left = max(next - now, .zero)
    // Rounded up: waking a hair too early would spin.
    let milliseconds = Int32(clamping: left.nanoseconds / 1_000_000 + 1)
    _ = poll(&polled, nfds_t(polled.count), milliseconds)
  }

  private func listen() {
    for (name, child) in children {
      child.flush()
      for line in child.readLines() {
        switch name {
        case .server: heard(server: line)
        case .worker(let camera): heard(line, from: camera)
        }
      }
    }
  }

  private func heard(server line: [UInt8]) {
    let text = String(decoding: line, as: UTF8.self)
    guard text.hasPrefix("ready ") else { return say(text) }
    if saidReady { log.notice("the server is back") } else { say(text) }
    saidReady = true
    act(.serverReady)
  }

  private func heard(_ line: [UInt8], from camera: CameraID) {
    do {
      act(.line(camera, try JSONLine.decode(WorkerLine.self, from: line)))
    } catch {
      log.warning("a worker said something unknown", metadata: ["camera": "\(camera)", "bytes": "\(line.count)"])
    }
  }

  private func reap() {
    for (name, child) in children {
      guard let end = child.poll() else { continue }
      // Its last words first.
      for line in child.readLines() where name == .server { heard(server: line) }
      children[name] = nil
      if case .worker(let camera) = name {
        volumes.ended(camera)
        shares[camera] = nil
        heldBack.remove(camera)
      }
      switch end {
      case .exited(0): log.info("ended", metadata: ["process": "\(name)"])
      default: log.warning("ended", metadata: ["process": "\(name)", "how": "\(end)"])
      }
      act(.ended(name, end))
    }
  }

  // MARK: - Processors

  /// Pauses workers that take more of the processors than their share, a fraction of a second at a time. Should we die
  /// meanwhile, the kernel lets them go on: their process group is without a parent then (setpgid(2)).
  private func holdBack() {
    for (name, child) in children {
      guard case .worker(let camera) = name, let used = child.processorTime else { continue }
      var share = shares[camera] ?? ProcessorShare(share: workerShare, used: used, now: now)
      let wasPaused = share.isPaused
      share.take(used: used, now: now)
      shares[camera] = share
      guard share.isPaused != wasPaused else { continue }
      child.signal(share.isPaused ? SIGSTOP : SIGCONT)
      if share.isPaused, heldBack.insert(camera).inserted {
        log.error(
          "held back: it takes more of the processor than its share, so that the other cameras keep theirs",
          metadata: ["process": "\(name)", "share": "\(workerShare)"])
        tell(camera, .heldBack)
      }
    }
  }

  private func tell(_ camera: CameraID, _ line: SupervisorLine) {
    guard let worker = children[.worker(camera)] else { return }
    do { worker.send(try JSONLine.encode(line)) } catch { log.error("\(error)") }
  }

  // MARK: - Actions

  private func perform(_ action: SupervisorPlan.Action) -> SupervisorPlan.Fact? {
    switch action {
    case .start(let child): return start(child)
    case .tell(let camera, let line):
      tell(camera, line)
      switch line {
      case .stop: log.info("stopping", metadata: ["process": "worker \(camera)"])
      case .settings: log.info("sent new settings", metadata: ["process": "worker \(camera)"])
      case .slot, .heldBack: break
      }
    case .terminate(let child): children[child]?.signal(SIGTERM)
    case .kill(let child):
      log.warning("killed, it did not end", metadata: ["process": "\(child)"])
      children[child]?.signal(SIGKILL)
    case .killHung(let camera):
      log.error("killed, it hangs: it gives no sign of life", metadata: ["process": "worker \(camera)"])
      children[.worker(camera)]?.signal(SIGKILL)
    case .finish(let code): result = code
    }
    return nil
  }

  private func start(_ child: SupervisorPlan.Child) -> SupervisorPlan.Fact? {
    do {
      let (command, line) = try orders(for: child)
      let process = try ChildProcess.start(command, environment: options.environment)
      process.send(line)
      children[child] = process
      log.info("started", metadata: ["process": "\(child)", "pid": "\(process.pid)"])
      return nil
    } catch {
      log.error("could not be started", metadata: ["process": "\(child)", "error": "\(error)"])
      return .ended(child, .notStarted)
    }
  }

  private func orders(for child: SupervisorPlan.Child) throws -> (command: [String], line: [UInt8]) {
    switch child {
    case .server: return (options.server, options.serverConfiguration)
    case .worker(let camera):
      let key = data.masterKey.cameraKey(installation: data.installation, camera: camera)
      // What the plan believes that the worker runs with: a file that changed since then is the next look's.
      guard let task = tasks[camera] else {
        throw Problem(.unavailable, "camera \(camera) has no settings", next: "it is looked at again by itself")
      }
      let settings = task.settings
      let away = volumes.begin(camera, at: settings.media)
      let configuration = WorkerConfiguration(
        installation: data.installation, settings: settings, password: try folders.password(camera),
        cameraKey: key.hexadecimal, folder: data.cameraPath(camera), timing: options.timing, pin: pin(of: camera),
        media: settings.media, mediaAway: away)
      guard watch.secretVersion(of: camera) == task.secret else {
        throw Problem(.unavailable, "the camera's password is being changed", next: "it is tried again by itself")
      }
      return (options.worker, try JSONLine.encode(configuration))
    }
  }

  /// A pin that can't be read costs its comparison, never the camera's footage: it is taken anew, and said.
  private func pin(of camera: CameraID) -> CameraPin? {
    do { return try folders.pin(of: camera) } catch {
      log.error("a camera's pin can't be used", metadata: ["camera": "\(camera)", "error": "\(error)"])
      return nil
    }
  }

  private static func drain(_ signals: Descriptor) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64)
    let got = read(signals.number, &buffer, buffer.count)
    return got > 0 ? Array(buffer[..<got]) : []
  }
}
