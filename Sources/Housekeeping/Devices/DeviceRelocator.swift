package import Domain
import Logging
import Neighbours
import Pinning
import Settings
import WorkerProtocol

/// Relocates cameras that got new addresses. `Following` decides, from all cameras together; here is what it takes: reading
/// the neighbour table, probing ports, and writing the new address.
struct DeviceRelocator: Sendable {
  let environment: ServerEnvironment
  let folders: CameraFolders
  let registry: CameraRegistry
  let alarms: Alarms
  let state: RelocationState

  func run() async throws {
    while true {
      var wait = Duration.seconds(5)
      do {
        wait = try await relocateOnce()
      } catch let cancelled as CancellationError {
        throw cancelled
      } catch {
        environment.log.error("lost cameras could not be looked for", metadata: ["error": "\(error)"])
      }
      try await environment.sleep(wait)
    }
  }

  /// - Returns: how long to wait before the next look: short while something has just been lost.
  private func relocateOnce() async throws -> Duration {
    let (sights, newest) = await sights()
    guard sights.contains(where: \.isLost) else {
      await state.noneIsLost()
      return .seconds(1)
    }
    let found = try await look(for: sights)
    let advice = Following.advise(sights, found: found)
    await state.set(advice)
    for one in advice where one.certainty == .follow {
      guard await state.mayRelocate(one, now: environment.now()) else { continue }
      try await relocate(one)
    }
    return environment.now() - newest < .seconds(180) ? .seconds(1) : .seconds(15)
  }

  /// All cameras as `Following` takes them, and when the last one was lost.
  private func sights() async -> ([CameraSight], newest: WallTime) {
    var sights: [CameraSight] = []
    var newest = WallTime(seconds: 0)
    let all = await registry.all.filter { !$0.archived }
    var states: [CameraID: WorkerState] = [:]
    for camera in all { states[camera.id] = await registry.state(of: camera.id) }
    func isLost(_ state: WorkerState?) -> Bool { state?.state == .wrongDevice || state?.state == .offline }
    guard states.values.contains(where: { isLost($0) }) else { return ([], newest) }
    for camera in all {
      let state = states[camera.id]
      let isLost = isLost(state)
      if isLost, let state { newest = max(newest, WallTime(milliseconds: state.since)) }
      // A pin that can't be read relocates nothing; the supervisor has reported it.
      sights.append(
        CameraSight(
          camera: camera.id, name: camera.name, main: camera.main, pin: (try? folders.pin(of: camera.id))?.main,
          isLost: isLost, seen: state?.state == .wrongDevice ? state?.device(.main)?.evidence : nil))
    }
    return (sights, newest)
  }

  /// Where the wanted devices answer at this moment.
  private func look(for sights: [CameraSight]) async throws -> [FoundDevice] {
    let lost = sights.filter { $0.isLost && $0.pin?.hardware != nil }
    guard !lost.isEmpty else { return [] }
    let neighbours = try await withTaskExecutorPreference(BlockingIOExecutor.shared) { try NeighbourTable.read() }
    var found: Set<FoundDevice> = []
    for camera in lost {
      let places = neighbours.filter { neighbour in
        neighbour.hardware == camera.pin?.hardware && Self.mayBeCamera(neighbour.host, like: camera.place)
      }
      var isThere = false
      for place in places where await isAnswering(place, port: camera.main.port) {
        isThere = true
        found.insert(FoundDevice(host: place.host, port: camera.main.port, hardware: place.hardware))
      }
      if !isThere { await sweep(around: camera.place) }
    }
    return found.sorted { $0.host < $1.host }
  }

  /// Whether the device takes connections at this address, and still has it: the table forgets slowly.
  private func isAnswering(_ place: Neighbour, port: UInt16) async -> Bool {
    do {
      return try await withTaskExecutorPreference(BlockingIOExecutor.shared) {
        guard Knocking.isAnswering(place.host, port: port, patience: .milliseconds(700)) else { return false }
        return try NeighbourTable.hardware(of: place.host) == place.hardware
      }
    } catch {
      return false
    }
  }

  /// Has the kernel resolve every address of the camera's network; the next read of the table finds the answers.
  private func sweep(around host: String) async {
    guard IPAddress(host)?.reach == .private,
      await state.maySweep(around: host, now: environment.now())
    else { return }
    await withTaskExecutorPreference(BlockingIOExecutor.shared) { Knocking.stir(around: host) }
  }

  /// Private addresses of the same family; link-local ones of IPv6 mean nothing without their interface.
  private static func mayBeCamera(_ host: String, like old: String) -> Bool {
    guard let address = IPAddress(host), address.reach == .private else { return false }
    let isLinkLocal = address.bytes[0] == 0xfe
    return address.isIPv4 == !old.contains(":") && !isLinkLocal
  }

  private func relocate(_ advice: FollowAdvice) async throws {
    // Read again: the owner may have changed them meanwhile.
    var camera = try folders.read(advice.camera)
    let old = camera.main
    let known = await registry.settings(of: advice.camera)?.main
    guard old == known, let main = old.moved(to: advice.host, port: advice.port)
    else { return }
    camera.main = main
    if let detect = camera.detect, detect.host == old.host {
      camera.detect = detect.moved(to: advice.host, port: detect.port == old.port ? advice.port : detect.port)
    }
    if old.port != advice.port, var pin = try folders.pin(of: advice.camera) {
      pin.main?.port = advice.port
      if pin.detect?.port == old.port { pin.detect?.port = advice.port }
      try folders.setPin(pin, of: advice.camera)
    }
    try folders.update(camera)
    try await registry.reload()
    let what = "\(advice.why): followed from \(old.host)\(old.port == advice.port ? "" : ":\(old.port)")"
    environment.log.notice("\(what)", metadata: ["camera": "\(advice.camera)"])
    await alarms.raise(Alarm(at: environment.now(), camera: advice.camera, what: what, file: ""))
  }
}

extension CameraAddress {
  /// The same stream on another machine.
  package func moved(to host: String, port: UInt16) -> CameraAddress? {
    try? CameraAddress(scheme: scheme, host: host, port: port, path: path)
  }
}
