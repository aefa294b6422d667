import Files
import CLinux
import Domain
import Foundation
import Household
import Logging
import NIOCore
public import Settings
import ServiceLifecycle
import Vault
import WorkerProtocol

/// The server process: the only writer of the databases, the only deleter of media, the only HTTP.
public struct HomeServer: Sendable {
  /// How the server is to run.
  public struct Options: Sendable {
    public var listens: [ListenAddress]
    /// Further names by which the household reaches this server.
    public var hostNames: [String]
    /// The folder with the page's files.
    public var webPath: String
    public var house: HouseFile?

    public init(listens: [ListenAddress], hostNames: [String] = [], webPath: String, house: HouseFile? = nil) {
      self.listens = listens
      self.hostNames = hostNames
      self.webPath = webPath
      self.house = house
    }
  }

  private let core: HomeCore
  private let options: Options
  private let site: Site

  /// Opens everything that must be there before anybody is served. The caller holds the writer lock.
  ///
  /// - Throws: `Problem` that names what can't be used.
  public static func open(_ data: DataDirectory, options: Options, surroundings: Surroundings) async throws
    -> HomeServer
  {
    // Before most threads take a heap of their own.
    hearth_keep_memory(2, 8)
    let site = try Site(path: options.webPath)
    let core = try await HomeCore.open(data, surroundings: surroundings, openAPI: site.openAPI)
    return HomeServer(core: core, options: options, site: site)
  }

  /// Serves until the task is cancelled or shut down gracefully.
  ///
  /// - Parameter ready: called once with the page's address when every listener is up.
  /// - Throws: `Problem` (exit 69) when an address can't be listened on.
  public func run(ready: @escaping @Sendable (String) async -> Void) async throws {
    if let house = options.house {
      let plan = try await core.apply(house, mode: .addOnly)
      for change in plan.changes where change.kind != .add {
        core.surroundings.log.notice(
          "the house file differs; `hearth house apply` makes it so",
          metadata: ["name": "\(change.name)", "what": "\(change.what.joined(separator: "; "))"])
      }
    }
    let tcp = options.listens.compactMap { listen -> (host: String, port: Int)? in
      if case .tcp(let host, let port) = listen { return (host, port) } else { return nil }
    }
    let gate = Gate(listens: tcp, names: options.hostNames, reach: core.reach)
    let web = WebServer(core: core, site: site, gate: gate)
    // A socket file of a server that was killed would refuse the new one. The lock says that nobody uses it.
    for case .control(let path) in options.listens where unlink(path) != 0 && errno != ENOENT {
      throw Problem(
        .inputOutput, "cannot remove the old control socket \(path)", next: "remove it by hand", code: .system(errno))
    }
    if let first = tcp.first {
      await core.base.set("http://\(first.host.contains(":") ? "[\(first.host)]" : first.host):\(first.port)/")
    }
    do {
      try await serve(web, ready: ready)
    } catch {
      await core.settle()
      throw error
    }
    await core.settle()
  }

