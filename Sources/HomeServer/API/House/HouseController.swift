import Domain
import HomeAPI
import Household
import Housekeeping
import Settings

/// The installation as a house file describes it.
struct HouseController: Sendable {
  let access: AccessControl
  let files: HouseFileApplier
  let policies: PolicyChanges

  /// The household as a house file has it; passwords are left out.
  func export(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let current = try await files.current()
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

  func plan(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let body = try request.decode(API.HouseRequest<HouseFile>.self)
    return try .json(API.HouseChanges(try await files.plan(body.house, mode: body.mode)))
  }

  func apply(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let body = try request.decode(API.HouseRequest<HouseFile>.self)
    let policy = try await files.policy(of: body.house, mode: body.mode)
    let plan = try await policies.change(to: policy, try request.policyApproval) {
      try await files.apply(body.house, mode: body.mode)
    }
    return try .json(API.HouseChanges(plan))
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
