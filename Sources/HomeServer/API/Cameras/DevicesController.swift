import Domain
import HomeAPI
import Housekeeping
import Pinning
import WorkerProtocol

/// Accepting the device that answers as a camera.
struct DevicesController: Sendable {
  let access: AccessControl
  let registry: CameraRegistry
  let pins: PinKeeper

  /// Accepts the device that answers now as the camera. What was quarantined stays where it is.
  func trust(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    let camera = try await registry.camera(named: text)
    let pin = try await pins.trust(camera)
    return try .json(
      API.TrustedDevice(camera: camera.id.text, host: pin.main?.host, hardware: pin.main?.hardware?.text))
  }
}

/// Describes the device behind a camera, as those who manage it see it.
struct DeviceDescriber: Sendable {
  let relocations: RelocationState

  /// - Returns: `nil` before anything answered.
  func describe(_ camera: CameraSettings, _ state: WorkerState?) async -> API.Device? {
    guard let sighting = state?.device(.main) else { return nil }
    let advice = await relocations.advice(for: camera.id)
    var looksLike: String?
    var offer: API.Device.Offer?
    switch advice?.certainty {
    case .resembles(let other): looksLike = other.text
    case .offer, .follow:
      offer = advice.flatMap { advice in
        camera.main.moved(to: advice.host, port: advice.port).map { .init(source: $0.text, why: advice.why) }
      }
    case nil: break
    }
    return API.Device(
      verdict: sighting.verdict, changes: sighting.changes,
      hardware: sighting.evidence.hardware?.text, host: sighting.evidence.host,
      looksLike: looksLike, offer: offer)
  }
}
