package import Domain
import Logging
import Retention
import Settings

/// A change of the policy that would delete so much that a person has to approve it.
package struct PolicyRefusal: Error {
  package let planned: PlannedRetention
  /// Why, and how it is approved.
  package let problem: Problem
}

/// Changes how long footage is kept: what would delete much of it is shown first, and what the change newly selects waits a
/// day, so that the change can be undone.
package struct PolicyChanges: Sendable {
  let environment: ServerEnvironment
  let store: HouseStore
  let folders: CameraFolders
  let registry: CameraRegistry
  let planning: RetentionPlanning

  /// How much a change may newly delete without being refused.
  package enum Approval: Sendable {
    /// A hundredth of the footage.
    case little
    case bytes(UInt64)
    case any
  }

  /// How many hundredths of the footage may go by a change without a question.
  private static let unasked: UInt64 = 1

  /// Makes a change of the policy, when it deletes little or as much as was approved.
  ///
  /// - Parameters:
  ///   - policy: as it will be.
  ///   - change: puts it into force.
  /// - Throws: `PolicyRefusal`, and changes nothing.
  package func change<Value>(
    to policy: ProposedPolicy, _ approval: Approval, _ change: () async throws -> Value
  ) async throws -> Value {
    guard policy.isHypothetical else { return try await change() }
    try await refuseUnlessApproved(policy, approval)
    let before = try await policyNow()
    let value = try await change()
    try await remember(before)
    return value
  }

  private func refuseUnlessApproved(_ policy: ProposedPolicy, _ approval: Approval) async throws {
    if case .any = approval { return }
    let already = Set(try await selected(by: ProposedPolicy()).deletions.map(\.segment.id))
    let (then, deletions) = try await selected(by: policy)
    let added = deletions.filter { !already.contains($0.segment.id) }.reduce(UInt64(0)) { $0 + $1.segment.bytes }
    let footage = then.inventory.bytes
    guard added > footage / 100 * Self.unasked else { return }
    if case .bytes(let most) = approval, added <= most { return }
    throw PolicyRefusal(
      planned: then,
      problem: Problem(
        .cannotCreate, "this would delete \(ByteCount(added)) of \(ByteCount(footage)) of footage",
        next: "nothing was changed; look at the plan, and say that it may: --yes-delete \(added)"))
  }

  /// What a policy would delete once nothing holds deletions back: what holds them now will not do so forever.
  private func selected(
    by policy: ProposedPolicy
  ) async throws -> (planned: PlannedRetention, deletions: [RetentionDeletion]) {
    func trusted(_ planned: PlannedRetention) -> RetentionPlan {
      RetentionPlan.make(planned.inventory, now: planned.now, clockTrusted: true)
    }
    let planned = try await planning.plan(under: policy)
    let plan = trusted(planned)
    if plan.isWhole { return (planned, plan.deletions) }
    let whole = try await planning.plan(under: policy, listing: .everything)
    return (whole, trusted(whole).deletions)
  }

  /// The policy that is in force.
  private func policyNow() async throws -> PolicyChange {
    PolicyChange(
      at: environment.now(), household: try store.retention(),
      cameras: Dictionary(await registry.all.map { ($0.id, $0.retention) }) { first, _ in first })
  }

  /// Keeps what was in force before a change; before the first one of several, while that can still be undone.
  private func remember(_ before: PolicyChange) async throws {
    let now = try await policyNow()
    guard !now.isSame(as: before) else { return }
    var kept = before
    if let earlier = try store.policyChange(), earlier.end(environment.now()) != nil {
      kept = earlier
      kept.at = before.at
      for (camera, retention) in before.cameras where kept.cameras[camera] == nil { kept.cameras[camera] = retention }
    }
    try store.setPolicyChange(now.isSame(as: kept) ? nil : kept)
  }

  /// Puts the policy back as it was before the last change.
  ///
  /// - Throws: `Problem` (exit 73) when nothing was changed in the last 24 hours.
  package func undo() async throws {
    guard let change = try store.policyChange(), change.end(environment.now()) != nil else {
      throw Problem(
        .cannotCreate, "nothing was changed in the last 24 hours", next: "see the policy: hearth retention show")
    }
    for var camera in await registry.all {
      guard let retention = change.cameras[camera.id.text], retention != camera.retention else { continue }
      camera.retention = retention
      try folders.update(camera, password: .keep)
    }
    try store.setRetention(change.household)
    try await registry.reload()
    try store.setPolicyChange(nil)
    environment.log.notice("the retention policy was put back as it was", metadata: ["before": "\(change.at)"])
  }
}
