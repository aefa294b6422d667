import Domain
import Logging
import NIOPosix
import Neighbours
import Pinning
import Settings
import WorkerProtocol

/// What was found out about where lost cameras went, since the server started.
actor Whereabouts {
  private var advice: [CameraID: FollowAdvice] = [:]
  private var followed: [CameraID: [(host: String, at: WallTime)]] = [:]
  private var stirred: [String: (at: WallTime, pause: Duration)] = [:]
  private var strangers: [CameraID: [String]] = [:]

  func advice(for camera: CameraID) -> FollowAdvice? { advice[camera] }

  func set(_ all: [FollowAdvice]) { advice = Dictionary(all.map { ($0.camera, $0) }) { first, _ in first } }

  /// Whether a camera may be followed there now: one that wasn't there after all is not tried again at once, and none is
  /// chased for ever, since each step restarts its worker.
  func mayFollow(_ advice: FollowAdvice, now: WallTime) -> Bool {
    let recent = (followed[advice.camera] ?? []).filter { now - $0.at < .seconds(3600) }
    let isAgain = recent.contains { $0.host == advice.host && now - $0.at < .seconds(60) }
    guard recent.count < 6, !isAgain else { return false }
    followed[advice.camera] = recent + [(advice.host, now)]
    return true
  }

  /// Whether the network around a host may be asked who is there: soon after a camera was lost, then ever more seldom, as
  /// each time is a broadcast for each address.
  func mayStir(around host: String, now: WallTime) -> Bool {
    let network = host.split(separator: ".").dropLast().joined(separator: ".")
    let last = stirred[network]
    if let last, now - last.at < last.pause { return false }
    stirred[network] = (now, last.map { min($0.pause * 2, .seconds(900)) } ?? .seconds(15))
    return true
  }

  /// No camera is lost: the next one is looked for at once.
  func allAreHome() {
    advice = [:]
    stirred = [:]
  }

  /// Whether this stranger was not reported yet.
  func isNews(_ sighting: DeviceSighting, of camera: CameraID) -> Bool {
    guard strangers[camera] != sighting.changes else { return false }
    strangers[camera] = sighting.changes
    return true
  }

  /// The camera's own device is back: the next stranger is news.
  func isHome(_ camera: CameraID) { strangers[camera] = nil }
}

/// Following cameras to new addresses. Decided by `Following` from all cameras together; here is what it takes: looking
/// at the neighbour table, knocking, and writing the new address.
extension HomeCore {
  /// Follows for good.
  func followDevices() async throws {
    while true {
      var wait = Duration.seconds(5)
      do {
        wait = try await followOnce()
      } catch let cancelled as CancellationError {
        throw cancelled
      } catch {
        surroundings.log.error("lost cameras could not be looked for", metadata: ["error": "\(error)"])
      }
      try await surroundings.sleep(wait)
    }
  }

  /// - Returns: how long to wait before the next look: short while something has just been lost.
  private func followOnce() async throws -> Duration {
    let (sights, newest) = await sights()
    guard sights.contains(where: \.isLost) else {
      await whereabouts.allAreHome()
      return .seconds(1)
    }
    let found = try await look(for: sights)
    let advice = Following.advise(sights, found: found)
    await whereabouts.set(advice)
    for one in advice where one.certainty == .follow {
      guard await whereabouts.mayFollow(one, now: surroundings.now()) else { continue }
      try await follow(one)
    }
    return surroundings.now() - newest < .seconds(180) ? .seconds(1) : .seconds(15)
  }

  /// All cameras as `Following` sees them, and when the newest was lost.
  private func sights() async -> ([CameraSight], newest: WallTime) {
    var sights: [CameraSight] = []
    var newest = WallTime(seconds: 0)
    let all = await cameras.all.filter { !$0.archived }
    var states: [CameraID: WorkerState] = [:]
    for camera in all { states[camera.id] = await cameras.state(of: camera.id) }
    func isLost(_ state: WorkerState?) -> Bool { state?.state == .wrongDevice || state?.state == .offline }
    guard states.values.contains(where: { isLost($0) }) else { return ([], newest) }
    for camera in all {
      let state = states[camera.id]
      let isLost = isLost(state)
      if isLost, let state { newest = max(newest, WallTime(milliseconds: state.since)) }
      // A pin that can't be read follows nobody; the supervisor has said so.
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
    let neighbours = try await NIOThreadPool.singleton.runIfActive { try NeighbourTable.read() }
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
      if !isThere { await stir(around: camera.place) }
    }
    return found.sorted { $0.host < $1.host }
  }

  /// Whether the device takes connections at this address, and still has it: the table forgets slowly.
  private func isAnswering(_ place: Neighbour, port: UInt16) async -> Bool {
    do {
      return try await NIOThreadPool.singleton.runIfActive {
        guard Knocking.isAnswering(place.host, port: port, patience: .milliseconds(700)) else { return false }
        return try NeighbourTable.hardware(of: place.host) == place.hardware
      }
    } catch {
      return false
    }
  }

  /// Has the kernel ask the camera's network who is there; the next look finds the answers.
  private func stir(around host: String) async {
    guard IPAddress(host)?.reach == .private,
      await whereabouts.mayStir(around: host, now: surroundings.now())
    else { return }
    try? await NIOThreadPool.singleton.runIfActive { Knocking.stir(around: host) }
  }

  /// Private addresses of the same family; link-local ones of IPv6 mean nothing without their interface.
  private static func mayBeCamera(_ host: String, like old: String) -> Bool {
    guard let address = IPAddress(host), address.reach == .private else { return false }
    let isLinkLocal = address.bytes[0] == 0xfe
    return address.isIPv4 == !old.contains(":") && !isLinkLocal
  }

  private func follow(_ advice: FollowAdvice) async throws {
    // Read anew: the owner may have changed them meanwhile.
    var camera = try folders.read(advice.camera)
    let old = camera.main
    let known = await cameras.settings(of: advice.camera)?.main
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
    try await cameras.reload()
    let what = "\(advice.why): followed from \(old.host)\(old.port == advice.port ? "" : ":\(old.port)")"
    surroundings.log.notice("\(what)", metadata: ["camera": "\(advice.camera)"])
    await raise(Alarm(at: surroundings.now(), camera: advice.camera, what: what, file: ""))
  }
}
