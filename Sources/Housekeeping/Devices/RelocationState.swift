package import Domain
package import Pinning
import WorkerProtocol

/// What was found out since the server started about where lost cameras are now.
package actor RelocationState {
  private var advice: [CameraID: FollowAdvice] = [:]
  private var relocated: [CameraID: [(host: String, at: WallTime)]] = [:]
  private var swept: [String: (at: WallTime, pause: Duration)] = [:]
  private var strangers: [CameraID: [String]] = [:]

  package func advice(for camera: CameraID) -> FollowAdvice? { advice[camera] }

  func set(_ all: [FollowAdvice]) { advice = Dictionary(all.map { ($0.camera, $0) }) { first, _ in first } }

  /// Whether a camera may be relocated there now: one that wasn't there after all is not tried again at once, and the
  /// number of tries is limited, since each restarts its worker.
  func mayRelocate(_ advice: FollowAdvice, now: WallTime) -> Bool {
    let recent = (relocated[advice.camera] ?? []).filter { now - $0.at < .seconds(3600) }
    let isAgain = recent.contains { $0.host == advice.host && now - $0.at < .seconds(60) }
    guard recent.count < 6, !isAgain else { return false }
    relocated[advice.camera] = recent + [(advice.host, now)]
    return true
  }

  /// Whether the network around a host may be swept: soon after a camera was lost, then with growing pauses, as each sweep
  /// is a broadcast for each address.
  func maySweep(around host: String, now: WallTime) -> Bool {
    let network = host.split(separator: ".").dropLast().joined(separator: ".")
    let last = swept[network]
    if let last, now - last.at < last.pause { return false }
    swept[network] = (now, last.map { min($0.pause * 2, .seconds(900)) } ?? .seconds(15))
    return true
  }

  /// No camera is lost: the search for the next one starts at once.
  func noneIsLost() {
    advice = [:]
    swept = [:]
  }

  /// Whether this stranger was not reported yet.
  func isNews(_ sighting: DeviceSighting, of camera: CameraID) -> Bool {
    guard strangers[camera] != sighting.changes else { return false }
    strangers[camera] = sighting.changes
    return true
  }

  /// The camera's own device answers: the next stranger is news.
  func isBack(_ camera: CameraID) { strangers[camera] = nil }
}
