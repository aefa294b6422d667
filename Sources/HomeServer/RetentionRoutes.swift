import Catalog
import Crypto
import Domain
import FoundationEssentials
import Household
import Logging
import Retention
import Settings
import Vault
import WorkerProtocol

extension HomeCore {
  private struct PlanBody: Encodable {
    struct Item: Encodable {
      let camera: String
      let file: String
      let start: String
      let end: String
      let bytes: UInt64
      let rule: String
      let why: String
    }
    let delete: [Item]
    let bytes: UInt64
    let summary: String
    let held: [String]
    /// What `apply` must name: a plan that no longer fits is refused.
    let plan: String
  }

  func showRetention(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(try HouseStore(data: data).retention())
  }

  func changeRetention(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let retention = try request.decode(RetentionSettings.self)
    for value in [retention.continuousSeconds, retention.motionSeconds, retention.budgetBytes] {
      if let value, value <= 0 { throw APIFailure(422, "a limit must be above zero", "leave it out for no limit") }
    }
    try HouseStore(data: data).setRetention(retention)
    return try .json(retention)
  }

  func planRetention(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let (plan, files) = try await retentionPlan()
    let items = plan.deletions.map {
      PlanBody.Item(
        camera: $0.segment.id.camera.text, file: files[$0.segment.id] ?? "", start: $0.segment.span.from.rfc3339,
        end: $0.segment.span.to.rfc3339, bytes: $0.segment.bytes, rule: $0.rule.rawValue, why: $0.why)
    }
    let summary =
      items.isEmpty
      ? "nothing is to be deleted" : "\(items.count) segments, \(ByteCount(plan.bytes)), would be deleted"
    return try .json(
      PlanBody(delete: items, bytes: plan.bytes, summary: summary, held: plan.held, plan: Self.digest(plan)))
  }

  func applyRetention(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable { var plan: String }
    struct Done: Encodable {
      let deleted: Int
      let bytes: UInt64
    }
    _ = try await owner(request)
    let wanted = try request.decode(Body.self).plan
    let (plan, files) = try await retentionPlan()
    guard Self.digest(plan) == wanted else {
      throw APIFailure(409, "the plan no longer fits", "look at a new plan: footage or policy changed meanwhile")
    }
    var spans: [CameraID: TimeSpan] = [:]
    for segment in plan.deletions.map(\.segment) {
      let camera = segment.id.camera
      spans[camera] = TimeSpan(
        from: min(spans[camera]?.from ?? segment.span.from, segment.span.from),
        to: max(spans[camera]?.to ?? segment.span.to, segment.span.to))
    }
    let allowed = try await household.deleting(
      try credential(request), spans: spans, from: request.peer, now: surroundings.now())
    guard allowed else { throw APIFailure.refused }
    try await carryOut(plan.deletions, files)
    return try .json(Done(deleted: plan.deletions.count, bytes: plan.bytes))
  }

  /// What a plan would delete, as one short text: segments and rules, not the words with their running numbers.
  private static func digest(_ plan: RetentionPlan) -> String {
    var hash = SHA256()
    for deletion in plan.deletions {
      hash.update(data: Array("\(deletion.segment.id) \(deletion.rule.rawValue)\n".utf8))
    }
    return Hex.encode(Array(hash.finalize().prefix(16)))
  }

  // MARK: - The planner's input

  func retentionPlan() async throws -> (RetentionPlan, [SegmentID: String]) {
    try await lookThroughUnlessServed()
    var segments: [RetentionSegment] = []
    var files: [SegmentID: String] = [:]
    var cursor: InventoryCursor?
    var newest: WallTime?
    repeat {
      let page = try await catalog.inventory(after: cursor)
      for row in page.segments where row.state == .present {
        segments.append(
          RetentionSegment(
            id: row.id, stream: row.stream, sequence: UInt64(max(0, row.sequence)), span: row.span,
            bytes: UInt64(max(0, row.bytes)), isOpen: false))
        files[row.id] = row.file
        newest = max(newest ?? row.span.to, row.span.to)
      }
      cursor = page.next
    } while cursor != nil
    let reading = clockReading()
    let verdict = try await clock.judge(reading, newest: newest)
    // A clock that lies behind what it has shown before makes nothing younger.
    let now = max(reading.now, await clock.highWater ?? reading.now)
    SegmentDating.date(&segments, now: now)
    let listed = try folders.list().cameras
    var cameras: [RetentionCamera] = []
    for camera in listed { cameras.append(try await retentionCamera(camera, now: now)) }
    var inventory = RetentionInventory(
      household: Self.policy(try HouseStore(data: data).retention()), cameras: cameras, segments: segments)
    inventory.volumes = try await volumes(listed, segments)
    var elsewhere: [CameraID: Set<String>] = [:]
    for camera in listed where !camera.places.isEmpty {
      inventory.away[camera.id] = vault.away(camera.id)
      if inventory.away[camera.id] == nil { elsewhere[camera.id] = try vault.filesElsewhere(of: camera.id) }
    }
    for segment in segments {
      guard let away = elsewhere[segment.id.camera], let file = files[segment.id], away.contains(file) else { continue }
      inventory.elsewhere.insert(segment.id)
    }
    if case .doubted(let why) = verdict {
      inventory.clockDoubt = "\(why); if it is right, say so: hearth retention trust-clock"
    }
    let plan = RetentionPlan.make(inventory, now: now, clockTrusted: verdict == .trusted)
    return (plan.under(try await retentionHold()), files)
  }

