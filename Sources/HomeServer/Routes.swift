/// One address of the API with what answers it.
struct Route: Sendable {
  typealias Answer = @Sendable (HomeCore, APIRequest, [String]) async throws -> APIResponse

  let method: String
  /// The parts after `/api`; one in braces stands for any text, which the answer gets.
  let parts: [String]
  let isSocket: Bool
  let answer: Answer

  private init(_ method: String, _ path: String, isSocket: Bool, answer: @escaping Answer) {
    self.method = method
    parts = path.split(separator: "/").map(String.init)
    self.isSocket = isSocket
    self.answer = answer
  }

  init(
    _ method: String, _ path: String,
    _ answer: @escaping @Sendable (HomeCore) -> @Sendable (APIRequest) async throws -> APIResponse
  ) {
    self.init(method, path, isSocket: false) { core, request, _ in try await answer(core)(request) }
  }

  /// A path with one text in braces.
  init(
    _ method: String, _ path: String,
    of answer: @escaping @Sendable (HomeCore) -> @Sendable (APIRequest, String) async throws -> APIResponse
  ) {
    self.init(method, path, isSocket: false) { core, request, texts in try await answer(core)(request, texts[0]) }
  }

  /// A path with two texts in braces.
  init(
    _ method: String, _ path: String,
    ofTwo answer: @escaping @Sendable (HomeCore) -> @Sendable (APIRequest, String, String) async throws -> APIResponse
  ) {
    self.init(method, path, isSocket: false) { core, request, texts in
      try await answer(core)(request, texts[0], texts[1])
    }
  }

  /// Answered by an upgrade only; asked for plainly, there is nothing.
  static func socket(_ path: String) -> Route {
    Route("GET", path, isSocket: true) { _, _, _ in throw APIFailure.notFound }
  }

  /// The texts that stand where this route has braces; `nil` when the path is another one.
  func match(_ path: ArraySlice<String>) -> [String]? {
    guard path.count == parts.count else { return nil }
    var texts: [String] = []
    for (part, text) in zip(parts, path) {
      if part.hasPrefix("{") { texts.append(text) } else if part != text { return nil }
    }
    return texts
  }
}

/// All addresses of the API. The server answers from this table alone, and the tests of who may do what go through it.
public enum Routes {
  /// A route as a test or a person reads it: `GET /api/v1/cameras/{camera}`.
  public struct Listed: Sendable, Hashable, Codable {
    public let method: String
    public let path: String
    /// Whether it is a WebSocket.
    public let socket: Bool
  }

  public static var list: [Listed] {
    all.map { Listed(method: $0.method, path: "/api/" + $0.parts.joined(separator: "/"), socket: $0.isSocket) }
  }

