import Domain
import Household
import Settings

extension HomeCore {
  struct PersonBody: Encodable {
    struct Grant: Encodable {
      let camera: String
      let rights: [String]
      let until: Nullable<String>
      let hours: Nullable<String>
    }
    let id: String
    let name: String
    let owner: Bool
    let grants: [Grant]

    init(_ person: Person) {
      id = person.id.text
      name = person.name
      owner = person.isOwner
      grants = person.grants.sorted { $0.key < $1.key }.map { camera, grant in
        Grant(
          camera: camera.text, rights: grant.rights.words, until: Nullable(grant.until?.rfc3339),
          hours: Nullable(grant.hours?.description))
      }
    }
  }

  func listPeople(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(["people": try await household.people().map(PersonBody.init)])
  }

  /// A grant as requests carry it: words and texts, looked up and read here.
  struct GrantBody: Decodable {
    var camera: String
    var rights: [String]
    var until: String?
    var hours: String?
  }

  /// - Throws: `APIFailure` 422 that names what can't be read.
  static func grant(_ words: [String]?, until: String?, hours: String?) throws -> CameraGrant {
    guard let rights = words.map(Rights.init(words:)) ?? .all, !rights.isEmpty else {
      throw APIFailure(422, "not a right", "the rights are live, playback, export and manage")
    }
    let time = until.map { WallTime(rfc3339: $0) }
    if case .some(nil) = time { throw APIFailure(422, "until is not a time", "write it as 2026-12-24T22:00:00Z") }
    let daily = hours.map { DailyHours(text: $0) }
    if case .some(nil) = daily { throw APIFailure(422, "these are no hours", "write them as 18:00-23:00") }
    return CameraGrant(rights, until: time ?? nil, hours: daily ?? nil)
  }

  /// Adds somebody: as a preset, with grants camera by camera, or both.
  func addPerson(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable {
      var name: String
      var password: Secret?
      var owner: Bool?
      var preset: String?
      /// End and hours of what the preset grants.
      var until: String?
      var hours: String?
      var grants: [GrantBody]?
    }
    _ = try await owner(request)
    let body = try request.decode(Body.self)
    let now = surroundings.now()
    let preset = body.preset.map { Preset(rawValue: $0) }
    if case .some(nil) = preset { throw APIFailure(422, "no such preset", "use owner, member or guest") }
    var grants: [CameraID: CameraGrant] = [:]
    if let preset = preset ?? nil, preset != .owner {
      var grant = try Self.grant(preset.rights.words, until: body.until, hours: body.hours)
      grant.until = grant.until ?? preset.stay.map { now + $0 }
      for camera in await cameras.all where !camera.archived { grants[camera.id] = grant }
    }
    for grant in body.grants ?? [] {
      grants[try await camera(named: grant.camera).id] = try Self.grant(
        grant.rights, until: grant.until, hours: grant.hours)
    }
    let person = try await household.addPerson(
      name: body.name, password: body.password, owner: body.owner ?? (preset == .owner), grants: grants, now: now)
    return try .json(PersonBody(person), status: 201)
  }

  /// Removes somebody for good. The view log keeps what they saw.
  func removePerson(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    try await household.removePerson(try await person(text).id)
    return .empty(204)
  }

  func grant(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    let body = try request.decode(GrantBody.self)
    let person = try await person(text)
    let camera = try await camera(named: body.camera)
    let grant = try Self.grant(body.rights, until: body.until, hours: body.hours)
    try await household.setGrant(grant, on: camera.id, of: person.id)
    return .empty(204)
  }

  func revoke(_ request: APIRequest, _ text: String, _ cameraText: String) async throws -> APIResponse {
    _ = try await owner(request)
    let (camera, person) = (try await camera(named: cameraText), try await person(text))
    try await household.setGrant(CameraGrant([]), on: camera.id, of: person.id)
    return .empty(204)
  }

  /// A person by name or id.
  func person(_ text: String) async throws -> Person {
    if let id = PersonID(text: text), let found = try await household.person(id) { return found }
    if let found = try await household.person(named: text) { return found }
    throw APIFailure(404, "no such person", "hearth person list shows who there is")
  }

  /// For who is no owner, nobody else exists: others and unknown ones are the same refusal.
  func person(_ text: String, seenBy principal: Principal) async throws -> Person {
    guard !principal.isOwner else { return try await person(text) }
    let byName = try await household.person(named: text)
    let byID: Person? = if let id = PersonID(text: text) { try await household.person(id) } else { nil }
    guard let found = byID ?? byName, found.id == principal.person else { throw APIFailure.refused }
    return found
  }
}
