import Domain
import FoundationEssentials
import Household
import Settings
import WorkerProtocol

extension HomeCore {
  private struct PersonBody: Encodable {
    struct Grant: Encodable {
      let camera: String
      let rights: [String]
    }
    let id: String
    let name: String
    let owner: Bool
    var grants: [Grant]?
  }

  private struct SessionBody: Encodable {
    let person: PersonBody
    let serverTime: String
    let zone: String
  }

  private func sessionBody(_ principal: Principal) -> SessionBody {
    SessionBody(
      person: PersonBody(id: principal.person.text, name: principal.name, owner: principal.isOwner),
      serverTime: surroundings.now().rfc3339, zone: houseZone)
  }

  /// The house's IANA zone: the system's.
  var houseZone: String { TimeZone.current.identifier }

  // MARK: - Sessions

  func session(_ request: APIRequest) async throws -> APIResponse {
    try .json(sessionBody(try await principal(request)))
  }

  func signIn(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable {
      var name: String?
      var password: Secret?
      var link: Secret?
    }
    let body = try request.decode(Body.self)
    let agent = request.header("user-agent") ?? ""
    let now = surroundings.now()
    if let link = body.link {
      guard let (principal, token) = try await household.signIn(link: link, from: request.peer, agent: agent, now: now)
      else { throw APIFailure(401, "the link is used up", "ask for a new one: hearth person link") }
      return try .json(sessionBody(principal), headers: [cookie(token)])
    }
    guard let name = body.name, let password = body.password else {
      throw APIFailure(400, "nothing to sign in with", "send name and password, or link")
    }
    switch try await household.signIn(name: name, password: password, from: request.peer, agent: agent, now: now) {
    case .accepted(let principal, let token): return try .json(sessionBody(principal), headers: [cookie(token)])
    case .refused: throw APIFailure(401, "not signed in", "name or password is wrong")
    case .wait(let wait):
      let seconds = Int(wait.inSeconds.rounded(.up))
      throw APIFailure(
        429, "too many tries", "try again in \(seconds) s", headers: [("retry-after", "\(seconds)")])
    }
  }

  func setUp(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable {
      var token: Secret
      var name: String
      var password: Secret
    }
    let body = try request.decode(Body.self)
    guard
      let (principal, token) = try await household.setUp(
        link: body.token, name: body.name, password: body.password, from: request.peer,
        agent: request.header("user-agent") ?? "", now: surroundings.now())
    else { throw APIFailure(401, "the set-up link is used up", "start Hearth again for a new one, or sign in") }
    return try .json(sessionBody(principal), headers: [cookie(token)])
  }

  func signOut(_ request: APIRequest) async throws -> APIResponse {
    if let credential = request.credential, case .session = credential { try await household.end(credential) }
    return APIResponse(
      204,
      headers: [
        ("set-cookie", "hearth=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"), ("clear-site-data", "\"cache\""),
        ("cache-control", "no-store"),
      ])
  }

  private func cookie(_ token: Secret) -> (String, String) {
    ("set-cookie", "hearth=\(token.reveal()); Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000")
  }

  // MARK: - People

  func listPeople(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(["people": try await household.people().map { body($0) }])
  }

  private func body(_ person: Person) -> PersonBody {
    PersonBody(
      id: person.id.text, name: person.name, owner: person.isOwner,
      grants: person.grants.sorted { $0.key < $1.key }.map {
        PersonBody.Grant(camera: $0.key.text, rights: $0.value.words)
      })
  }

  private struct GrantBody: Decodable {
    var camera: String
    var rights: [String]
  }

  func addPerson(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable {
      var name: String
      var password: Secret?
      var owner: Bool?
      var grants: [GrantBody]?
    }
    _ = try await owner(request)
    let body = try request.decode(Body.self)
    var grants: [CameraID: Rights] = [:]
    for grant in body.grants ?? [] {
      grants[try await camera(named: grant.camera).id, default: []].formUnion(try rights(grant.rights))
    }
    let person = try await household.addPerson(
      name: body.name, password: body.password, owner: body.owner ?? false, grants: grants, now: surroundings.now())
    return try .json(self.body(person), status: 201)
  }

  private func rights(_ words: [String]) throws -> Rights {
    guard let rights = Rights(words: words), !rights.isEmpty else {
      throw APIFailure(422, "not a right", "the rights are live, playback, export and manage")
    }
    return rights
  }

  /// A person by name or id.
  private func person(_ text: String) async throws -> Person {
    if let id = PersonID(text: text), let found = try await household.person(id) { return found }
    if let found = try await household.person(named: text) { return found }
    throw APIFailure(404, "no such person", "hearth person list shows who there is")
  }

  func grant(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    let body = try request.decode(GrantBody.self)
    let person = try await person(text)
    let camera = try await camera(named: body.camera)
    try await household.setRights(try rights(body.rights), on: camera.id, of: person.id)
    return APIResponse(204, headers: [("cache-control", "no-store")])
  }

  func revoke(_ request: APIRequest, _ text: String, _ cameraText: String) async throws -> APIResponse {
    _ = try await owner(request)
    try await household.setRights([], on: try await camera(named: cameraText).id, of: try await person(text).id)
    return APIResponse(204, headers: [("cache-control", "no-store")])
  }

  func changePassword(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    struct Body: Decodable { var password: Secret }
    let principal = try await principal(request)
    // Anybody else's password is the owner's business; and for who is no owner, nobody else exists.
    guard let person = try? await person(text), principal.isOwner || principal.person == person.id else {
      if principal.isOwner { _ = try await self.person(text) }
      throw APIFailure.refused
    }
    try await household.setPassword(of: person.id, to: try request.decode(Body.self).password)
    return APIResponse(204, headers: [("cache-control", "no-store")])
  }

  func createToken(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable {
      var person: String
      var label: String
    }
    _ = try await owner(request)
    let body = try request.decode(Body.self)
    let (id, token) = try await household.createToken(
      for: try await person(body.person).id, label: body.label, now: surroundings.now())
    return try .json(["id": id.text, "token": token.reveal()], status: 201)
  }

  /// A link that signs a person in once; only from the console, since whoever has the link is that person.
  func createLink(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable { var person: String }
    guard try await principal(request).credential == .console else { throw APIFailure.refused }
    let body = try request.decode(Body.self)
    let link = try await household.makeLink(for: try await person(body.person).id, now: surroundings.now())
    return try .json(["link": "\(await base.url ?? "http://localhost/")#link=\(link.reveal())"], status: 201)
  }

  // MARK: - The view log

  func listViews(_ request: APIRequest) async throws -> APIResponse {
    struct View: Encodable {
      let row: Int64
      let person: String
      let camera: String
      let action: String
      let from: Nullable<String>
      let to: Nullable<String>
      let at: String
      let ended: Nullable<String>
      let bytes: Int64
      let cameBy: String
      let address: String
    }
    let principal = try await principal(request)
    let allowed = try await household.camerasVisible(to: principal, needing: .playback)
    let limit = try limit(request, standard: 100, most: 1000)
    let before = request.query["before"].flatMap { Int64($0) }
    let views = try await household.views(of: allowed, before: before, limit: limit).map {
      View(
        row: $0.row, person: $0.name, camera: $0.camera.text, action: $0.action.rawValue,
        from: Nullable($0.span?.from.rfc3339),
        to: Nullable($0.span?.to.rfc3339), at: $0.at.rfc3339, ended: Nullable($0.ended?.rfc3339), bytes: $0.bytes,
        cameBy: $0.cameBy,
        address: $0.address)
    }
    return try .json(["views": views])
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
