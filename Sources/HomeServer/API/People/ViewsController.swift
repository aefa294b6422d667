import Domain
import HomeAPI
import Household
import Housekeeping
import Settings

/// The access log.
struct ViewsController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let household: Household
  let registry: CameraRegistry

  /// Who watched, listed, exported or deleted what, of the cameras that the asking person may see: everybody sees who
  /// watched what they may watch themselves, an owner sees all, their own included.
  func list(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.principal(request)
    var allowed = try await household.camerasVisible(
      to: principal, needing: [.live, .playback], anyOf: true, now: environment.now())
    if let text = request.query["camera"] {
      guard let id = CameraID(text: text), allowed.contains(id), await registry.settings(of: id) != nil else {
        throw APIFailure.notFound
      }
      allowed = .some([id])
    }
    let limit = try request.limit(standard: 100, most: 1000)
    let before = try request.before()
    // One more than asked for tells whether there is another part.
    let entries = try await household.views(
      of: allowed, by: request.query["person"], before: before, limit: limit + 1)
    let part = entries.prefix(limit)
    return try .json(
      API.ViewPage(views: part.map(API.View.init), next: entries.count > limit ? part.last?.row : nil))
  }
}

extension API.View {
  init(_ entry: ViewLogEntry) {
    self.init(
      row: entry.row, person: entry.name, personId: entry.person.text, camera: entry.camera.text, action: entry.action,
      from: entry.span?.from.rfc3339, to: entry.span?.to.rfc3339, at: entry.at.rfc3339, ended: entry.ended?.rfc3339,
      bytes: UInt64(clamping: entry.bytes), cameBy: entry.cameBy, address: entry.address)
  }
}
