import Domain
import FoundationEssentials
import HomeAPI
import Household
import Housekeeping

/// The session's cookie. On HTTPS it has the name and the marks that keep any plain connection from setting it
/// (RFC 6265bis section 4.1.3.2); browsers refuse both on plain HTTP.
enum SessionCookie {
  static func name(isSecure: Bool) -> String { isSecure ? "__Host-hearth" : "hearth" }

  /// - Parameter token: `nil` to take the cookie away.
  static func header(_ token: Secret?, isSecure: Bool) -> (String, String) {
    let age = token == nil ? 0 : 30 * 86400
    return (
      "set-cookie",
      "\(name(isSecure: isSecure))=\(token?.reveal() ?? ""); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(age)"
        + (isSecure ? "; Secure" : "")
    )
  }
}

/// Signing in and out, one's own account, and all the sessions.
struct SessionsController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let household: Household

  private func sessionBody(_ principal: Principal) -> API.Session {
    API.Session(
      person: .init(id: principal.person.text, name: principal.name, owner: principal.isOwner),
      serverTime: environment.now().rfc3339, zone: houseZone)
  }

  /// The house's IANA zone: the system's.
  var houseZone: String { TimeZone.current.identifier }

  func show(_ request: APIRequest) async throws -> APIResponse {
    try .json(sessionBody(try await access.principal(request)))
  }

  func signIn(_ request: APIRequest) async throws -> APIResponse {
    let body = try request.decode(API.SignInRequest.self)
    let agent = request.header("user-agent") ?? ""
    let now = environment.now()
    if let link = body.link {
      guard let (principal, token) = try await household.signIn(link: link, from: request.peer, agent: agent, now: now)
      else { throw APIFailure(401, "the link is used up", "ask for a new one: hearth person link") }
      return try .json(sessionBody(principal), headers: [cookie(token, request)])
    }
    guard let name = body.name, let password = body.password else {
      throw APIFailure(400, "nothing to sign in with", "send name and password, or link")
    }
    switch try await household.signIn(name: name, password: password, from: request.peer, agent: agent, now: now) {
    case .accepted(let principal, let token):
      return try .json(sessionBody(principal), headers: [cookie(token, request)])
    case .refused: throw APIFailure(401, "not signed in", "name or password is wrong")
    case .wait(let wait): throw Self.tooManyTries(wait)
    }
  }

  private static func tooManyTries(_ wait: Duration) -> APIFailure {
    let seconds = Int(wait.inSeconds.rounded(.up))
    return APIFailure(429, "too many tries", "try again in \(seconds) s", headers: [("retry-after", "\(seconds)")])
  }

  func setUp(_ request: APIRequest) async throws -> APIResponse {
    let body = try request.decode(API.SetUpRequest.self)
    guard
      let (principal, token) = try await household.setUp(
        link: body.token, name: body.name, password: body.password, from: request.peer,
        agent: request.header("user-agent") ?? "", now: environment.now())
    else { throw APIFailure(401, "the set-up link is used up", "start Hearth again for a new one, or sign in") }
    return try .json(sessionBody(principal), headers: [cookie(token, request)])
  }

  func signOut(_ request: APIRequest) async throws -> APIResponse {
    if let credential = request.credential, case .session = credential { try await household.end(credential) }
    return .empty(
      204, headers: [SessionCookie.header(nil, isSecure: request.isSecure), ("clear-site-data", "\"cache\"")])
  }

  private func cookie(_ token: Secret, _ request: APIRequest) -> (String, String) {
    SessionCookie.header(token, isSecure: request.isSecure)
  }

  // MARK: - All the sessions

  /// One's own sessions; an owner's list is everybody's.
  func list(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.accountHolder(request)
    let sessions = try await household.sessions(
      of: principal.isOwner ? nil : principal.person, now: environment.now())
    return try .json(
      API.SessionList(
        sessions: sessions.map {
          API.OpenSession(
            id: $0.id.text, person: $0.name, personId: $0.person.text, created: $0.created.rfc3339,
            seen: $0.seen.rfc3339, agent: $0.agent, address: $0.address, current: $0.isThat(of: request.credential))
        }))
  }

  /// Ends all of one's own sessions but the one that asks.
  func endOthers(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.accountHolder(request)
    try await household.endSessions(of: principal.person, except: request.credential)
    return .empty(204)
  }

  func end(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.accountHolder(request)
    guard let id = SessionID(text: text),
      try await household.endSession(id, of: principal.isOwner ? nil : principal.person)
    else { throw APIFailure.notFound }
    return .empty(204)
  }

  /// Ends all sessions of a person: an owner anybody's, everybody their own.
  func endAll(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.accountHolder(request)
    let person = try await access.person(text, seenBy: principal)
    try await household.endSessions(of: person.id)
    return .empty(204)
  }

  // MARK: - Passwords

  /// An owner and the console set anybody's; everybody changes their own, which an owner does too on the page.
  func changePassword(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.accountHolder(request)
    let person = try await access.person(text, seenBy: principal)
    let body = try request.decode(API.PasswordRequest.self)
    guard person.id == principal.person else {
      try await household.setPassword(of: person.id, to: body.password)
      return .empty(204)
    }
    guard let old = body.old else {
      throw APIFailure(422, "the old password is missing", "send old and password, to change your own")
    }
    let change = try await household.changePassword(
      of: principal, from: old, to: body.password, address: request.peer, agent: request.header("user-agent") ?? "",
      now: environment.now())
    switch change {
    case .changed(let token):
      return .empty(204, headers: token.map { [cookie($0, request)] } ?? [])
    case .refused: throw APIFailure(403, "not changed", "the old password is wrong")
    case .wait(let wait): throw Self.tooManyTries(wait)
    }
  }
}
