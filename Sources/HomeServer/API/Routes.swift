/// One address of the API with what answers it.
struct Route: Sendable {
  typealias Answer = @Sendable (Controllers, APIRequest, [String]) async throws -> APIResponse
  /// Serves a WebSocket until it ends.
  typealias Serve = @Sendable (APIRequest, SocketPipe) async -> Void

  let method: String
  /// The parts after `/api`; one in braces stands for any text, which the answer gets.
  let parts: [String]
  let answer: Answer
  /// `nil` for a plain address.
  let socket: (@Sendable (Controllers) -> Serve)?

  var isSocket: Bool { socket != nil }

  private init(
    _ method: String, _ path: String, socket: (@Sendable (Controllers) -> Serve)? = nil, answer: @escaping Answer
  ) {
    self.method = method
    parts = path.split(separator: "/").map(String.init)
    self.socket = socket
    self.answer = answer
  }

  init(
    _ method: String, _ path: String,
    _ answer: @escaping @Sendable (Controllers) -> @Sendable (APIRequest) async throws -> APIResponse
  ) {
    self.init(method, path) { controllers, request, _ in try await answer(controllers)(request) }
  }

  /// A path with one text in braces.
  init(
    _ method: String, _ path: String,
    of answer: @escaping @Sendable (Controllers) -> @Sendable (APIRequest, String) async throws -> APIResponse
  ) {
    self.init(method, path) { controllers, request, texts in try await answer(controllers)(request, texts[0]) }
  }

  /// A path with two texts in braces.
  init(
    _ method: String, _ path: String,
    ofTwo answer:
      @escaping @Sendable (Controllers) ->
      @Sendable (APIRequest, String, String) async throws ->
      APIResponse
  ) {
    self.init(method, path) { controllers, request, texts in
      try await answer(controllers)(request, texts[0], texts[1])
    }
  }

