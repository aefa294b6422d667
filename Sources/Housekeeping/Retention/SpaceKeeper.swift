import Domain
import Files
import Logging
import Retention
import Settings
import Vault

/// Keeps space free on the volumes: footage is deleted before a volume is full, and the databases can be written when it is.
struct SpaceKeeper: Sendable {
  let environment: ServerEnvironment
  let vault: Vault
  let registry: CameraRegistry
  let space: SpaceState
  let planning: RetentionPlanning
  let executor: DeletionExecutor
  let ballast: Ballast

  /// Looks at the volumes every two seconds, which costs a system call each.
  func run() async throws {
    var waits = 0
    while true {
      do {
        try ballast.keep()
        waits -= 1
        // With nothing left that may be deleted, a plan over all footage need not be made each time.
        if waits <= 0, await isLow() { waits = try await freeSpace() ? 0 : 10 }
      } catch let problem as Problem {
        environment.log.error("room can't be kept; it tries again", metadata: ["what": "\(problem)"])
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        // A catalog that can't be used is rebuilt by its own loop; this one must not end the server meanwhile.
        environment.log.error("room can't be kept; it tries again", metadata: ["error": "\(error)"])
        waits = 10
      }
      try await environment.sleep(.seconds(2))
    }
  }

  private func isLow() async -> Bool {
    for camera in await registry.all {
      guard let volume = try? vault.mediaVolume(of: camera.id) else { continue }
      let reserve = await space.reserve(of: volume.device) ?? DiskReserve(total: volume.total, bytesPerSecond: 0)
      if volume.free < reserve.begins { return true }
    }
    return false
  }

  /// - Returns: whether anything could be deleted.
  private func freeSpace() async throws -> Bool {
    let planned = try await planning.plan()
    let plan = planned.plan
    try await executor.carryOut(plan.deletions, planned.files)
    let freed = plan.deletions.filter { $0.rule == .reserve }
    if freed.isEmpty {
      for reason in plan.held { environment.log.warning("retention is held", metadata: ["why": "\(reason)"]) }
    } else {
      environment.log.notice(
        "a volume was short of room", metadata: ["deleted": "\(freed.count) segments", "why": "\(freed[0].why)"])
    }
    return !freed.isEmpty
  }
}

/// Space that is reserved on the data directory's volume, and released when that is full: the access log, the deletion log
/// and the marks of deletions can then still be written. Without them nothing could be shown, and nothing be deleted.
struct Ballast: Sendable {
  private static let name = "ballast"

  let folder: Descriptor
  let log: Logger

  func keep() throws {
    let now = try folder.volumeSpace()
    let reserve = DiskReserve(total: now.total, bytesPerSecond: 0)
    let size = min(256 << 20, now.total / 32)
    let isThere = folder.contains(Self.name)
    if isThere, now.free < reserve.stops / 2 {
      try folder.delete(Self.name)
      log.warning(
        "the volume of the data directory is full: its ballast was let go, so that the databases can be written",
        metadata: ["free": "\(ByteCount(now.free))", "ballast": "\(ByteCount(size))"])
    } else if !isThere, now.free > reserve.begins + size {
      let file = try Descriptor.open(Self.name, in: folder, .create)
      do { try file.reserve(bytes: size) } catch {
        try folder.delete(Self.name)
        throw error
      }
    }
  }
}
