import Domain
import HomeAPI

/// Whether the catalog holds what the folders hold: which cameras were looked through since the start, and the one
/// rebuild at a time.
actor Rebuild {
  private(set) var report = API.Rebuild()
  private var began: WallTime?
  private var lookedThrough: Set<CameraID> = []
  /// A server looks the folders through by itself.
  private(set) var isServed = false
  private var toldOfMissing = false

  func serve() { isServed = true }

  func isSeen(_ camera: CameraID) -> Bool { lookedThrough.contains(camera) }

  func saw(_ camera: CameraID) { lookedThrough.insert(camera) }

  /// `true` once, for the one alarm about much that is missing.
  func tellsOfMissing(_ isMuch: Bool) -> Bool {
    defer { toldOfMissing = isMuch }
    return isMuch && !toldOfMissing
  }

  /// Whether a rebuild may begin: none runs.
  func begin(_ why: String, now: WallTime) -> Bool {
    guard report.state != .running else { return false }
    began = now
    report = API.Rebuild(state: .running, why: why, began: now.rfc3339)
    return true
  }

  func emptied() { lookedThrough = [] }

  func found(cameras: Int, segments: Int) { (report.cameras, report.segments) = (cameras, segments) }

  func saw(segments: Int) { report.segmentsDone += segments }

  func finished(_ camera: CameraID, _ look: LookThrough) {
    if look.isWhole { lookedThrough.insert(camera) }
    report.camerasDone += 1
    report.listed += look.listed
    report.events += look.events
    report.setAside += look.setAside
    report.unreadable += look.unreadable
  }

  func end(_ problem: String?, now: WallTime) {
    report.state = problem == nil ? .done : .failed
    report.problem = problem
    report.seconds = seconds(now)
  }

  func current(now: WallTime) -> API.Rebuild {
    var current = report
    if current.state == .running { current.seconds = seconds(now) }
    return current
  }

  private func seconds(_ now: WallTime) -> Double {
    guard let began else { return 0 }
    return Double((now.milliseconds - began.milliseconds) / 10) / 100
  }
}
