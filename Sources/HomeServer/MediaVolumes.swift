import Domain
import Files
import HomeAPI
import Logging
import Settings
import Synchronization
import Vault
import Volumes

/// The volumes that the cameras' footage lies on, as the server sees them.
final class MediaVolumes: Sendable {
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

  /// Watches where these cameras' footage lies, and nothing else.
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

  /// Whether all footage lies in the data directory.
  var isEmpty: Bool { cameras.withLock(\.isEmpty) }

  /// Waits for a moment until each was looked at.
  func settle() { watches.settle() }

  func look(at place: MediaPlace) -> VolumeState {
    watches.look(at: place)?.state ?? .silent("the volume at \(place.path) has not been looked at yet")
  }

  /// Free and all bytes as they were seen last; `nil` while it is away. It is not asked again here: for some seconds
  /// nobody knows of a drive that it doesn't answer.
  func space(of place: MediaPlace) -> (free: UInt64, total: UInt64)? { watches.look(at: place)?.space }

  func roots(of camera: CameraID) -> MediaRoots {
    guard let places = cameras.withLock({ $0[camera] }) else { return MediaRoots() }
    return MediaRoots(current: places.current.map(root), earlier: places.earlier.map(root))
  }

  private func root(_ place: MediaPlace) -> MediaRoots.Root {
    if let root = watches.look(at: place)?.root { return .there(volume: place.volume, root) }
    return .away(look(at: place).cause ?? "the volume at \(place.path) is away")
  }

  /// The cameras whose volumes have all come back since this was asked last.
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

// MARK: - Following and telling

extension HomeCore {
  /// Looks a camera's folders through when its volume is back, and finishes what waited for it.
  func followVolumes() async throws {
    while true {
      for camera in volumes.returned() {
        surroundings.log.notice("a volume is back", metadata: ["camera": "\(camera)"])
        await lookThrough(camera)
        do { try await finishDeletions() } catch {
          surroundings.log.error("deletions could not be finished", metadata: ["error": "\(error)"])
        }
      }
      try await surroundings.sleep(.seconds(1))
    }
  }

  func volumeBodies() async -> [API.Volume] {
    var users: [MediaPlace: [CameraID]] = [:]
    for camera in await cameras.all { for place in camera.places { users[place, default: []].append(camera.id) } }
    return users.keys.sorted { ($0.path, $0.volume) < ($1.path, $1.volume) }.map { place in
      let state = volumes.look(at: place)
      let space = volumes.space(of: place)
      return API.Volume(
        path: place.path, volume: place.volume.text, state: API.Volume.State(state), cause: state.cause,
        cameras: (users[place] ?? []).map(\.text), free: space?.free, total: space?.total)
    }
  }
}

// MARK: - Requests

extension HomeCore {
  /// Where the household's cameras are recorded from now on. What was recorded before stays where it is, is listed and
  /// can be watched.
  func changeMedia(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let body = try request.decode(API.MediaRequest.self)
    let store = HouseStore(data: data)
    if let path = body.forget {
      for var camera in try folders.list().cameras where camera.earlierMedia.contains(where: { $0.path == path }) {
        camera.forget(path)
        try folders.update(camera)
      }
    } else {
      try store.setMedia(try body.path.map(setUpVolume))
    }
    for camera in try await cameras.reload() where body.forget != nil { await lookThrough(camera.id) }
    return try .json(API.Media(try store.media()))
  }

  /// The same for one camera.
  func changeCameraMedia(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    guard let id = CameraID(text: text), var camera = await cameras.settings(of: id) else { throw APIFailure.notFound }
    let place = try request.decode(API.CameraMediaRequest.self).path.map(setUpVolume)
    camera.moveRecording(to: place)
    try folders.update(camera)
    try await cameras.reload()
    return try .json(API.Media(place))
  }

  private func setUpVolume(_ path: String) throws -> MediaPlace {
    var generator = SystemRandomNumberGenerator()
    return try MediaVolume.setUp(
      path.hasPrefix("/") ? DataLayout.absolute(path) : path,
      of: VolumeOwner(installation: data.installation, keyCheck: data.keyCheck), besides: data.folder,
      using: &generator)
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
