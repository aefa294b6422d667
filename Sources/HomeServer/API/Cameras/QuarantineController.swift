import Domain
import HomeAPI
import Housekeeping
import Vault

/// What other devices sent while they answered for a camera: for owners alone.
struct QuarantineController: Sendable {
  let access: AccessControl
  let registry: CameraRegistry
  let vault: Vault
  let opener: PlaybackOpener
  let quarantine: Quarantine

  func list(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    let camera = try await registry.camera(named: text)
    let held = try vault.heldApart(of: camera.id)
    return try .json(
      API.Quarantine(
        camera: camera.id.text, bytes: held.reduce(0) { $0 + $1.bytes },
        segments: held.map {
          .init(id: $0.id.raw.text, from: $0.span.from.rfc3339, to: $0.span.to.rfc3339, bytes: $0.bytes)
        }))
  }

  func show(_ request: APIRequest, _ text: String, _ segment: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    let camera = try await registry.camera(named: text)
    guard let held = try vault.heldApart(of: camera.id).first(where: { $0.id.raw.text == segment }) else {
      throw APIFailure.notFound
    }
    let opened = try await opener.open(request, held, of: camera.id)
    let file = opened.file
    return .footage(
      opener.stream(opened, 0..<file.length), status: 200,
      headers: [
        ("hearth-quarantine", camera.id.text), ("hearth-from", file.from.rfc3339), ("hearth-to", file.to.rfc3339),
        ("content-disposition", "attachment; filename=\"held-apart-\(segment).mp4\""),
      ])
  }

  func delete(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    let camera = try await registry.camera(named: text)
    guard
      let deleted = try await quarantine.delete(
        of: camera.id, by: try access.credential(request), from: request.peer)
    else { throw APIFailure.refused }
    return try .json(API.DeletedQuarantine(deleted: deleted))
  }
}
