import Domain
import HomeAPI
import Household
import Settings

extension HomeCore {
  func listPeople(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(API.PersonList(people: try await household.people().map(API.Person.init)))
  }

  /// - Throws: `APIFailure` 422 that names what can't be read.
  static func grant(_ rights: [Right]?, until: String?, hours: String?) throws -> CameraGrant {
    let rights = rights.map { Rights($0) } ?? .all
    guard !rights.isEmpty else {
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
    _ = try await owner(request)
    let body = try request.decode(API.NewPersonRequest.self)
    let now = surroundings.now()
    var grants: [CameraID: CameraGrant] = [:]
    if let preset = body.preset, preset != .owner {
      var grant = try Self.grant(preset.rights.list, until: body.until, hours: body.hours)
      grant.until = grant.until ?? preset.stay.map { now + $0 }
      for camera in await cameras.all where !camera.archived { grants[camera.id] = grant }
    }
    for grant in body.grants ?? [] {
      grants[try await camera(named: grant.camera).id] = try Self.grant(
        grant.rights, until: grant.until, hours: grant.hours)
    }
    let person = try await household.addPerson(
      name: body.name, password: body.password, owner: body.owner ?? (body.preset == .owner), grants: grants, now: now)
    return try .json(API.Person(person), status: 201)
  }

  /// Removes somebody for good. The view log keeps what they saw.
  func removePerson(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    try await household.removePerson(try await person(text).id)
    return .empty(204)
  }

  func grant(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    let body = try request.decode(API.GrantRequest.self)
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

/// `Household.Person`, which has a class of its module's name before it.
private typealias Member = Person

extension API.Person {
  fileprivate init(_ person: Member) {
    self.init(
      id: person.id.text, name: person.name, owner: person.isOwner,
      grants: person.grants.sorted { $0.key < $1.key }.map { camera, grant in
        API.Grant(
          camera: camera.text, rights: grant.rights.list, until: grant.until?.rfc3339,
          hours: grant.hours?.description)
      })
  }
}
