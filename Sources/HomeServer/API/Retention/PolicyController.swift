import Domain
import HomeAPI
import Housekeeping
import Settings

/// How long footage shall be kept: the policy, and changes of it.
struct PolicyController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let store: HouseStore
  let registry: CameraRegistry
  let planning: RetentionPlanning
  let policies: PolicyChanges
  let files: HouseFileApplier

  /// What is set for the household.
  func show(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    return try .json(try store.retention())
  }

  func change(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let retention = try request.decode(RetentionSettings.self)
    if retention.values.contains(where: { $0.value <= 0 }) {
      throw APIFailure(422, "a limit must be above zero", "leave it out for no limit")
    }
    try retention.validate()
    let policy = ProposedPolicy(household: retention == (try store.retention()) ? nil : retention)
    try await policies.change(to: policy, try request.policyApproval) { try store.setRetention(retention) }
    return try .json(retention)
  }

  /// The plan that would be if a house file's retention were in force. Changes nothing.
  func plan(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let house = try request.decode(API.RetentionPlanRequest<HouseFile>.self).house
    return try .json(API.RetentionPlan(try await planning.plan(under: try await files.policy(of: house))))
  }

  /// Puts the policy back as it was before the last change.
  func undo(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    try await policies.undo()
    return try await showInForce(request)
  }

  /// The policy that holds for each camera, and where each value comes from.
  func showInForce(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let household = try store.retention().texts
    // Budgets and the reserve are the household's as a whole: no camera takes them over.
    let common = household.filter { $0.key != "budget" && $0.key != "reserve" }
    let cameras = await registry.all.map { camera in
      let own = camera.retention.texts
      let rest = common.filter { value in !own.contains { $0.key == value.key } }
      let values =
        own.map { API.RetentionPolicy.Value(key: $0.key, value: $0.text, from: .camera) }
        + rest.map { API.RetentionPolicy.Value(key: $0.key, value: $0.text, from: .household) }
      return API.RetentionPolicy.Camera(camera: camera.id.text, name: camera.name, values: values)
    }
    return try .json(
      API.RetentionPolicy(
        household: Dictionary(household.map { ($0.key, $0.text) }, uniquingKeysWith: { first, _ in first }),
        cameras: cameras,
        undoUntil: try store.policyChange()?.end(environment.now())?.rfc3339))
  }
}