  static let all: [Route] = [
    Route("GET", "openapi.json", HomeCore.document),
    Route("GET", "v1/health", HomeCore.health),
    Route("GET", "v1/session", HomeCore.session),
    Route("POST", "v1/session", HomeCore.signIn),
    Route("DELETE", "v1/session", HomeCore.signOut),
    Route("GET", "v1/session/list", HomeCore.listSessions),
    Route("DELETE", "v1/session/list", HomeCore.endOtherSessions),
    Route("DELETE", "v1/session/list/{session}", of: HomeCore.endSession),
    Route("POST", "v1/setup", HomeCore.setUp),
    Route("GET", "v1/cameras", HomeCore.listCameras),
    Route("POST", "v1/cameras", HomeCore.addCamera),
    Route("GET", "v1/cameras/{camera}", of: HomeCore.showCamera),
    Route("PATCH", "v1/cameras/{camera}", of: HomeCore.changeCamera),
    Route("POST", "v1/cameras/{camera}/archive", of: HomeCore.archiveCamera),
    Route("POST", "v1/cameras/{camera}/trust", of: HomeCore.trustCamera),
    Route("PUT", "v1/cameras/{camera}/media", of: HomeCore.changeCameraMedia),
    Route("GET", "v1/cameras/{camera}/quarantine", of: HomeCore.listHeldApart),
    Route("DELETE", "v1/cameras/{camera}/quarantine", of: HomeCore.deleteHeldApart),
    Route("GET", "v1/cameras/{camera}/quarantine/{segment}", ofTwo: HomeCore.showHeldApart),
    Route("GET", "v1/cameras/{camera}/video.mp4", of: HomeCore.video),
    Route("GET", "v1/cameras/{camera}/snapshot.jpg", of: HomeCore.snapshot),
    Route("GET", "v1/cameras/{camera}/filmstrip", of: HomeCore.filmstrip),
    Route("GET", "v1/cameras/{camera}/filmstrip.jpg", of: HomeCore.filmstripPicture),
    Route("GET", "v1/cameras/{camera}/coverage", of: HomeCore.coverage),
    Route("POST", "v1/cameras/{camera}/replay", of: HomeCore.replay),
    Route("GET", "v1/events", HomeCore.listEvents),
    Route("GET", "v1/events/{event}", of: HomeCore.showEvent),
    Route("GET", "v1/events/{event}/clip.mp4", of: HomeCore.clip),
    Route("GET", "v1/events/{event}/thumbnail.jpg", of: HomeCore.thumbnail),
    Route("PUT", "v1/events/{event}/protection", of: HomeCore.protectEvent),
    Route("DELETE", "v1/events/{event}/protection", of: HomeCore.unprotectEvent),
    Route("GET", "v1/cameras/{camera}/footage", of: HomeCore.showRemoval),
    Route("DELETE", "v1/cameras/{camera}/footage", of: HomeCore.deleteFootage),
    Route("GET", "v1/cameras/{camera}/protected", of: HomeCore.listProtected),
    Route("PUT", "v1/cameras/{camera}/protected", of: HomeCore.protectSpan),
    Route("DELETE", "v1/cameras/{camera}/protected", of: HomeCore.unprotectSpan),
    Route("GET", "v1/suppressed", HomeCore.listSuppressed),
    Route("GET", "v1/people", HomeCore.listPeople),
    Route("POST", "v1/people", HomeCore.addPerson),
    Route("DELETE", "v1/people/{person}", of: HomeCore.removePerson),
    Route("PUT", "v1/people/{person}/grants", of: HomeCore.grant),
    Route("DELETE", "v1/people/{person}/grants/{camera}", ofTwo: HomeCore.revoke),
    Route("PUT", "v1/people/{person}/password", of: HomeCore.changePassword),
    Route("DELETE", "v1/people/{person}/sessions", of: HomeCore.endSessions),
    Route("GET", "v1/tokens", HomeCore.listTokens),
    Route("POST", "v1/tokens", HomeCore.createToken),
    Route("DELETE", "v1/tokens/{token}", of: HomeCore.revokeToken),
    Route("POST", "v1/links", HomeCore.createLink),
    Route("GET", "v1/views", HomeCore.listViews),
    Route("GET", "v1/retention", HomeCore.showRetention),
    Route("PUT", "v1/retention", HomeCore.changeRetention),
    Route("GET", "v1/retention/plan", HomeCore.planRetention),
    Route("POST", "v1/retention/plan", HomeCore.planPolicy),
    Route("POST", "v1/retention/apply", HomeCore.applyRetention),
    Route("POST", "v1/retention/undo", HomeCore.undoPolicy),
    Route("GET", "v1/retention/policy", HomeCore.showPolicy),
    Route("GET", "v1/retention/explain", HomeCore.explainRetention),
    Route("GET", "v1/retention/log", HomeCore.listDeletions),
    Route("POST", "v1/retention/trust-clock", HomeCore.trustClock),
    Route("GET", "v1/network", HomeCore.showNetwork),
    Route("PUT", "v1/network", HomeCore.changeNetwork),
    Route("PUT", "v1/media", HomeCore.changeMedia),
    Route("GET", "v1/house", HomeCore.exportHouse),
    Route("POST", "v1/house/plan", HomeCore.planHouse),
    Route("POST", "v1/house/apply", HomeCore.applyHouse),
    Route("GET", "v1/check", HomeCore.check),
    Route("GET", "v1/rebuild", HomeCore.showRebuild),
    Route("POST", "v1/rebuild", HomeCore.startRebuild),
    Route("POST", "v1/backup", HomeCore.backUp),
    Route("GET", "v1/storage", HomeCore.storage),
    Route("GET", "v1/alarms", HomeCore.listAlarms),
    .socket("v1/live"),
    .socket("v1/feed"),
  ]
}
