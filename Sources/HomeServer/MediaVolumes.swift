import Domain
import Files
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

  struct VolumeBody: Encodable {
    let path: String
    let volume: String
    /// `ready`, `readOnly` or `away`.
    let state: String
    let cause: Nullable<String>
    /// Those that are recorded there, or were.
    let cameras: [String]
    let free: Nullable<UInt64>
    let total: Nullable<UInt64>
  }

  func volumeBodies() async -> [VolumeBody] {
    var users: [MediaPlace: [CameraID]] = [:]
    for camera in await cameras.all { for place in camera.places { users[place, default: []].append(camera.id) } }
    return users.keys.sorted { ($0.path, $0.volume) < ($1.path, $1.volume) }.map { place in
      let state = volumes.look(at: place)
      let word =
        switch state {
        case .ready: "ready"
        case .readOnly: "readOnly"
        case .away, .silent: "away"
        }
      let space = volumes.space(of: place)
      return VolumeBody(
        path: place.path, volume: place.volume.text, state: word, cause: Nullable(state.cause),
        cameras: (users[place] ?? []).map(\.text), free: Nullable(space?.free), total: Nullable(space?.total))
    }
  }
}

// MARK: - Requests

extension HomeCore {
  private struct MediaBody: Decodable {
    /// A volume's folder; `nil` for the data directory.
    var path: String?
    /// A folder whose footage is no longer looked for.
    var forget: String?
  }

  private struct MediaAnswer: Encodable {
    let path: Nullable<String>
    let volume: Nullable<String>

    init(_ place: MediaPlace?) {
      path = Nullable(place?.path)
      volume = Nullable(place?.volume.text)
    }
  }

  /// Where the household's cameras are recorded from now on. What was recorded before stays where it is, is listed and
  /// can be watched.
  func changeMedia(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let body = try request.decode(MediaBody.self)
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
    return try .json(MediaAnswer(try store.media()))
  }

  /// The same for one camera.
  func changeCameraMedia(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    guard let id = CameraID(text: text), var camera = await cameras.settings(of: id) else { throw APIFailure.notFound }
    let place = try request.decode(MediaBody.self).path.map(setUpVolume)
    camera.record(at: place)
    try folders.update(camera)
    try await cameras.reload()
    return try .json(MediaAnswer(place))
  }

  private func setUpVolume(_ path: String) throws -> MediaPlace {
    var generator = SystemRandomNumberGenerator()
    return try MediaVolume.setUp(
      path.hasPrefix("/") ? DataLayout.absolute(path) : path,
      of: VolumeOwner(installation: data.installation, keyCheck: data.keyCheck), besides: data.folder,
      using: &generator)
  }
}
