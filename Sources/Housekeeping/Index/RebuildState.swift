package import Domain

/// How far the rebuild of the catalog is, or how the last one ended.
package struct RebuildProgress: Sendable {
  package enum State: String, Sendable {
    /// None since the start.
    case idle
    case running
    case done
    case failed
  }

  package fileprivate(set) var state = State.idle
  /// Why it was begun.
  package fileprivate(set) var why = ""
  package fileprivate(set) var began: WallTime?
  package fileprivate(set) var seconds = 0.0
  package fileprivate(set) var cameras = 0
  package fileprivate(set) var camerasDone = 0
  /// Files of segments in the folders, and how many of them were read.
  package fileprivate(set) var segments = 0
  package fileprivate(set) var segmentsDone = 0
  package fileprivate(set) var listed = 0
  package fileprivate(set) var events = 0
  package fileprivate(set) var setAside = 0
  package fileprivate(set) var unreadable = 0
  /// What went wrong, when it failed.
  package fileprivate(set) var problem: String?
}

/// Whether the catalog holds what the folders hold: which cameras were scanned since the start, and the one rebuild at a
/// time.
actor RebuildState {
  private(set) var progress = RebuildProgress()
  private var scanned: Set<CameraID> = []
  /// A server scans the folders without being asked.
  private(set) var isServed = false
  private var toldOfMissing = false

  func serve() { isServed = true }

  func isScanned(_ camera: CameraID) -> Bool { scanned.contains(camera) }

  func didScan(_ camera: CameraID) { scanned.insert(camera) }

  /// `true` once, for the one alarm about much that is missing.
  func tellsOfMissing(_ isMuch: Bool) -> Bool {
    defer { toldOfMissing = isMuch }
    return isMuch && !toldOfMissing
  }

  /// Whether a rebuild may begin: none runs.
  func begin(_ why: String, now: WallTime) -> Bool {
    guard progress.state != .running else { return false }
    progress = RebuildProgress()
    (progress.state, progress.why, progress.began) = (.running, why, now)
    return true
  }

  func emptied() { scanned = [] }

  func found(cameras: Int, segments: Int) { (progress.cameras, progress.segments) = (cameras, segments) }

  func read(segments: Int) { progress.segmentsDone += segments }

  func finished(_ camera: CameraID, _ scan: FolderScan) {
    if scan.isWhole { scanned.insert(camera) }
    progress.camerasDone += 1
    progress.listed += scan.listed
    progress.events += scan.events
    progress.setAside += scan.setAside
    progress.unreadable += scan.unreadable
  }

  func end(_ problem: String?, now: WallTime) {
    progress.state = problem == nil ? .done : .failed
    progress.problem = problem
    progress.seconds = seconds(now)
  }

  func current(now: WallTime) -> RebuildProgress {
    var current = progress
    if current.state == .running { current.seconds = seconds(now) }
    return current
  }

  private func seconds(_ now: WallTime) -> Double {
    guard let began = progress.began else { return 0 }
    return Double((now.milliseconds - began.milliseconds) / 10) / 100
  }
}