  /// Answered by an upgrade only; asked for plainly, there is nothing.
  static func socket(_ path: String, _ serve: @escaping @Sendable (Controllers) -> Serve) -> Route {
    Route("GET", path, socket: serve) { _, _, _ in throw APIFailure.notFound }
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
    Route("GET", "openapi.json") { $0.about.document },
    Route("GET", "v1/health") { $0.about.health },
    Route("GET", "v1/session") { $0.sessions.show },
    Route("POST", "v1/session") { $0.sessions.signIn },
    Route("DELETE", "v1/session") { $0.sessions.signOut },
    Route("GET", "v1/session/list") { $0.sessions.list },
    Route("DELETE", "v1/session/list") { $0.sessions.endOthers },
    Route("DELETE", "v1/session/list/{session}", of: { $0.sessions.end }),
    Route("POST", "v1/setup") { $0.sessions.setUp },
    Route("GET", "v1/cameras") { $0.cameras.list },
    Route("POST", "v1/cameras") { $0.cameras.add },
    Route("GET", "v1/cameras/{camera}", of: { $0.cameras.show }),
    Route("PATCH", "v1/cameras/{camera}", of: { $0.cameras.change }),
    Route("POST", "v1/cameras/{camera}/archive", of: { $0.cameras.archive }),
    Route("POST", "v1/cameras/{camera}/trust", of: { $0.devices.trust }),
    Route("PUT", "v1/cameras/{camera}/media", of: { $0.storage.changeCameraMedia }),
    Route("GET", "v1/cameras/{camera}/quarantine", of: { $0.quarantine.list }),
    Route("DELETE", "v1/cameras/{camera}/quarantine", of: { $0.quarantine.delete }),
    Route("GET", "v1/cameras/{camera}/quarantine/{segment}", ofTwo: { $0.quarantine.show }),
    Route("GET", "v1/cameras/{camera}/video.mp4", of: { $0.playback.video }),
    Route("GET", "v1/cameras/{camera}/snapshot.jpg", of: { $0.pictures.snapshot }),
    Route("GET", "v1/cameras/{camera}/filmstrip", of: { $0.filmstrip.list }),
    Route("GET", "v1/cameras/{camera}/filmstrip.jpg", of: { $0.filmstrip.picture }),
    Route("GET", "v1/cameras/{camera}/coverage", of: { $0.coverage.show }),
    Route("POST", "v1/cameras/{camera}/replay", of: { $0.replay.replay }),
    Route("GET", "v1/events") { $0.events.list },
    Route("GET", "v1/events/{event}", of: { $0.events.show }),
    Route("GET", "v1/events/{event}/clip.mp4", of: { $0.playback.clip }),
    Route("GET", "v1/events/{event}/thumbnail.jpg", of: { $0.pictures.thumbnail }),
    Route("PUT", "v1/events/{event}/protection", of: { $0.protections.protect }),
    Route("DELETE", "v1/events/{event}/protection", of: { $0.protections.unprotect }),
    Route("GET", "v1/cameras/{camera}/footage", of: { $0.footage.show }),
    Route("DELETE", "v1/cameras/{camera}/footage", of: { $0.footage.delete }),
    Route("GET", "v1/cameras/{camera}/protected", of: { $0.protections.list }),
    Route("PUT", "v1/cameras/{camera}/protected", of: { $0.protections.protectSpan }),
    Route("DELETE", "v1/cameras/{camera}/protected", of: { $0.protections.unprotectSpan }),
    Route("GET", "v1/suppressed") { $0.suppressed.list },
    Route("GET", "v1/people") { $0.people.list },
    Route("POST", "v1/people") { $0.people.add },
    Route("DELETE", "v1/people/{person}", of: { $0.people.remove }),
    Route("PUT", "v1/people/{person}/grants", of: { $0.people.grant }),
    Route("DELETE", "v1/people/{person}/grants/{camera}", ofTwo: { $0.people.revoke }),
    Route("PUT", "v1/people/{person}/password", of: { $0.sessions.changePassword }),
    Route("DELETE", "v1/people/{person}/sessions", of: { $0.sessions.endAll }),
    Route("GET", "v1/tokens") { $0.tokens.list },
    Route("POST", "v1/tokens") { $0.tokens.create },
    Route("DELETE", "v1/tokens/{token}", of: { $0.tokens.revoke }),
    Route("POST", "v1/links") { $0.tokens.createLink },
    Route("GET", "v1/views") { $0.views.list },
    Route("GET", "v1/retention") { $0.policy.show },
    Route("PUT", "v1/retention") { $0.policy.change },
    Route("GET", "v1/retention/plan") { $0.retention.plan },
    Route("POST", "v1/retention/plan") { $0.policy.plan },
    Route("POST", "v1/retention/apply") { $0.retention.apply },
    Route("POST", "v1/retention/undo") { $0.policy.undo },
    Route("GET", "v1/retention/policy") { $0.policy.showInForce },
    Route("GET", "v1/retention/explain") { $0.explanation.explain },
    Route("GET", "v1/retention/log") { $0.retention.deletions },
    Route("POST", "v1/retention/trust-clock") { $0.retention.trustClock },
    Route("GET", "v1/network") { $0.network.show },
    Route("PUT", "v1/network") { $0.network.change },
    Route("PUT", "v1/media") { $0.storage.changeMedia },
    Route("GET", "v1/house") { $0.house.export },
    Route("POST", "v1/house/plan") { $0.house.plan },
    Route("POST", "v1/house/apply") { $0.house.apply },
    Route("GET", "v1/check") { $0.check.check },
    Route("GET", "v1/rebuild") { $0.rebuild.show },
    Route("POST", "v1/rebuild") { $0.rebuild.start },
    Route("POST", "v1/backup") { $0.storage.backUp },
    Route("GET", "v1/storage") { $0.storage.show },
    Route("GET", "v1/alarms") { $0.alarms.list },
    .socket("v1/live") { $0.live.serve },
    .socket("v1/feed") { $0.feed.serve },
  ]
}
