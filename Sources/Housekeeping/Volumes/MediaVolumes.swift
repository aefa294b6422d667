package import Domain
import Files
import Settings
import Synchronization
import Vault
package import Volumes

/// The volumes that the cameras' footage is stored on, as the server sees them.
package final class MediaVolumes: Sendable {
  private struct Camera {
    var current: MediaPlace?
    var earlier: [MediaPlace]
    var wasAway = false
  }
  private let cameras = Mutex<[CameraID: Camera]>([:])
  private let watches: VolumeWatches

  init(of data: DataDirectory) {
    // Workers write; the server reads and deletes.
    watches = VolumeWatches(
      of: VolumeOwner(installation: data.installation, keyCheck: data.keyCheck), probes: false)
  }

  /// Watches the volumes of these cameras, and no others.
  func follow(_ all: [CameraSettings]) {
    cameras.withLock { cameras in
      var next: [CameraID: Camera] = [:]
      for camera in all where !camera.places.isEmpty {
        next[camera.id] = Camera(
          current: camera.media, earlier: camera.earlierMedia, wasAway: cameras[camera.id]?.wasAway ?? false)
      }
      cameras = next
    }
    watches.keep(Set(all.flatMap(\.places)))
  }

  /// Whether all footage is stored in the data directory.
  private var isEmpty: Bool { cameras.withLock(\.isEmpty) }

  /// Where code that reads footage runs: the usual pool, `nil`, while all of it is stored in the data directory.
  package var executor: BlockingIOExecutor? { isEmpty ? nil : .shared }

  /// Waits for a moment until each was looked at.
  func settle() { watches.settle() }

  package func look(at place: MediaPlace) -> VolumeState {
    watches.look(at: place)?.state ?? .silent("the volume at \(place.path) has not been looked at yet")
  }

  /// Free and total bytes as they were measured last; `nil` while it is offline. It is not measured again here: a drive may
  /// have stopped answering some seconds ago.
  package func space(of place: MediaPlace) -> (free: UInt64, total: UInt64)? { watches.look(at: place)?.space }

  func roots(of camera: CameraID) -> MediaRoots {
    guard let places = cameras.withLock({ $0[camera] }) else { return MediaRoots() }
    return MediaRoots(current: places.current.map(root), earlier: places.earlier.map(root))
  }

  private func root(_ place: MediaPlace) -> MediaRoots.Root {
    if let root = watches.look(at: place)?.root { return .there(volume: place.volume, root) }
    return .away(look(at: place).cause ?? "the volume at \(place.path) is away")
  }

  /// The cameras whose volumes have all come back since the last call.
  func returned() -> [CameraID] {
    cameras.withLock { cameras in
      var returned: [CameraID] = []
      for (camera, known) in cameras {
        let isAway = (known.earlier + (known.current.map { [$0] } ?? [])).contains {
          if case .away = root($0) { true } else { false }
        }
        if known.wasAway, !isAway { returned.append(camera) }
        cameras[camera]?.wasAway = isAway
      }
      return returned.sorted()
    }
  }
}
