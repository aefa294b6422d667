package import Domain
import Settings
package import WorkerProtocol

/// What the server knows of the cameras: their settings, as their folders have them, and the state that each worker
/// reported last.
package actor CameraRegistry {
  private var folders: KnownCameras
  private let volumes: MediaVolumes
  private let feed: Feed
  private let now: @Sendable () -> WallTime
  private var settings: [CameraID: CameraSettings] = [:]
  private var states: [CameraID: WorkerState] = [:]

  init(folders: CameraFolders, volumes: MediaVolumes, feed: Feed, now: @escaping @Sendable () -> WallTime) {
    self.folders = KnownCameras(folders)
    self.volumes = volumes
    self.feed = feed
    self.now = now
  }

  /// Reads the camera folders again.
  ///
  /// - Returns: all cameras, archived ones included.
  @discardableResult
  package func reload() throws -> [CameraSettings] {
    let listing = try folders.list(now: now())
    settings = Dictionary(uniqueKeysWithValues: listing.cameras.map { ($0.id, $0) })
    volumes.follow(listing.cameras)
    // A worker reports its state when it changes: that of a camera whose settings can't be read right now still holds.
    let unread = Set(listing.problems.map(\.camera))
    for id in states.keys where settings[id] == nil && !unread.contains(id) { states[id] = nil }
    return listing.cameras
  }

  /// All cameras by name, archived ones included.
  package var all: [CameraSettings] { settings.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) } }

  package func settings(of camera: CameraID) -> CameraSettings? { settings[camera] }

  /// A camera by its id or by its name, for the owner's commands.
  ///
  /// - Throws: `UnknownCamera`, which names those there are.
  package func camera(named text: String) throws -> CameraSettings {
    if let id = CameraID(text: text), let found = settings[id] { return found }
    guard let found = all.first(where: { $0.name.lowercased() == text.lowercased() }) else {
      throw UnknownCamera(known: all.filter { !$0.archived }.map(\.name))
    }
    return found
  }

  /// `nil` before its worker has reported one.
  package func state(of camera: CameraID) -> WorkerState? { states[camera] }

  func apply(_ state: WorkerState, of camera: CameraID) async {
    states[camera] = state
    await feed.publish(.state(camera, state))
  }

  /// The worker's connection ended: nothing is known until it is back.
  func connectionEnded(of camera: CameraID) async {
    guard let last = states[camera] else { return }
    let state = WorkerState(
      state: .offline, since: now().milliseconds, cause: "the camera's process is being restarted",
      streams: last.streams)
    await apply(state, of: camera)
  }
}

/// No camera has the id or name that was given.
package struct UnknownCamera: Error, CustomStringConvertible {
  /// The names of those that are in use.
  let known: [String]

  package let what = "no such camera"
  package var next: String {
    known.isEmpty
      ? "there is no camera yet: hearth camera add"
      : "the cameras are \(known.map { "\"\($0)\"" }.joined(separator: ", "))"
  }
  package var description: String { "\(what): \(next)" }
}
