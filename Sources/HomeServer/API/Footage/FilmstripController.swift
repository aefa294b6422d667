import Domain
import HomeAPI
import Household
import Housekeeping
import Vault

/// A small picture of a camera every 10 s.
struct FilmstripController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let household: Household
  let vault: Vault

  /// The longest span one list may be of: a day in the site's zone has 25 hours at most.
  private static let longestStrip = Duration.seconds(48 * 3600)

  /// When there are pictures of a span: one for each of `limit` parts of it, so that a day is a short list.
  func list(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let camera = try await access.camera(cameraText, principal, .playback)
    let span = try request.span()
    guard span.duration <= Self.longestStrip else {
      throw APIFailure(400, "too long", "ask for at most 48 hours at once")
    }
    let most = try request.limit(standard: 200, most: 500)
    guard let grant = try await authorise(request, camera.id, span) else { throw APIFailure.notFound }
    let times = try vault.filmstrip(grant, most: most)
    return try .json(API.Filmstrip(camera: camera.id.text, pictures: times.map(\.rfc3339)))
  }

  /// One picture, by its time in the list.
  func picture(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let camera = try await access.camera(cameraText, principal, .playback)
    guard let at = try request.time("at"),
      let span = TimeSpan(
        from: WallTime(milliseconds: at.milliseconds), to: WallTime(milliseconds: at.milliseconds + 1))
    else { throw APIFailure(400, "no time", "give at, one of the times that the list has") }
    guard let grant = try await authorise(request, camera.id, span) else { throw APIFailure.notFound }
    return .picture(try vault.openFilmstrip(grant))
  }

  private func authorise(_ request: APIRequest, _ camera: CameraID, _ span: TimeSpan) async throws -> ViewGrant? {
    try await household.authorise(
      try access.credential(request), camera: camera, action: .filmstrip, span: span, from: request.peer,
      now: environment.now())
  }
}
