import Domain
import Household
import Logging
import Retention
import Settings

/// Changing how long footage is kept: what would delete much of it is shown first, and what it chose waits a day, so that
/// the change can be taken back.
extension HomeCore {
  /// A change that would delete so much that somebody has to say yes to it.
  struct PolicyRefusal: Error {
    let plan: Planned
    let failure: APIFailure
  }

  /// How many hundredths of the footage may go by a change without a question.
  private static let unasked: UInt64 = 1

  /// Makes a change of the policy, when it deletes little or the request says that it may (`atMost`: bytes, or `any`).
  ///
  /// - Parameters:
  ///   - policy: as it will be.
  ///   - change: makes it so.
  /// - Throws: `PolicyRefusal`, and changes nothing.
  func changePolicy<Value>(
    _ request: APIRequest, to policy: Policy, _ change: () async throws -> Value
  ) async throws -> Value {
    guard policy.isHypothetical else { return try await change() }
    try await refuseUnlessAllowed(request, policy)
    let before = try await policyNow()
    let value = try await change()
    try await remember(before)
    return value
  }

  private func refuseUnlessAllowed(_ request: APIRequest, _ policy: Policy) async throws {
    let allowed = request.query["atMost"]
    if allowed == "any" { return }
    func chosen(_ policy: Policy) async throws -> (planned: Planned, deletions: [RetentionDeletion]) {
      // Whatever holds deletions at the moment will not hold them for ever.
      func trusted(_ planned: Planned) -> RetentionPlan {
        RetentionPlan.make(planned.inventory, now: planned.now, clockTrusted: true)
      }
      let planned = try await retentionPlan(under: policy)
      let plan = trusted(planned)
      if plan.isWhole { return (planned, plan.deletions) }
      let whole = try await retentionPlan(under: policy, listing: .everything)
      return (whole, trusted(whole).deletions)
    }
    let already = Set(try await chosen(Policy()).deletions.map(\.segment.id))
    let (then, deletions) = try await chosen(policy)
    let added = deletions.filter { !already.contains($0.segment.id) }.reduce(UInt64(0)) { $0 + $1.segment.bytes }
    let footage = then.inventory.bytes
    guard added > footage / 100 * Self.unasked else { return }
    if let text = allowed {
      guard let most = UInt64(text) else { throw APIFailure(400, "atMost is not a number of bytes", "or say any") }
      if added <= most { return }
    }
    throw PolicyRefusal(
      plan: then,
      failure: APIFailure(
        409, "this would delete \(ByteCount(added)) of \(ByteCount(footage)) of footage",
        "nothing was changed; look at the plan, and say that it may: --yes-delete \(added)"))
  }

  /// The policy that is in force.
  private func policyNow() async throws -> PolicyChange {
    PolicyChange(
      at: surroundings.now(), household: try HouseStore(data: data).retention(),
      cameras: Dictionary(await cameras.all.map { ($0.id, $0.retention) }) { first, _ in first })
  }

  /// Keeps what held before a change; before the first one of several, while that can still be taken back.
  private func remember(_ before: PolicyChange) async throws {
    let store = HouseStore(data: data)
    let now = try await policyNow()
    guard !now.isSame(as: before) else { return }
    var kept = before
    if let earlier = try store.policyChange(), earlier.end(surroundings.now()) != nil {
      kept = earlier
      kept.at = before.at
      for (camera, retention) in before.cameras where kept.cameras[camera] == nil { kept.cameras[camera] = retention }
    }
    try store.setPolicyChange(now.isSame(as: kept) ? nil : kept)
  }

  /// What the policy before the last change would delete, while that can be taken back: the rest waits.
  func planBefore(_ inventory: RetentionInventory, now: WallTime, clockTrusted: Bool) throws -> RetentionPlan? {
    guard let change = try HouseStore(data: data).policyChange(), change.end(now) != nil else { return nil }
    var before = inventory
    before.household = Self.policy(change.household)
    for index in before.cameras.indices {
      guard let retention = change.cameras[before.cameras[index].id.text] else { continue }
      before.cameras[index].policy = Self.policy(retention)
    }
    return RetentionPlan.make(before, now: now, clockTrusted: clockTrusted)
  }

  /// Puts the policy back as it was before the last change.
  func undoPolicy(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let store = HouseStore(data: data)
    guard let change = try store.policyChange(), change.end(surroundings.now()) != nil else {
      throw APIFailure(409, "nothing was changed in the last 24 hours", "see the policy: hearth retention show")
    }
    for var camera in await cameras.all {
      guard let retention = change.cameras[camera.id.text], retention != camera.retention else { continue }
      camera.retention = retention
      try folders.update(camera, password: .keep)
    }
    try store.setRetention(change.household)
    try await cameras.reload()
    try store.setPolicyChange(nil)
    surroundings.log.notice("the retention policy was put back as it was", metadata: ["before": "\(change.at)"])
    return try await showPolicy(request)
  }
}
