import Domain
import CLinux
import FFmpeg
package import Files
import Glibc
import Seal
import VaultWriter
import Volumes
package import WorkerProtocol

/// The process that reads one camera.
public enum Worker {
  /// Runs until the supervisor closes standard input, says so, or sends SIGTERM.
  ///
  /// - Parameter version: what it calls itself to the supervisor.
  /// - Throws: `Problem` when it can't begin: a configuration that is no configuration, a folder that can't be used.
  public static func run(version: String) throws {
    confine()
    let alarm = try Alarm()
    alarm.catchSignals()
    let (configuration, rest) = try readConfiguration()
    let settings = configuration.settings
    let log = Log(camera: settings.name)
    guard let key = CameraKey(camera: settings.id, hexadecimal: configuration.cameraKey) else {
      throw Problem(.configuration, "the camera's key is not a key", next: "report this: the supervisor made it")
    }
    let home = try Descriptor.open(configuration.folder, .folder)
    let place = try ownPlace(configuration) ?? home
    let vault = try CameraVault(in: place, key: key, installation: configuration.installation)
    let lock = try enterRunFolder(home)
    defer { withExtendedLifetime(lock) {} }
    let numbers = try SequenceMark(home: home)
    let boot = SystemClock.bootID()
    let life = try SignOfLife(boot: boot)
    let hold = try Sandbox.enter(home: home, place: place, ports: configuration.cameraPorts)

    let parts = try Parts(configuration: configuration, place: place, key: key, log: log, alarm: alarm)
    let server = try SocketServer(
      alarm: alarm, control: parts.control, bulletin: parts.bulletin, hubs: parts.hubs, snapshots: parts.snapshots,
      log: log, pendingControl: rest)
    parts.control.send(.hello(version: version))
    parts.journal(.started)
    if let away = configuration.mediaAway {
      log.line("\(away): nothing is recorded until it is back")
      parts.bulletin.set(disk: away)
    }
    parts.bulletin.set(notes: [hold.note, Sandbox.refuseCalls()].compactMap { $0 }, of: "sandbox")

    let running = Monitor(Running())
    try OwnThread.start("life") { life.keep(parts.control) }
    try startWriter(vault, numbers, parts, running, boot, life.left)
    let tokens = try startReaders(parts, running)
    server.run { parts.isAlive(tokens) }
    stop(parts, running, tokens)
  }

  private struct Running {
    var readers = 0
    var isWriting = true
  }

  /// What a worker may take of writable memory: see "A worker that was taken over" in ARCHITECTURE.md.
  static let mostMemory: UInt64 = 1 << 30
  /// Its files, its readers' sockets, and 64 clients.
  static let mostFiles: UInt64 = 256

  /// What a process that parses hostile bytes never needs: new privileges, files others can read, a core dump with keys,
  /// memory without end. Where memory runs out for the whole machine, the kernel is to end such a process first: it is back
  /// within seconds, and the others don't notice.
  package static func confine() {
    umask(0o077)
    hearth_keep_memory(1, 1)
    _ = hearth_no_new_privileges()
    limit(RLIMIT_CORE, 0)
    limit(RLIMIT_DATA, mostMemory)
    limit(RLIMIT_NOFILE, mostFiles)
    let score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
    guard score >= 0 else { return }
    _ = write(score, "500", 3)
    close(score)
  }

  private static func limit(_ resource: __rlimit_resource, _ most: UInt64) {
    var limit = rlimit(rlim_cur: rlim_t(most), rlim_max: rlim_t(most))
    setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
  }

  private static func readConfiguration() throws -> (WorkerConfiguration, rest: [UInt8]) {
    let (line, rest) = try StandardInput.readLine()
    do {
      let configuration = try JSONLine.decode(WorkerConfiguration.self, from: line)
      try configuration.settings.validate()
      return (configuration, rest)
    } catch let problem as Problem {
      throw problem
    } catch {
      // The error may quote the line, and the line holds secrets.
      throw Problem(
        .configuration, "the configuration on standard input was not understood",
        next: "start workers by `hearth serve` of the same version")
    }
  }

  /// Makes the camera's `run` folder the working folder, for the socket's short name, and takes the camera's lock: two
  /// workers must never write one camera.
  private static func enterRunFolder(_ home: Descriptor) throws -> Descriptor {
    let run = try Descriptor.folder("run", in: home)
    guard fchdir(run.number) == 0 else { throw Problem.system("enter", run.path) }
    let lock = try Descriptor.open("worker.lock", in: run, .createOrOpen)
    let deadline = SystemClock.monotonic() + .seconds(3)
    while try !lock.tryLock() {
      guard SystemClock.monotonic() < deadline else {
        throw Problem(
          .unavailable, "another worker still has this camera", next: "wait for it to end, or end it: \(lock.path)")
      }
      usleep(20_000)
    }
    return lock
  }

  /// The camera's folder on its volume; `nil` when there is none, or it is away: then all but footage goes where the
  /// settings are.
  package static func ownPlace(_ configuration: WorkerConfiguration) throws -> Descriptor? {
    guard let media = configuration.media, configuration.mediaAway == nil else { return nil }
    let owner = VolumeOwner(installation: configuration.installation)
    return try MediaVolume.folder(of: configuration.settings.id, at: media, of: owner)
  }

  private static func startWriter(
    _ vault: CameraVault, _ numbers: SequenceMark, _ parts: Parts, _ running: Monitor<Running>, _ boot: RandomID,
    _ left: SignOfLife.Left?
  ) throws {
    try OwnThread.start("disk") {
      DiskWriter(
        vault: vault, queue: parts.queue, bulletin: parts.bulletin, log: parts.log, boot: boot, left: left,
        numbers: numbers
      ).run()
      running.update { $0.isWriting = false }
    }
  }

  private static func startReaders(_ parts: Parts, _ running: Monitor<Running>) throws -> [InterruptToken] {
    var streams: [(StreamRole, CameraAddress)] = [(.main, parts.settings.main)]
    if let detect = parts.settings.detect { streams.append((.detect, detect)) }
    var tokens: [InterruptToken] = []
    for (role, address) in streams {
      let token = InterruptToken()
      tokens.append(token)
      running.update { $0.readers += 1 }
      try OwnThread.start(role.rawValue) {
        StreamReader(role: role, address: address, parts: parts, token: token).run()
        running.update { $0.readers -= 1 }
      }
    }
    return tokens
  }

  /// Ends in order, as a rule within a fraction of a second and never after two: readers first, which close their segments, then the disk. What can't end by then
  /// is left to the next worker's recovery.
  private static func stop(_ parts: Parts, _ running: Monitor<Running>, _ tokens: [InterruptToken]) {
    parts.control.stop()
    let begun = SystemClock.monotonic()
    for token in tokens { token.cancel() }
    for hub in parts.hubs.values { hub.bell.ring() }
    _ = running.wait(until: begun + .milliseconds(600)) { $0.readers == 0 ? true : nil }
    parts.journal(.stopped)
    parts.queue.push(.finish)
    let isDone = running.wait(until: begun + .milliseconds(1800)) { $0.isWriting ? nil : true } ?? false
    parts.log.line(isDone ? "stopped" : "stopped while the disk still worked; the next start finishes it")
    unlink("worker.sock")
    // What a stuck disk still holds is the next worker's to recover, and to tell of.
    if isDone { SignOfLife.end() }
    // Threads may still be inside libav or the resolver: there is nothing left to wait for.
    _exit(isDone ? 0 : ExitCode.inputOutput.rawValue)
  }
}
