import Catalog
import CLinux
import Domain
package import Household
import Logging
package import Retention

/// Deletes what the retention policy asks for: every five minutes by itself, and when an owner says so.
package struct RetentionEnforcement: Sendable {
  let environment: ServerEnvironment
  let planning: RetentionPlanning
  let executor: DeletionExecutor
  let expiry: EventExpiry
  let household: Household
  let catalog: Catalog

  /// What an owner allows to be deleted; both limits hold when both are given.
  package struct Approval: Sendable {
    /// The digest of the plan that was looked at.
    let plan: String?
    /// The most bytes that a plan may free.
    let atMost: UInt64?

    package init(plan: String?, atMost: UInt64?) {
      self.plan = plan
      self.atMost = atMost
    }
  }

  /// Deletes by the plan of this moment.
  ///
  /// - Parameters:
  ///   - credential: who asks; the deletion is written into the access log before it begins.
  ///   - address: the client's, for the access log.
  /// - Returns: what was deleted; `nil` when the credential may not.
  /// - Throws: `Problem` (exit 73) and deletes nothing when the plan is not what was approved.
  package func apply(
    _ approval: Approval, by credential: Credential, from address: String
  ) async throws -> [RetentionDeletion]? {
    let planned = try await planning.plan()
    let plan = planned.plan
    if let digest = approval.plan, plan.digest != digest {
      throw Problem(
        .cannotCreate, "the plan no longer fits", next: "look at a new plan: footage or policy changed meanwhile")
    }
    if let most = approval.atMost, plan.bytes > most {
      throw Problem(
        .cannotCreate, "the plan would delete \(plan.bytes) bytes, more than the \(most) that were allowed",
        next: "nothing was deleted; look at the plan: hearth retention plan")
    }
    var spans: [CameraID: TimeSpan] = [:]
    for segment in plan.all.map(\.segment) {
      let camera = segment.id.camera
      spans[camera] = TimeSpan(
        from: min(spans[camera]?.from ?? segment.span.from, segment.span.from),
        to: max(spans[camera]?.to ?? segment.span.to, segment.span.to))
    }
    guard try await household.deleting(credential, spans: spans, from: address, now: environment.now()) else {
      return nil
    }
    return try await executor.carryOut(plan.all, planned.files)
  }

  /// Deletes what the policy asks for, every five minutes, by the same plan that `retention plan` shows.
  func run() async throws {
    while true {
      try await environment.sleep(.seconds(300))
      do {
        let planned = try await planning.plan()
        try await executor.carryOut(planned.plan.deletions, planned.files, gently: true)
        try await expiry.expire(by: planned)
        for reason in planned.plan.held {
          environment.log.warning("retention is held", metadata: ["why": "\(reason)"])
        }
        try await household.sweep(now: environment.now())
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        environment.log.error("retention failed; it tries again", metadata: ["error": "\(error)"])
      }
      try await releaseMemory()
    }
  }

  /// Gives back the memory that a plan over much footage leaves allocated: nothing needs as much until the next.
  private func releaseMemory() async throws {
    catalog.releaseMemory()
    household.releaseMemory()
    // The databases let go once running accesses have ended.
    try await environment.sleep(.seconds(1))
    hearth_release_memory()
  }
}
