import Domain
import Housekeeping
import Logging
import Vault

/// What follows when media are refused: a mismatch is counted, shown to the owner, and its file moved to quarantine.
struct MediaRefusals: Sendable {
  let environment: ServerEnvironment
  let vault: Vault
  let alarms: Alarms

  /// - Returns: the answer; its text is fixed.
  @discardableResult
  func handle(_ refusal: DoorRefusal) async -> APIFailure {
    guard case .mismatch(let camera, let file, let fault) = refusal else { return .notFound }
    environment.log.critical(
      "identity mismatch: nothing was sent", metadata: ["camera": "\(camera)", "file": "\(file)", "fault": "\(fault)"])
    await alarms.raise(
      Alarm(
        at: environment.now(), camera: camera,
        what: "footage that did not belong to the camera was refused: \(fault)", file: file))
    do { try vault.setAside(file, of: camera) } catch {
      environment.log.error("a refused file could not be set aside", metadata: ["error": "\(error)"])
    }
    return .mismatch
  }
}