  private func serve(_ web: WebServer, ready: @escaping @Sendable (String) async -> Void) async throws {
    let up = Listening(expected: options.listens.count)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for listen in options.listens {
        let service = try web.service(on: listen) { _ in await up.one() }
        group.addTask {
          do { try await service.run() } catch { throw Self.cannotListen(listen, error) }
        }
      }
      group.addTask {
        await up.all()
        if await up.failed { return }
        for case .control(let path) in options.listens { chmod(path, 0o600) }
        await announce(ready)
        try await withTaskExecutorPreference(PatientThreads.shared) { try await housekeeping() }
      }
      defer { group.cancelAll() }
      do { try await group.next() } catch {
        await up.fail()
        throw error
      }
      // The housekeeping ends only when everything is told to end.
      group.cancelAll()
    }
  }

  private static func cannotListen(_ listen: ListenAddress, _ error: any Error) -> any Error {
    guard let io = error as? IOError else { return error }
    let place =
      switch listen {
      case .tcp(let host, let port): "\(host):\(port)"
      case .control(let path): path
      }
    let next =
      switch io.errnoCode {
      case EADDRINUSE: "another program uses it: stop it, or choose another with --listen"
      case EADDRNOTAVAIL: "this machine has no such address: see `ip address`, or choose another with --listen"
      case EACCES: "ports below 1024 need rights: choose another with --listen"
      default: "choose another with --listen"
      }
    return Problem(
      .unavailable, "cannot listen on \(place): \(String(cString: strerror(io.errnoCode)))", next: next,
      code: .system(io.errnoCode))
  }

  /// Says that the page is there, with the set-up link at the first start.
  private func announce(_ ready: @Sendable (String) async -> Void) async {
    guard let url = await core.base.url else { return }
    do {
      if let link = try await core.household.makeSetupLink(now: core.surroundings.now()) {
        core.surroundings.log.notice("first start: open this link once to set Hearth up: \(url)#setup=\(link.reveal())")
      }
    } catch {
      core.surroundings.log.error("no set-up link could be made", metadata: ["error": "\(error)"])
    }
    await ready(url)
  }

  // MARK: - Beside the requests

  /// Follows the cameras, looks through the folders, and runs retention.
  private func housekeeping() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { try await followCameras() }
      group.addTask { try await core.followDevices() }
      group.addTask { try await trimOldThings() }
      group.addTask { try await core.keepRetention() }
      group.addTask { try await core.keepCatalog() }
      group.addTask { try await core.keepSpace() }
      group.addTask { try await core.followVolumes() }
      group.addTask { try await core.keepBackups() }
    }
  }

  private func trimOldThings() async throws {
    while true {
      do { try await core.trimHeldApart() } catch let problem as Problem {
        core.surroundings.log.error("what is held apart can't be trimmed", metadata: ["what": "\(problem)"])
      }
      do { try await core.trimSuppressed() } catch let problem as Problem {
        core.surroundings.log.error("what was not reported can't be trimmed", metadata: ["what": "\(problem)"])
      }
      try await core.surroundings.sleep(.seconds(600))
    }
  }

  /// Keeps one follower for each camera, as the folders come and change.
  private func followCameras() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      var followed: Set<CameraID> = []
      while true {
        core.vault.tidy(now: core.surroundings.now())
        do {
          for camera in try await core.cameras.reload() where followed.insert(camera.id).inserted {
            group.addTask { try await follow(camera.id) }
          }
        } catch let problem as Problem {
          core.surroundings.log.error("the camera folders can't be read", metadata: ["what": "\(problem)"])
        }
        try await core.surroundings.sleep(.seconds(2))
      }
    }
  }

  /// Catches up with one camera's folder and listens to its worker for good, the one beside the other: to look through
  /// many files takes a while, and live pictures don't wait for it. A hint is only a hint: after every connection the
  /// folder is looked through, newest first.
  private func follow(_ camera: CameraID) async throws {
    let log = core.surroundings.log
    async let _: Bool = core.lookThrough(camera)
    while true {
      do {
        let connection = try await WorkerConnection.open(folder: core.vault.path(of: camera))
        var catchUp = core.catchUp(camera)
        defer { catchUp.cancel() }
        try await connection.exchange(.facts) { type, payload in
          guard type == .json else { return true }
          guard await take(try JSONLine.decode(WorkerFact.self, from: payload), from: camera) else {
            // The folder is the truth: what was missed now is found when it is looked through again.
            catchUp.cancel()
            catchUp = core.catchUp(camera, after: .seconds(2))
            return true
          }
          return true
        }
        await core.cameras.lost(camera)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        log.trace("a worker is away", metadata: ["camera": "\(camera)", "error": "\(error)"])
      }
      try await core.surroundings.sleep(.milliseconds(500))
    }
  }

  /// - Returns: whether the fact was taken in.
  private func take(_ fact: WorkerFact, from camera: CameraID) async -> Bool {
    do {
      switch fact {
      case .state(let state):
        await core.cameras.take(state, from: camera)
        await core.noticeDisk(camera, state)
        try await core.keepPin(camera, state)
      case .segment(let file): try await core.indexer.adopt(segment: file, of: camera)
      case .event(let file):
        if let event = try await core.indexer.adopt(event: file, of: camera) {
          await core.cameras.publish(.event(event))
        }
      case .journal(let file): try await core.indexer.readJournals(named: file, of: camera)
      case .live, .error: break
      }
      return true
    } catch {
      core.surroundings.log.error("a fact was not taken in", metadata: ["camera": "\(camera)", "error": "\(error)"])
      return false
    }
  }
}

/// Waits until every listener is up.
private actor Listening {
  private let expected: Int
  private var count = 0
  private(set) var failed = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  init(expected: Int) { self.expected = expected }

  func one() {
    count += 1
    if count == expected { release() }
  }

  func fail() {
    failed = true
    release()
  }

  func all() async {
    guard count < expected, !failed else { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  private func release() {
    waiters.forEach { $0.resume() }
    waiters = []
  }
}
