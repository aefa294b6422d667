import Domain
import Retention
import Settings
import Vault

/// Measures the volumes of the cameras' footage for a plan.
struct VolumeSpaceReader: Sendable {
  let vault: Vault
  let space: SpaceState

  /// - Parameters:
  ///   - measures: what the cameras have and write.
  ///   - reserve: how long their cameras shall be able to go on writing.
  ///   - isInForce: whether this is the policy that the server follows, not one that is only looked at.
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
      if isInForce { await space.set(reserve, of: device) }
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
}

/// The reserve of each volume, as of the last plan.
actor SpaceState {
  private var reserves: [UInt64: DiskReserve] = [:]

  /// `nil` before the first plan.
  func reserve(of device: UInt64) -> DiskReserve? { reserves[device] }
  func set(_ reserve: DiskReserve, of device: UInt64) { reserves[device] = reserve }
}
