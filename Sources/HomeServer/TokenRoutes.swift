import Domain
import Household
import Settings

extension HomeCore {
  func createToken(_ request: APIRequest) async throws -> APIResponse {
    struct Chosen: Decodable {
      var camera: String
      /// All when they are left out.
      var rights: [String]?
    }
    struct Body: Decodable {
      var person: String
      var label: String
      var cameras: [Chosen]?
      var rights: [String]?
      var until: String?
      var hours: String?
    }
    _ = try await owner(request)
    let body = try request.decode(Body.self)
    var limits = TokenLimits(try Self.grant(body.rights, until: body.until, hours: body.hours))
    if let chosen = body.cameras {
      var cameras: [CameraID: Rights] = [:]
      for each in chosen {
        let rights = try Self.grant(each.rights, until: nil, hours: nil).rights
        cameras[try await camera(named: each.camera).id, default: []].formUnion(rights)
      }
      limits.cameras = cameras
    }
    let (id, token) = try await household.createToken(
      for: try await person(body.person).id, label: body.label, limits: limits, now: surroundings.now())
    return try .json(["id": id.text, "token": token.reveal()], status: 201)
  }

  /// One's own tokens; an owner's list is everybody's. What opens them is not among it: that was shown once.
  func listTokens(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Encodable {
      struct Chosen: Encodable {
        let camera: String
        let rights: [String]
      }
      let id: String
      let label: String
      let person: String
      let personId: String
      let rights: [String]
      let until: Nullable<String>
      let hours: Nullable<String>
      let cameras: Nullable<[Chosen]>
      let created: String
      let used: Nullable<String>
    }
    let principal = try await accountHolder(request)
    let names = Dictionary(
      try await household.people().map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
    let tokens = try await household.tokens(of: principal.isOwner ? nil : principal.person)
    return try .json([
      "tokens": tokens.map { token in
        Body(
          id: token.id.text, label: token.label, person: names[token.person] ?? "", personId: token.person.text,
          rights: token.limits.all.rights.words, until: Nullable(token.limits.all.until?.rfc3339),
          hours: Nullable(token.limits.all.hours?.description),
          cameras: Nullable(
            token.limits.cameras?.sorted { $0.key < $1.key }.map {
              Body.Chosen(camera: $0.key.text, rights: $0.value.words)
            }),
          created: token.created.rfc3339, used: Nullable(token.used?.rfc3339))
      }
    ])
  }

  func revokeToken(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await accountHolder(request)
    guard let id = TokenID(text: text),
      try await household.revokeToken(id, of: principal.isOwner ? nil : principal.person)
    else { throw APIFailure.notFound }
    return .empty(204)
  }

  /// A link that signs a person in once; only from the console, since whoever has the link is that person.
  func createLink(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable { var person: String }
    guard try await principal(request).credential == .console else { throw APIFailure.refused }
    let body = try request.decode(Body.self)
    let link = try await household.makeLink(for: try await person(body.person).id, now: surroundings.now())
    return try .json(["link": "\(await base.url ?? "http://localhost/")#link=\(link.reveal())"], status: 201)
  }
}
