import Domain
import HomeAPI
import Household
import Housekeeping
import Logging
import Retention
import Settings

/// What retention is about to delete, does delete on request, and has deleted.
struct RetentionController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let registry: CameraRegistry
  let household: Household
  let planning: RetentionPlanning
  let enforcement: RetentionEnforcement
  let clock: ClockKeeper

  func plan(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    return try .json(API.RetentionPlan(try await planning.plan()))
  }

  /// Deletes by the plan: the one that the body's `plan` names, or whatever the plan is now when it frees no more than
  /// `atMost` bytes.
  func apply(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let wanted = try request.decode(API.ApplyRetentionRequest.self)
    guard wanted.plan != nil || wanted.atMost != nil else {
      throw APIFailure(400, "nothing says how much may be deleted", "give plan, as a plan names itself, or atMost")
    }
    let approval = RetentionEnforcement.Approval(plan: wanted.plan, atMost: wanted.atMost)
    guard
      let done = try await enforcement.apply(approval, by: try access.credential(request), from: request.peer)
    else { throw APIFailure.refused }
    return try .json(API.AppliedRetention(deleted: done.count, bytes: done.reduce(0) { $0 + $1.segment.bytes }))
  }

  /// What was deleted, newest first.
  func deletions(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    var allowed = AllowedCameras.all
    if let text = request.query["camera"] { allowed = .some([try await registry.camera(named: text).id]) }
    let before = try request.before()
    let page = try await household.deletions(
      of: allowed, limit: try request.limit(standard: 100, most: 10_000), before: before)
    let names = Dictionary(await registry.all.map { ($0.id, $0.name) }) { first, _ in first }
    return try .json(
      API.DeletionPage(
        deletions: page.deletions.map {
          API.Deletion(
            camera: $0.camera.text, name: names[$0.camera] ?? "", file: $0.file, from: $0.span.from.rfc3339,
            to: $0.span.to.rfc3339, bytes: UInt64(clamping: $0.bytes), rule: $0.rule, reason: $0.why, at: $0.at.rfc3339)
        }, next: page.next))
  }

  /// The owner confirms that the clock is right: footage may be deleted for its age again.
  func trustClock(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let reading = environment.clockReading
    try await clock.confirm(reading)
    environment.log.notice("the owner says that the clock is right", metadata: ["now": "\(reading.now.rfc3339)"])
    return try .json(API.TrustedClock(now: reading.now.rfc3339))
  }
}

extension API.RetentionPlan {
  init(_ planned: PlannedRetention) {
    let names = Dictionary(planned.inventory.cameras.map { ($0.id, $0.name) }) { first, _ in first }
    let plan = planned.plan
    let leaves = planned.leaves?.rfc3339
    let isLeaving = Set(plan.leaving.map(\.segment.id))
    let forecasts = RetentionForecast.make(planned.inventory, without: plan.all)
    var waiting = ""
    if !plan.leaving.isEmpty, let leaves {
      waiting =
        "\(plan.leaving.count) of them wait until \(leaves), since the policy was changed: "
        + "hearth retention undo takes that back, hearth retention apply doesn't wait"
    }
    self.init(
      bytes: plan.bytes,
      deletions: plan.all.map {
        let camera = $0.segment.id.camera
        return Deletion(
          camera: camera.text, name: names[camera] ?? "", file: planned.files[$0.segment.id] ?? "",
          from: $0.segment.span.from.rfc3339, to: $0.segment.span.to.rfc3339, bytes: $0.segment.bytes,
          rule: $0.rule.rawValue, reason: $0.why, leaves: isLeaving.contains($0.segment.id) ? leaves : nil)
      },
      forecast: forecasts.map {
        Forecast(
          camera: $0.camera.text, name: $0.name, bytes: $0.bytes, bytesPerDay: $0.bytesPerDay,
          days: $0.days.map { ($0 * 10).rounded(.down) / 10 }, limit: $0.limit?.rawValue)
      },
      summary: plan.all.isEmpty
        ? "nothing is to be deleted" : "\(plan.all.count) segments, \(ByteCount(plan.bytes)), would be deleted",
      waiting: waiting, held: plan.held + forecasts.compactMap(\.warning), plan: plan.digest)
  }
}
