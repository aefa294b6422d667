import Household
import Files
import CLinux
import Domain
import Foundation
public import Housekeeping
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

  private let api: APIHandler
  private let options: Options
  private let site: Site

  private var keeper: Housekeeper { api.housekeeper }

  /// Opens everything that must be there before anybody is served. The caller holds the writer lock.
  ///
  /// - Throws: `Problem` that names what can't be used.
  public static func open(_ data: DataDirectory, options: Options, environment: ServerEnvironment) async throws
    -> HomeServer
  {
    // Before most threads take a heap of their own.
    hearth_keep_memory(2, 8)
    let site = try Site(path: options.webPath)
    let api = try await APIHandler.open(data, environment: environment, openAPI: site.openAPI)
    return HomeServer(api: api, options: options, site: site)
  }

  /// Serves until the task is cancelled or shut down gracefully.
  ///
  /// - Parameter ready: called once with the page's address when every listener is up.
  /// - Throws: `Problem` (exit 69) when an address can't be listened on.
  public func run(ready: @escaping @Sendable (String) async -> Void) async throws {
    if let house = options.house {
      let plan = try await keeper.houseFiles.apply(house, mode: .addOnly)
      for change in plan.changes where change.kind != .add {
        keeper.environment.log.notice(
          "the house file differs; `hearth house apply` makes it so",
          metadata: ["name": "\(change.name)", "what": "\(change.what.joined(separator: "; "))"])
      }
    }
    let tcp = options.listens.compactMap { listen -> (host: String, port: Int)? in
      if case .tcp(let host, let port) = listen { return (host, port) } else { return nil }
    }
    let gate = Gate(listens: tcp, names: options.hostNames, reach: api.reach)
    let web = WebServer(api: api, site: site, gate: gate)
    // A socket file of a server that was killed would refuse the new one. The lock says that nobody uses it.
    for case .control(let path) in options.listens where unlink(path) != 0 && errno != ENOENT {
      throw Problem(
        .inputOutput, "cannot remove the old control socket \(path)", next: "remove it by hand", code: .system(errno))
    }
    if let first = tcp.first {
      await api.base.set("http://\(first.host.contains(":") ? "[\(first.host)]" : first.host):\(first.port)/")
    }
    do {
      try await serve(web, ready: ready)
    } catch {
      await api.settle()
      throw error
    }
    await api.settle()
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
        try await keeper.run { try await WorkerConnection.open(folder: $0) }
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
    guard let url = await api.base.url else { return }
    do {
      if let link = try await keeper.household.makeSetupLink(now: keeper.environment.now()) {
        keeper.environment.log.notice(
          "first start: open this link once to set Hearth up: \(url)#setup=\(link.reveal())")
      }
    } catch {
      keeper.environment.log.error("no set-up link could be made", metadata: ["error": "\(error)"])
    }
    await ready(url)
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
