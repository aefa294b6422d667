import Domain
import Files
import Glibc
import Logging
import Settings

/// Looks at the camera folders from time to time. Settings are replaced by renaming, so a new inode, time or length
/// means new settings; only then is the file read.
struct CameraWatch {
  private let folders: CameraFolders
  private let log: Logger
  private var lastLook: Duration?
  private var known: [CameraID: (version: SupervisorPlan.Version, wanted: Bool, place: MediaPlace?)] = [:]
  /// What was complained of already, so that each fault is told once.
  private var unreadable: [CameraID: SupervisorPlan.Version] = [:]
  private var saidUnreadable = false

  init(folders: CameraFolders, log: Logger) {
    self.folders = folders
    self.log = log
  }

  func isDue(_ now: Duration, every interval: Duration) -> Bool { nextLook(every: interval) <= now }

  func nextLook(every interval: Duration) -> Duration { lastLook.map { $0 + interval } ?? .zero }

  /// The cameras that should have a worker. A camera whose settings can't be read keeps the worker it has.
  mutating func look(_ now: Duration) -> [CameraID: SupervisorPlan.Version] {
    lastLook = now
    do {
      let ids = try folders.ids()
      saidUnreadable = false
      known = known.filter { ids.contains($0.key) }
      for camera in ids { look(at: camera) }
    } catch {
      // The volume may be away for a moment: what runs goes on.
      if !saidUnreadable { log.error("the camera folders can't be read", metadata: ["error": "\(error)"]) }
      saidUnreadable = true
    }
    return known.filter(\.value.wanted).mapValues(\.version)
  }

  /// The volumes that those cameras are to be recorded on.
  var places: [CameraID: MediaPlace] { known.filter(\.value.wanted).compactMapValues(\.place) }

  private mutating func look(at camera: CameraID) {
    var status = stat()
    guard stat("\(folders.path)/\(camera.text)/settings/camera.json", &status) == 0 else { return }
    let version = SupervisorPlan.Version(
      inode: UInt64(status.st_ino),
      modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec),
      bytes: Int64(status.st_size))
    guard known[camera]?.version != version, unreadable[camera] != version else { return }
    do {
      let settings = try folders.read(camera)
      known[camera] = (version, !settings.archived, settings.media)
    } catch {
      log.error("a camera's settings can't be used", metadata: ["camera": "\(camera)", "error": "\(error)"])
      unreadable[camera] = version
    }
  }
}
