import Domain
import Files
import Logging
import Vault
package import WorkerProtocol

/// A connection to a camera's worker.
package protocol WorkerLink: Sendable {
  /// Sends the request and hands each message to `body` until it answers `false` or the worker ends the connection.
  func exchange(
    _ request: SocketRequest, _ body: (SocketFrameType, [UInt8]) async throws -> Bool
  ) async throws
}

/// Connects to the worker whose socket is in a camera's folder. The network is not this target's: it is passed in.
package typealias WorkerConnect = @Sendable (_ folder: String) async throws -> any WorkerLink

/// Keeps one subscription to each camera's worker, as the folders come and change, and catches up with what it missed.
struct WorkerSubscriptions: Sendable {
  let environment: ServerEnvironment
  let vault: Vault
  let registry: CameraRegistry
  let feed: Feed
  let indexer: Indexer
  let scanner: FolderScanner
  let pins: PinKeeper
  let disks: DiskTroubles
  let connect: WorkerConnect

  func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      var subscribed: Set<CameraID> = []
      while true {
        vault.tidy(now: environment.now())
        for camera in await cameras() where subscribed.insert(camera).inserted {
          group.addTask { try await follow(camera) }
        }
        try await environment.sleep(.seconds(2))
      }
    }
  }

  /// All cameras; none while the folders can't be read.
  private func cameras() async -> [CameraID] {
    do { return try await registry.reload().map(\.id) } catch {
      environment.log.error("the camera folders can't be read", metadata: ["what": "\(error)"])
      return []
    }
  }

  /// Catches up with one camera's folder and listens to its worker at the same time: a scan of many files takes a while,
  /// and notifications don't wait for it. A notification may be lost: after every connection the folder is scanned, newest
  /// first.
  private func follow(_ camera: CameraID) async throws {
    async let _: Bool = scanner.scan(camera)
    while true {
      do {
        try await listen(to: camera)
        await registry.connectionEnded(of: camera)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        environment.log.trace("a worker is away", metadata: ["camera": "\(camera)", "error": "\(error)"])
      }
      try await environment.sleep(.milliseconds(500))
    }
  }

  private func listen(to camera: CameraID) async throws {
    let link = try await connect(vault.path(of: camera))
    var catchUp = scanner.catchUp(camera)
    defer { catchUp.cancel() }
    try await link.exchange(.facts) { type, payload in
      guard type == .json else { return true }
      guard await apply(try JSONLine.decode(WorkerFact.self, from: payload), of: camera) else {
        // The folder is the truth: what was missed now is found when it is scanned again.
        catchUp.cancel()
        catchUp = scanner.catchUp(camera, after: .seconds(2))
        return true
      }
      return true
    }
  }

  /// - Returns: whether what the worker announced was applied.
  private func apply(_ fact: WorkerFact, of camera: CameraID) async -> Bool {
    do {
      switch fact {
      case .state(let state):
        await registry.apply(state, of: camera)
        await disks.report(camera, state)
        try await pins.update(camera, state)
      case .segment(let file): try await indexer.index(segment: file, of: camera)
      case .event(let file):
        if let event = try await indexer.index(event: file, of: camera) { await feed.publish(.event(event)) }
      case .journal(let file): try await indexer.readJournals(named: file, of: camera)
      case .live, .error: break
      }
      return true
    } catch {
      environment.log.error("a fact was not taken in", metadata: ["camera": "\(camera)", "error": "\(error)"])
      return false
    }
  }
}

/// Reports once when a camera's footage can't be written any more.
struct DiskTroubles: Sendable {
  private actor Known {
    private var troubles: [CameraID: String] = [:]

    /// - Returns: the trouble, when there was none before.
    func news(_ trouble: String?, of camera: CameraID) -> String? {
      defer { troubles[camera] = trouble }
      return troubles[camera] == nil ? trouble : nil
    }
  }

  let environment: ServerEnvironment
  let registry: CameraRegistry
  let alarms: Alarms
  private let known = Known()

  init(environment: ServerEnvironment, registry: CameraRegistry, alarms: Alarms) {
    self.environment = environment
    self.registry = registry
    self.alarms = alarms
  }

  func report(_ camera: CameraID, _ state: WorkerState) async {
    guard let cause = await known.news(state.disk, of: camera) else { return }
    let name = await registry.settings(of: camera)?.name ?? camera.text
    environment.log.error("\(name) records nothing", metadata: ["camera": "\(camera)", "why": "\(cause)"])
    await alarms.raise(
      Alarm(at: environment.now(), camera: camera, what: "\(name) records nothing: \(cause)", file: ""))
  }
}
