package import Domain
import Settings
import Volumes

/// Decides where cameras record from now on. What was recorded before stays where it is, is listed and can be watched.
package struct MediaPlacement: Sendable {
  let data: DataDirectory
  let store: HouseStore
  let folders: CameraFolders
  let registry: CameraRegistry
  let scanner: FolderScanner

  /// Where new cameras are recorded; `nil` for the data directory.
  package func current() throws -> MediaPlace? { try store.media() }

  /// - Parameter path: a volume's folder; `nil` for the data directory.
  /// - Throws: `Problem` when it can't be set up there.
  package func set(_ path: String?) async throws {
    try store.setMedia(try path.map(setUp))
    try await registry.reload()
  }

  /// The same for one camera.
  package func set(_ path: String?, of camera: CameraSettings) async throws -> MediaPlace? {
    let place = try path.map(setUp)
    var camera = camera
    camera.moveRecording(to: place)
    try folders.update(camera)
    try await registry.reload()
    return place
  }

  /// No longer looks for footage in a folder.
  package func forget(_ path: String) async throws {
    for var camera in try folders.list().cameras where camera.earlierMedia.contains(where: { $0.path == path }) {
      camera.forget(path)
      try folders.update(camera)
    }
    for camera in try await registry.reload() { await scanner.scan(camera.id) }
  }

  private func setUp(_ path: String) throws -> MediaPlace {
    var generator = SystemRandomNumberGenerator()
    return try MediaVolume.setUp(
      path.hasPrefix("/") ? DataLayout.absolute(path) : path,
      of: VolumeOwner(installation: data.installation, keyCheck: data.keyCheck), besides: data.folder,
      using: &generator)
  }
}
