import Domain
import Files
import Household
import Logging
import Retention
import Settings
import Vault
import WorkerProtocol

/// Keeps room on the volumes: footage makes way before a volume is full, and the databases can be written when it is.
extension HomeCore {
  /// Looks at the volumes every two seconds, which costs a system call each.
  func keepSpace() async throws {
    var waits = 0
    while true {
      do {
        try keepBallast()
        waits -= 1
        // With nothing left that may go, a plan over all footage need not be made at every look.
        if waits <= 0, await isShortOfSpace() { waits = try await makeRoom() ? 0 : 10 }
      } catch let problem as Problem {
        surroundings.log.error("room can't be kept; it tries again", metadata: ["what": "\(problem)"])
      }
      try await surroundings.sleep(.seconds(2))
    }
  }

  private func isShortOfSpace() async -> Bool {
    for camera in await cameras.all {
      guard let volume = try? vault.mediaVolume(of: camera.id) else { continue }
      let reserve = await space.reserve(of: volume.device) ?? DiskReserve(total: volume.total, bytesPerSecond: 0)
      if volume.free < reserve.begins { return true }
    }
    return false
  }

  /// - Returns: whether anything could be deleted.
  private func makeRoom() async throws -> Bool {
    let planned = try await retentionPlan()
    let plan = planned.plan
    try await carryOut(plan.deletions, planned.files)
    let freed = plan.deletions.filter { $0.rule == .reserve }
    if freed.isEmpty {
      for reason in plan.held { surroundings.log.warning("retention is held", metadata: ["why": "\(reason)"]) }
    } else {
      surroundings.log.notice(
        "a volume was short of room", metadata: ["deleted": "\(freed.count) segments", "why": "\(freed[0].why)"])
    }
    return !freed.isEmpty
  }

  /// The volumes of the cameras' footage for a plan, with what is measured of them.
  ///
  /// - Parameters:
  ///   - measures: what the cameras have and write.
  ///   - reserve: how long their cameras shall be able to go on writing.
  ///   - isInForce: whether this is what the server goes by from here on, not a policy that is only looked at.
  func volumes(
    _ cameras: [CameraSettings], _ measures: [CameraID: FootageMeasure], reserve: Duration, isInForce: Bool
  ) async throws -> [RetentionVolume] {
    var found: [UInt64: (volume: Vault.MediaVolume, cameras: [CameraSettings])] = [:]
    for camera in cameras {
      guard let volume = try vault.mediaVolume(of: camera.id) else { continue }
      found[volume.device, default: (volume, [])].cameras.append(camera)
    }
    var volumes: [RetentionVolume] = []
    for (device, entry) in found.sorted(by: { $0.key < $1.key }) {
      let ids = Set(entry.cameras.map(\.id))
      let rate = RetentionVolume.rate(of: measures, on: ids)
      let reserve = DiskReserve(total: entry.volume.total, bytesPerSecond: rate, wanted: reserve)
      if isInForce { await space.note(reserve, of: device) }
      volumes.append(
        RetentionVolume(
          name: Self.name(of: entry.cameras), cameras: ids, free: entry.volume.free, total: entry.volume.total,
          reserve: reserve))
    }
    return volumes
  }

  private static func name(of cameras: [CameraSettings]) -> String {
    let names = cameras.filter { !$0.archived }.map { "\"\($0.name)\"" }
    return names.count == 1 ? "the volume of \(names[0])" : "the volume of \(names.count) cameras"
  }

  // MARK: - The ballast

  private static let ballastName = "ballast"

  /// Room that is held on the data directory's volume, and let go when that is full: the view log, the deletion log and
  /// the marks of deletions can then still be written. Without them nothing could be shown, and nothing be deleted.
  private func keepBallast() throws {
    let now = try data.folder.volumeSpace()
    let reserve = DiskReserve(total: now.total, bytesPerSecond: 0)
    let size = min(256 << 20, now.total / 32)
    let isThere = data.folder.contains(Self.ballastName)
    if isThere, now.free < reserve.stops / 2 {
      try data.folder.delete(Self.ballastName)
      surroundings.log.warning(
        "the volume of the data directory is full: its ballast was let go, so that the databases can be written",
        metadata: ["free": "\(ByteCount(now.free))", "ballast": "\(ByteCount(size))"])
    } else if !isThere, now.free > reserve.begins + size {
      let file = try Descriptor.open(Self.ballastName, in: data.folder, .create)
      do { try file.reserve(bytes: size) } catch {
        try data.folder.delete(Self.ballastName)
        throw error
      }
    }
  }

  // MARK: - Telling

  /// Tells the owner once when a camera's footage can't be written any more.
  func noticeDisk(_ camera: CameraID, _ state: WorkerState) async {
    guard let cause = await space.isNews(state.disk, of: camera) else { return }
    let name = await cameras.settings(of: camera)?.name ?? camera.text
    surroundings.log.error("\(name) records nothing", metadata: ["camera": "\(camera)", "why": "\(cause)"])
    await raise(
      Alarm(at: surroundings.now(), camera: camera, what: "\(name) records nothing: \(cause)", file: ""))
  }
}

/// What is remembered of the volumes between looks.
actor SpaceWatch {
  private var reserves: [UInt64: DiskReserve] = [:]
  private var troubles: [CameraID: String] = [:]

  /// As of the last plan; `nil` before the first.
  func reserve(of device: UInt64) -> DiskReserve? { reserves[device] }
  func note(_ reserve: DiskReserve, of device: UInt64) { reserves[device] = reserve }

  /// - Returns: the trouble, when there was none before.
  func isNews(_ trouble: String?, of camera: CameraID) -> String? {
    defer { troubles[camera] = trouble }
    return troubles[camera] == nil ? trouble : nil
  }
}
