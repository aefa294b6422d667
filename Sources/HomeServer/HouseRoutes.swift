import Domain
import HomeAPI
import Household
import Settings

extension HomeCore {
  func current() async throws -> HousePlan.Current {
    let listing = try folders.list()
    return HousePlan.Current(
      cameras: try listing.cameras.map { .init(settings: $0, password: try folders.password($0.id)) },
      people: try await household.people().map { .init(name: $0.name, owner: $0.isOwner, grants: $0.grants) },
      retention: try HouseStore(data: data).retention())
  }

  /// The household as a house file has it; passwords are left out.
  func exportHouse(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let current = try await current()
    let active = current.cameras.map(\.settings).filter { !$0.archived }.sorted { $0.name < $1.name }
    let names = Dictionary(uniqueKeysWithValues: active.map { ($0.id, $0.name) })
    let people = current.people.sorted { $0.name < $1.name }.map { person in
      HouseFile.Person(
        name: person.name, owner: person.owner,
        grants: person.grants.compactMap { camera, grant in
          names[camera].map { HouseFile.Grant(camera: $0, grant) }
        }.sorted { $0.camera < $1.camera })
    }
    return try .json(
      HouseFile(cameras: active.map { HouseFile.Camera($0) }, people: people, retention: current.retention))
  }

  func planHouse(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let body = try request.decode(API.HouseRequest<HouseFile>.self)
    let plan = HousePlan(
      house: body.house, current: try await current(), names: try HouseStore(data: data).names(), mode: body.mode)
    return try .json(API.HouseChanges(plan))
  }

  func applyHouse(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let body = try request.decode(API.HouseRequest<HouseFile>.self)
    let policy = try await policy(of: body.house, mode: body.mode)
    let plan = try await changePolicy(request, to: policy) { try await apply(body.house, mode: body.mode) }
    return try .json(API.HouseChanges(plan))
  }

  /// Carries a house file out: cameras, then people with their grants, then retention.
  ///
  /// - Returns: the plan, as it was carried out.
  /// - Throws: `Problem` (exit 65) and changes nothing when a change of the plan is blocked.
  @discardableResult
  func apply(_ house: HouseFile, mode: HousePlan.Mode) async throws -> HousePlan {
    let store = HouseStore(data: data)
    let plan = HousePlan(house: house, current: try await current(), names: try store.names(), mode: mode)
    if mode != .addOnly, let blocked = plan.blocked.first {
      throw Problem(
        .data, "\(blocked.name): \(blocked.what.joined(separator: "; "))",
        next: "nothing was changed; mend the house file")
    }
    var generator = SystemRandomNumberGenerator()
    _ = try store.applyCameras(plan, using: &generator)
    try await cameras.reload()
    for change in plan.changes {
      switch change.action {
      case .addPerson(let person):
        _ = try await household.addPerson(
          name: person.name, password: person.password, owner: person.owner ?? false,
          grants: try await grants(person), now: surroundings.now())
      case .setPerson(let person):
        guard let known = try await household.person(named: person.name) else { continue }
        if let owner = person.owner, owner != known.isOwner { try await household.setOwner(owner, of: known.id) }
        if person.grants != nil {
          let wanted = try await grants(person)
          for camera in Set(wanted.keys).union(known.grants.keys) where wanted[camera] != known.grants[camera] {
            try await household.setGrant(wanted[camera] ?? CameraGrant([]), on: camera, of: known.id)
          }
        }
      case .setRetention(let retention): try store.setRetention(retention)
      case .addCamera, .setCamera, .archiveCamera, .none: break
      }
    }
    return plan
  }

  private func grants(_ person: HouseFile.Person) async throws -> [CameraID: CameraGrant] {
    var grants: [CameraID: CameraGrant] = [:]
    for grant in person.grants ?? [] { grants[try await camera(named: grant.camera).id] = try grant.grant() }
    return grants
  }
}

extension API.HouseRequest {
  /// How the house file is to be carried out.
  var mode: HousePlan.Mode { addOnly == true ? .addOnly : prune == true ? .prune : .apply }
}

extension API.HouseChanges {
  init(_ plan: HousePlan) {
    self.init(
      changes: plan.changes.map {
        Change(subject: $0.subject.rawValue, kind: $0.kind.rawValue, name: $0.name, what: $0.what)
      })
  }
}
