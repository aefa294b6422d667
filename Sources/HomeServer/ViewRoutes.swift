import Domain
import HomeAPI
import Household
import Settings

extension HomeCore {
  /// Who watched, listed, exported or deleted what, of the cameras that the asking person may see: everybody sees who
  /// watched what they may watch themselves, an owner sees all, their own included.
  func listViews(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await principal(request)
    var allowed = try await household.camerasVisible(
      to: principal, needing: [.live, .playback], anyOf: true, now: surroundings.now())
    if let text = request.query["camera"] {
      guard let id = CameraID(text: text), allowed.contains(id), await cameras.settings(of: id) != nil else {
        throw APIFailure.notFound
      }
      allowed = .some([id])
    }
    let limit = try limit(request, standard: 100, most: 1000)
    let before = request.query["before"].map { Int64($0) }
    if case .some(nil) = before { throw APIFailure(400, "before is not a row", "use next of the part before") }
    // One more than asked for tells whether there is another part.
    let entries = try await household.views(
      of: allowed, by: request.query["person"], before: before ?? nil, limit: limit + 1)
    let part = entries.prefix(limit)
    return try .json(
      API.ViewPage(views: part.map(API.View.init), next: entries.count > limit ? part.last?.row : nil))
  }

  /// The query's `limit`, from 1 to `most`.
  func limit(_ request: APIRequest, standard: Int, most: Int) throws -> Int {
    guard let text = request.query["limit"] else { return standard }
    guard let limit = Int(text), (1...most).contains(limit) else {
      throw APIFailure(400, "limit is out of range", "use 1 to \(most)")
    }
    return limit
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
