import Domain
import Household
import Housekeeping
import Logging
import Vault
import WorkerProtocol

/// Single pictures: an event's thumbnail, and what a camera shows now.
struct PicturesController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let household: Household
  let vault: Vault

  func thumbnail(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let (event, _) = try await access.event(text, principal)
    guard
      let grant = try await household.authorise(
        try access.credential(request), camera: event.id.camera, action: .thumbnail,
        span: TimeSpan(from: event.start, to: max(event.best, event.start) + .milliseconds(1)), from: request.peer,
        now: environment.now())
    else { throw APIFailure.notFound }
    return .picture(try vault.openThumbnail(grant, of: event.id, day: event.start.day))
  }

  func snapshot(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let camera = try await access.camera(cameraText, principal, .live)
    guard
      let grant = try await household.authorise(
        try access.credential(request), camera: camera.id, action: .snapshot, span: nil, from: request.peer,
        now: environment.now())
    else { throw APIFailure.notFound }
    guard let found = await picture(of: camera.id) else {
      throw APIFailure(503, "no picture", "the camera gives no pictures at the moment")
    }
    return .picture(try vault.admit(snapshot: found, grant))
  }

  /// What the camera's worker answers; `nil` when it has no picture or is away.
  private func picture(of camera: CameraID) async -> [UInt8]? {
    var found: [UInt8]?
    do {
      let connection = try await WorkerConnection.open(folder: vault.path(of: camera))
      try await connection.exchange(.snapshot) { type, payload in
        if type == .picture { found = payload }
        return false
      }
    } catch {
      environment.log.debug("no snapshot", metadata: ["camera": "\(camera)", "error": "\(error)"])
    }
    return found
  }
}
