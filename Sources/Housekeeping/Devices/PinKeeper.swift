package import Domain
import Logging
import Pinning
import Settings
import WorkerProtocol

/// Keeps each camera's pin, which says what device the camera is: another device never gets in.
package struct PinKeeper: Sendable {
  let environment: ServerEnvironment
  let folders: CameraFolders
  let registry: CameraRegistry
  let alarms: Alarms
  let relocations: RelocationState

  /// Updates the pin with what the camera's worker has seen.
  func update(_ camera: CameraID, _ state: WorkerState) async throws {
    let mainHost = state.device(.main)?.evidence.host
    for sighting in state.devices ?? [] {
      guard sighting.verdict.isTrusted else {
        if sighting.stream == .main { await reportStranger(camera, sighting) }
        continue
      }
      if sighting.stream == .main { await relocations.isBack(camera) }
      let pin = try folders.pin(of: camera)
      if let fresh = (pin ?? CameraPin()).taking(sighting.stream, sighting.evidence, mainHost: mainHost) {
        try folders.setPin(fresh, of: camera)
      }
    }
  }

  private func reportStranger(_ camera: CameraID, _ sighting: DeviceSighting) async {
    guard await relocations.isNews(sighting, of: camera) else { return }
    let name = await registry.settings(of: camera)?.name ?? camera.text
    let what = "looks like another camera: \(sighting.changes.joined(separator: "; "))"
    environment.log.warning("\(name) \(what)", metadata: ["camera": "\(camera)"])
    await alarms.raise(Alarm(at: environment.now(), camera: camera, what: "\(name) \(what)", file: ""))
  }

  /// Accepts the device that answers now as the camera. What was quarantined stays where it is.
  ///
  /// - Returns: the new pin; empty when no device has answered: the first that does is then the camera.
  package func trust(_ camera: CameraSettings) async throws -> CameraPin {
    let state = await registry.state(of: camera.id)
    let old = try? folders.pin(of: camera.id)
    var pin = CameraPin()
    for role in StreamRole.allCases {
      guard let sighting = state?.device(role) else { continue }
      let isSame = sighting.verdict.isTrusted
      pin[role] = isSame ? old?[role]?.refreshed(with: sighting.evidence) ?? sighting.evidence : sighting.evidence
    }
    try folders.trust(pin.main == nil ? nil : pin, of: camera.id)
    environment.log.notice(
      "the owner accepted a device as \(camera.name)",
      metadata: ["camera": "\(camera.id)", "hardware": "\(pin.main?.hardware?.text ?? "unknown")"])
    return pin
  }
}