  private func retentionCamera(_ camera: CameraSettings, now: WallTime) async throws -> RetentionCamera {
    let always = TimeSpan(from: WallTime(nanoseconds: 0), to: now + .seconds(86400))
    var events: [TimeSpan] = []
    if let always {
      events = try await catalog.eventSpans(of: camera.id, overlapping: always)
        .compactMap { TimeSpan(from: $0.start, to: max($0.end ?? now, $0.start + .milliseconds(1))) }
    }
    return RetentionCamera(
      id: camera.id, name: camera.name, policy: Self.policy(camera.retention),
      preRoll: .seconds(camera.preRollSeconds), postRoll: .seconds(camera.postRollSeconds), events: events,
      protected: try Marks(folder: data.cameraPath(camera.id)).protected())
  }

  private static func policy(_ settings: RetentionSettings) -> RetentionPolicy {
    // Ages are kept in seconds and decided in whole hours: rounded up, so that nothing goes early.
    func age(_ seconds: Int64?) -> RetentionAge? {
      seconds.flatMap { $0 % 86400 == 0 ? RetentionAge($0 / 86400, .days) : RetentionAge(($0 + 3599) / 3600, .hours) }
    }
    return RetentionPolicy(
      continuous: age(settings.continuousSeconds), motion: age(settings.motionSeconds),
      budget: settings.budgetBytes.map { ByteCount(UInt64(max(0, $0))) })
  }

  // MARK: - Deleting

  /// Row marked, file unlinked and folder made durable, row into the deletion log: in this order, so that a cut at any
  /// point leaves what the next start finishes.
  func carryOut(_ deletions: [RetentionDeletion], _ files: [SegmentID: String]) async throws {
    // Small steps: nobody waits long for the catalog, and a stop loses little.
    for start in stride(from: 0, to: deletions.count, by: 50) {
      let step = deletions[start..<min(start + 50, deletions.count)]
      let ids = step.map(\.segment.id)
      try await household.record(
        step.compactMap { deletion in
          files[deletion.segment.id].map {
            Deletion(
              camera: deletion.segment.id.camera, file: $0, span: deletion.segment.span,
              bytes: Int64(clamping: deletion.segment.bytes), rule: deletion.rule.rawValue, why: deletion.why,
              at: surroundings.now())
          }
        })
      try await catalog.mark(ids, as: .deleting)
      for deletion in step {
        if let file = files[deletion.segment.id] { try vault.delete(file, of: deletion.segment.id.camera) }
      }
      try await catalog.remove(ids)
    }
  }

  /// Finishes deletions that a stop interrupted: their reasons are in the log already.
  func finishDeletions() async throws {
    // What may lie on a volume that is away is finished when that is back.
    let rows = try await catalog.segmentsMarkedAsDeleting().filter { vault.away($0.camera) == nil }
    for row in rows { try vault.delete(row.file, of: row.camera) }
    try await catalog.remove(rows.map(\.id))
  }

  /// Deletes what the policy asks for, every five minutes, by the same plan that `retention plan` shows.
  func keepRetention() async throws {
    while true {
      try await surroundings.sleep(.seconds(300))
      do {
        let (plan, files) = try await retentionPlan()
        try await carryOut(plan.deletions, files)
        for reason in plan.held { surroundings.log.warning("retention is held", metadata: ["why": "\(reason)"]) }
        try await household.sweep(now: surroundings.now())
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        surroundings.log.error("retention failed; it tries again", metadata: ["error": "\(error)"])
      }
    }
  }
}
