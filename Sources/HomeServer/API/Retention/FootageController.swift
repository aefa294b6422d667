import Domain
import HomeAPI
import Housekeeping

/// Deletes footage on request. What would be deleted is shown first; a deletion names exactly that.
struct FootageController: Sendable {
  let access: AccessControl
  let deletion: FootageDeletion

  /// What a deletion of the span would take.
  func show(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    try .json(API.Removal(try await select(request, text)))
  }

  /// Deletes what `plan` names.
  func delete(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let selection = try await select(request, text)
    guard request.query["plan"] == selection.digest else {
      throw APIFailure(409, "that is not what would go now", "look again at what a deletion takes, and name its plan")
    }
    guard try await deletion.delete(selection, by: try access.credential(request), from: request.peer) else {
      throw APIFailure.notFound
    }
    return try .json(API.Removal(selection))
  }

  private func select(_ request: APIRequest, _ text: String) async throws -> FootageSelection {
    let camera = try await access.camera(text, try await access.principal(request), .manage)
    return try await deletion.select(camera, try request.span())
  }
}

extension API.Removal {
  init(_ selection: FootageSelection) {
    self.init(
      camera: selection.camera.id.text, from: selection.span?.from.rfc3339, to: selection.span?.to.rfc3339,
      segments: selection.segments, events: selection.eventCount, filmstripHours: selection.filmstripHours,
      bytes: UInt64(clamping: selection.bytes), openFrom: selection.openFrom?.rfc3339,
      notReached: [
        "files that somebody exported or downloaded", "backups and copies of the data directory",
        "what was set aside because its seal did not hold",
      ], plan: selection.digest)
  }
}
