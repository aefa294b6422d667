import Domain
import HomeAPI
import Household
import Housekeeping
import Settings

/// API tokens, and links that sign a person in.
struct TokensController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let household: Household
  let registry: CameraRegistry
  let base: BaseAddress

  func create(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let body = try request.decode(API.NewTokenRequest.self)
    var limits = TokenLimits(try CameraGrant.read(body.rights, until: body.until, hours: body.hours))
    if let chosen = body.cameras {
      var cameras: [CameraID: Rights] = [:]
      for each in chosen {
        let rights = try CameraGrant.read(each.rights, until: nil, hours: nil).rights
        cameras[try await registry.camera(named: each.camera).id, default: []].formUnion(rights)
      }
      limits.cameras = cameras
    }
    let (id, token) = try await household.createToken(
      for: try await access.person(body.person).id, label: body.label, limits: limits, now: environment.now())
    return try .json(API.IssuedToken(id: id.text, token: token), status: 201)
  }

  /// One's own tokens; an owner's list is everybody's. What opens them is not among it: that was shown once.
  func list(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.accountHolder(request)
    let names = Dictionary(
      try await household.people().map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
    let tokens = try await household.tokens(of: principal.isOwner ? nil : principal.person)
    return try .json(
      API.TokenList(
        tokens: tokens.map { token in
          API.Token(
            id: token.id.text, label: token.label, person: names[token.person] ?? "", personId: token.person.text,
            rights: token.limits.all.rights.list, until: token.limits.all.until?.rfc3339,
            hours: token.limits.all.hours?.description,
            cameras: token.limits.cameras?.sorted { $0.key < $1.key }.map {
              API.Token.Camera(camera: $0.key.text, rights: $0.value.list)
            },
            created: token.created.rfc3339, used: token.used?.rfc3339)
        }))
  }

  func revoke(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.accountHolder(request)
    guard let id = TokenID(text: text),
      try await household.revokeToken(id, of: principal.isOwner ? nil : principal.person)
    else { throw APIFailure.notFound }
    return .empty(204)
  }

  /// A link that signs a person in once; only from the console, since whoever has the link is that person.
  func createLink(_ request: APIRequest) async throws -> APIResponse {
    guard try await access.principal(request).credential == .console else { throw APIFailure.refused }
    let body = try request.decode(API.LinkRequest.self)
    let link = try await household.makeLink(for: try await access.person(body.person).id, now: environment.now())
    return try .json(
      API.Link(link: Secret("\(await base.url ?? "http://localhost/")#link=\(link.reveal())")), status: 201)
  }
}
