import Catalog
import Domain
import Files
import HomeAPI
import Housekeeping
import Settings
import Volumes

/// Where footage and backups are stored.
struct StorageController: Sendable {
  let access: AccessControl
  let catalog: Catalog
  let registry: CameraRegistry
  let volumes: MediaVolumes
  let placement: MediaPlacement
  let backups: BackupKeeper
  /// The data directory.
  let folder: Descriptor

  func show(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let totals = try await catalog.totals().values
    let space = try folder.volumeSpace()
    return try .json(
      API.Storage(
        bytes: UInt64(clamping: totals.reduce(0) { $0 + $1.bytes }), segments: totals.reduce(0) { $0 + $1.present },
        free: space.free, total: space.total, media: try placement.current()?.path, volumes: await volumeBodies()))
  }

  private func volumeBodies() async -> [API.Volume] {
    var users: [MediaPlace: [CameraID]] = [:]
    for camera in await registry.all { for place in camera.places { users[place, default: []].append(camera.id) } }
    return users.keys.sorted { ($0.path, $0.volume) < ($1.path, $1.volume) }.map { place in
      let state = volumes.look(at: place)
      let space = volumes.space(of: place)
      return API.Volume(
        path: place.path, volume: place.volume.text, state: API.Volume.State(state), cause: state.cause,
        cameras: (users[place] ?? []).map(\.text), free: space?.free, total: space?.total)
    }
  }

  /// Where the household's cameras are recorded from now on. What was recorded before stays where it is, is listed and
  /// can be watched.
  func changeMedia(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let body = try request.decode(API.MediaRequest.self)
    if let path = body.forget { try await placement.forget(path) } else { try await placement.set(body.path) }
    return try .json(API.Media(try placement.current()))
  }

  /// The same for one camera.
  func changeCameraMedia(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    guard let id = CameraID(text: text), let camera = await registry.settings(of: id) else { throw APIFailure.notFound }
    let path = try request.decode(API.CameraMediaRequest.self).path
    return try .json(API.Media(try await placement.set(path, of: camera)))
  }

  /// Backs the accounts up now, and says where the copy is.
  func backUp(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let backup = try await backups.backUp()
    return try .json(
      API.Backup(file: backup.file, bytes: backup.bytes, written: backup.written.rfc3339), status: 201)
  }
}

extension API.Media {
  init(_ place: MediaPlace?) { self.init(path: place?.path, volume: place?.volume.text) }
}

extension API.Volume.State {
  init(_ state: VolumeState) {
    switch state {
    case .ready: self = .ready
    case .readOnly: self = .readOnly
    case .away, .silent: self = .away
    }
  }
}
