import Domain
import Settings
import WorkerProtocol

/// What the server knows of the cameras at the moment: their settings, as their folders have them, and what their
/// workers last said.
actor Cameras {
  private var folders: KnownCameras
  private let volumes: MediaVolumes
  private let now: @Sendable () -> WallTime
  private var settings: [CameraID: CameraSettings] = [:]
  private var states: [CameraID: WorkerState] = [:]
  /// Who listens to what happens (the feed).
  private var listeners: [Int: AsyncStream<FeedItem>.Continuation] = [:]
  private var nextListener = 0

  init(folders: CameraFolders, volumes: MediaVolumes, now: @escaping @Sendable () -> WallTime) {
    self.folders = KnownCameras(folders)
    self.volumes = volumes
    self.now = now
  }

  /// Looks at the camera folders again.
  ///
  /// - Returns: all cameras, archived ones included.
  @discardableResult
  func reload() throws -> [CameraSettings] {
    let listing = try folders.list(now: now())
    settings = Dictionary(uniqueKeysWithValues: listing.cameras.map { ($0.id, $0) })
    volumes.follow(listing.cameras)
    // A worker says its state when it changes: of a camera whose settings can't be read for a moment it is still true.
    let unread = Set(listing.problems.map(\.camera))
    for id in states.keys where settings[id] == nil && !unread.contains(id) { states[id] = nil }
    return listing.cameras
  }

  var all: [CameraSettings] { settings.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) } }

  func settings(of camera: CameraID) -> CameraSettings? {
    return settings[camera]
  }

  func state(of camera: CameraID) -> WorkerState? { states[camera] }

  func take(_ state: WorkerState, from camera: CameraID) {
    states[camera] = state
    publish(.state(camera, state))
  }

  /// The worker's connection ended: nothing is known until it is back.
  func lost(_ camera: CameraID) {
    guard let last = states[camera] else { return }
    let state = WorkerState(
      state: .offline, since: now().milliseconds, cause: "the camera's process is being restarted",
      streams: last.streams)
    take(state, from: camera)
  }

  func publish(_ item: FeedItem) {
    for listener in listeners.values { listener.yield(item) }
  }

  /// What happens from now on. A listener that falls behind loses the oldest items.
  func listen() -> AsyncStream<FeedItem> {
    let number = nextListener
    nextListener += 1
    let (stream, continuation) = AsyncStream.makeStream(of: FeedItem.self, bufferingPolicy: .bufferingNewest(64))
    continuation.onTermination = { _ in Task { await self.forget(number) } }
    listeners[number] = continuation
    return stream
  }

  private func forget(_ number: Int) { listeners[number] = nil }
}

/// Something that happened, with the camera it happened to: the feed filters by it.
enum FeedItem: Sendable {
  case state(CameraID, WorkerState)
  case event(Event)
  /// For owners alone.
  case alarm(Alarm)

  /// `nil` for what is of the house.
  var camera: CameraID? {
    switch self {
    case .state(let camera, _): camera
    case .event(let event): event.id.camera
    case .alarm(let alarm): alarm.camera
    }
  }
}
