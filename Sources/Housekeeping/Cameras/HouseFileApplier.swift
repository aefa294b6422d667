import Domain
import Household
package import Settings

/// Makes the installation what a house file says: cameras, then people with their grants, then retention.
package struct HouseFileApplier: Sendable {
  let environment: ServerEnvironment
  let store: HouseStore
  let folders: CameraFolders
  let registry: CameraRegistry
  let household: Household

  /// Everything that a house file can describe, as it is.
  package func current() async throws -> HousePlan.Current {
    let listing = try folders.list()
    return HousePlan.Current(
      cameras: try listing.cameras.map { .init(settings: $0, password: try folders.password($0.id)) },
      people: try await household.people().map { .init(name: $0.name, owner: $0.isOwner, grants: $0.grants) },
      retention: try store.retention())
  }

  /// What applying the file would change.
  package func plan(_ house: HouseFile, mode: HousePlan.Mode) async throws -> HousePlan {
    HousePlan(house: house, current: try await current(), names: try store.names(), mode: mode)
  }

  /// The retention that a house file would bring.
  package func policy(of house: HouseFile, mode: HousePlan.Mode = .apply) async throws -> ProposedPolicy {
    let plan = try await plan(house, mode: mode)
    let known = Dictionary(await registry.all.map { ($0.id, $0.retention) }) { first, _ in first }
    var policy = ProposedPolicy()
    for change in plan.changes {
      switch change.action {
      case .setCamera(let settings, _) where settings.retention != known[settings.id]:
        policy.cameras[settings.id] = settings
      case .setRetention(let retention): policy.household = retention
      default: break
      }
    }
    return policy
  }

  /// Carries a house file out.
  ///
  /// - Returns: the plan, as it was carried out.
  /// - Throws: `Problem` (exit 65) and changes nothing when a change of the plan is blocked.
  @discardableResult
  package func apply(_ house: HouseFile, mode: HousePlan.Mode) async throws -> HousePlan {
    let plan = try await plan(house, mode: mode)
    if mode != .addOnly, let blocked = plan.blocked.first {
      throw Problem(
        .data, "\(blocked.name): \(blocked.what.joined(separator: "; "))",
        next: "nothing was changed; mend the house file")
    }
    var generator = SystemRandomNumberGenerator()
    _ = try store.applyCameras(plan, using: &generator)
    try await registry.reload()
    for change in plan.changes {
      switch change.action {
      case .addPerson(let person):
        _ = try await household.addPerson(
          name: person.name, password: person.password, owner: person.owner ?? false,
          grants: try await grants(person), now: environment.now())
      case .setPerson(let person): try await set(person)
      case .setRetention(let retention): try store.setRetention(retention)
      case .addCamera, .setCamera, .archiveCamera, .none: break
      }
    }
    return plan
  }

  private func set(_ person: HouseFile.Person) async throws {
    guard let known = try await household.person(named: person.name) else { return }
    if let owner = person.owner, owner != known.isOwner { try await household.setOwner(owner, of: known.id) }
    guard person.grants != nil else { return }
    let wanted = try await grants(person)
    for camera in Set(wanted.keys).union(known.grants.keys) where wanted[camera] != known.grants[camera] {
      try await household.setGrant(wanted[camera] ?? CameraGrant([]), on: camera, of: known.id)
    }
  }

  private func grants(_ person: HouseFile.Person) async throws -> [CameraID: CameraGrant] {
    var grants: [CameraID: CameraGrant] = [:]
    for grant in person.grants ?? [] { grants[try await registry.camera(named: grant.camera).id] = try grant.grant() }
    return grants
  }
}
