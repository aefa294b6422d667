import Domain
import Files
import Glibc
import Logging
import Settings

/// Looks at the camera folders from time to time. Settings are replaced by renaming, so a new inode, time or length
/// means that there is something to read; whether that is anything new is for the plan to decide.
struct CameraWatch {
  private let folders: CameraFolders
  private let log: Logger
  private var lastLook: Duration?
  private var known: [CameraID: (file: WorkerTask.FileVersion, task: WorkerTask)] = [:]
  /// What was complained of already, so that each fault is told once.
  private var unreadable: [CameraID: WorkerTask.FileVersion] = [:]
  private var saidUnreadable = false

  init(folders: CameraFolders, log: Logger) {
    self.folders = folders
    self.log = log
  }

  func isDue(_ now: Duration, every interval: Duration) -> Bool { nextLook(every: interval) <= now }

  func nextLook(every interval: Duration) -> Duration { lastLook.map { $0 + interval } ?? .zero }

  /// What the workers of the cameras that should have one are to run with; their volumes are still missing. A camera
  /// whose settings can't be read keeps the worker it has.
  mutating func look(_ now: Duration) -> [CameraID: WorkerTask] {
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
    return known.mapValues(\.task).filter { !$0.value.settings.archived }
  }

  private mutating func look(at camera: CameraID) {
    // Before the file is read: what is replaced meanwhile makes it another the next time.
    guard let file = version(of: "camera.json", camera) else { return }
    if known[camera]?.file != file, unreadable[camera] != file { read(camera, file) }
    let (secret, restart) = (secretVersion(of: camera), version(of: CameraFolders.restartName, camera))
    known[camera]?.task.secret = secret
    known[camera]?.task.restart = restart
  }

  private mutating func read(_ camera: CameraID, _ file: WorkerTask.FileVersion) {
    do {
      let settings = try folders.read(camera)
      known[camera] = (file, WorkerTask(settings: settings, secret: secretVersion(of: camera)))
    } catch {
      log.error("a camera's settings can't be used", metadata: ["camera": "\(camera)", "error": "\(error)"])
      unreadable[camera] = file
    }
  }

  /// Which state the file with the camera's password has now; `nil` without one.
  func secretVersion(of camera: CameraID) -> WorkerTask.FileVersion? {
    version(of: CameraFolders.secretName, camera)
  }

  private func version(of name: String, _ camera: CameraID) -> WorkerTask.FileVersion? {
    var status = stat()
    guard stat("\(folders.path)/\(camera.text)/settings/\(name)", &status) == 0 else { return nil }
    return WorkerTask.FileVersion(
      inode: UInt64(status.st_ino),
      modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec),
      bytes: Int64(status.st_size))
  }
}
