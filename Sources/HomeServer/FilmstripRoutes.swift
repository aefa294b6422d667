import Catalog
import Domain
import HomeAPI
import Household
import Logging
import Seal
import Settings
import Vault

extension HomeCore {
  /// The longest span one list may be of: a day of the house has 25 hours at most.
  private static let longestStrip = Duration.seconds(48 * 3600)

  /// When there are pictures of a span: one for each of `limit` parts of it, so that a day is a short list.
  func filmstrip(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let camera = try await camera(cameraText, principal, .playback)
    guard let from = try request.time("from"), let to = try request.time("to"), let span = TimeSpan(from: from, to: to)
    else {
      throw APIFailure(400, "no span", "give from and to, from before to")
    }
    guard span.duration <= Self.longestStrip else {
      throw APIFailure(400, "too long", "ask for at most 48 hours at once")
    }
    let most = try limit(request, standard: 200, most: 500)
    guard let grant = try await stripGrant(request, camera.id, span) else { throw APIFailure.notFound }
    let times = try vault.filmstrip(grant, most: most)
    return try .json(API.Filmstrip(camera: camera.id.text, pictures: times.map(\.rfc3339)))
  }

  /// One picture, by its time in the list.
  func filmstripPicture(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let camera = try await camera(cameraText, principal, .playback)
    guard let at = try request.time("at"),
      let span = TimeSpan(
        from: WallTime(milliseconds: at.milliseconds), to: WallTime(milliseconds: at.milliseconds + 1))
    else { throw APIFailure(400, "no time", "give at, one of the times that the list has") }
    guard let grant = try await stripGrant(request, camera.id, span) else { throw APIFailure.notFound }
    return .picture(try vault.openFilmstrip(grant))
  }

  private func stripGrant(_ request: APIRequest, _ camera: CameraID, _ span: TimeSpan) async throws -> ViewGrant? {
    try await household.authorise(
      try credential(request), camera: camera, action: .filmstrip, span: span, from: request.peer,
      now: surroundings.now())
  }

  // MARK: - Deleting

  /// An hour's pictures go with the last footage of that hour, whatever its stream: called with what is being deleted,
  /// after its files are gone and while its rows, marked, still are. Nothing goes for the reason alone that the catalog
  /// lacks it.
  func deleteFilmstrip(of deleted: [CameraID: [TimeSpan]]) async throws {
    for (camera, spans) in deleted {
      guard let from = spans.map(\.from).min(), let to = spans.map(\.to).max(), let all = TimeSpan(from: from, to: to)
      else { continue }
      for sheet in try vault.sheets(of: camera, touching: all) {
        // In an hour that isn't long over there is footage that has no row yet.
        guard sheet.end + .seconds(600) < surroundings.now(),
          let hour = TimeSpan(from: sheet.start, to: sheet.end), spans.contains(where: hour.overlaps),
          try await !catalog.hasFootage(of: camera, in: hour), let bytes = try vault.bytes(of: sheet)
        else { continue }
        try await household.record([
          Deletion(
            camera: camera, file: "filmstrip/\(sheet.file)", span: hour, bytes: Int64(clamping: bytes),
            rule: "filmstrip", why: "the last footage of its hour was deleted", at: surroundings.now())
        ])
        try vault.delete(sheet)
      }
    }
  }

  // MARK: - Checking

  func checkFilmstrip(
    of camera: CameraSettings, _ findings: inout [Finding], _ checked: inout [String: Int]
  ) async throws {
    for sheet in try vault.sheets(of: camera.id) {
      await Task.yield()
      let place = "\(camera.name): filmstrip/\(sheet.file)"
      do {
        guard let found = try vault.inspect(sheet) else { continue }
        checked["pictures", default: 0] += found.pictures
        // In a sheet that is being written, the next picture may be half there.
        if found.torn > 0, sheet.end + .seconds(60) < surroundings.now() {
          findings.append(
            Finding(
              what: "a sheet of the filmstrip has \(found.torn) bytes after its last whole picture", where: place,
              next: "nothing is lost: what is before them is shown"))
        }
      } catch let fault as SheetFault {
        findings.append(
          Finding(
            what: "a sheet of the filmstrip is not this camera's or was altered (\(fault))", where: place,
            next: "it is never served; find out how it got there"))
      }
    }
  }
}
