import Domain
import HomeAPI
import Household
import Housekeeping
import Settings

/// Who there is, and what they may do: for owners.
struct PeopleController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let household: Household
  let registry: CameraRegistry

  func list(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    return try .json(API.PersonList(people: try await household.people().map(API.Person.init)))
  }

  /// Adds a person: as a preset, with grants camera by camera, or both.
  func add(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let body = try request.decode(API.NewPersonRequest.self)
    let now = environment.now()
    var grants: [CameraID: CameraGrant] = [:]
    if let preset = body.preset, preset != .owner {
      var grant = try CameraGrant.read(preset.rights.list, until: body.until, hours: body.hours)
      grant.until = grant.until ?? preset.stay.map { now + $0 }
      for camera in await registry.all where !camera.archived { grants[camera.id] = grant }
    }
    for grant in body.grants ?? [] {
      grants[try await registry.camera(named: grant.camera).id] = try CameraGrant.read(
        grant.rights, until: grant.until, hours: grant.hours)
    }
    let person = try await household.addPerson(
      name: body.name, password: body.password, owner: body.owner ?? (body.preset == .owner), grants: grants, now: now)
    return try .json(API.Person(person), status: 201)
  }

  /// Removes a person permanently. The access log keeps what they saw.
  func remove(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    try await household.removePerson(try await access.person(text).id)
    return .empty(204)
  }

  func grant(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    let body = try request.decode(API.GrantRequest.self)
    let person = try await access.person(text)
    let camera = try await registry.camera(named: body.camera)
    let grant = try CameraGrant.read(body.rights, until: body.until, hours: body.hours)
    try await household.setGrant(grant, on: camera.id, of: person.id)
    return .empty(204)
  }

  func revoke(_ request: APIRequest, _ text: String, _ cameraText: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    let (camera, person) = (try await registry.camera(named: cameraText), try await access.person(text))
    try await household.setGrant(CameraGrant([]), on: camera.id, of: person.id)
    return .empty(204)
  }
}

extension API.Person {
  init(_ person: Person) {
    self.init(
      id: person.id.text, name: person.name, owner: person.isOwner,
      grants: person.grants.sorted { $0.key < $1.key }.map { camera, grant in
        API.Grant(
          camera: camera.text, rights: grant.rights.list, until: grant.until?.rfc3339,
          hours: grant.hours?.description)
      })
  }
}

extension CameraGrant {
  /// A grant as requests carry it.
  ///
  /// - Parameter rights: all when they are left out.
  /// - Throws: `APIFailure` 422 that names what can't be read.
  static func read(_ rights: [Right]?, until: String?, hours: String?) throws -> CameraGrant {
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
}
