import CLinux
import Catalog
import Crypto
import Domain
import FoundationEssentials
import HomeAPI
import Household
import Logging
import Retention
import Settings
import Vault

extension HomeCore {
  /// A plan with what it was made from.
  struct Planned {
    let plan: RetentionPlan
    let inventory: RetentionInventory
    let now: WallTime
    let files: [SegmentID: String]
    /// Until when what is leaving waits.
    let leaves: WallTime?
    /// Whether all that it depends on was read.
    let isWhole: Bool
  }

  /// A policy that is looked at before it is in force.
  struct Policy {
    var household: RetentionSettings?
    var cameras: [CameraID: CameraSettings] = [:]

    var isHypothetical: Bool { household != nil || !cameras.isEmpty }
  }

  func showRetention(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(try HouseStore(data: data).retention())
  }

  func changeRetention(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let retention = try request.decode(RetentionSettings.self)
    if retention.values.contains(where: { $0.value <= 0 }) {
      throw APIFailure(422, "a limit must be above zero", "leave it out for no limit")
    }
    try retention.validate()
    let store = HouseStore(data: data)
    let policy = Policy(household: retention == (try store.retention()) ? nil : retention)
    try await changePolicy(request, to: policy) { try store.setRetention(retention) }
    return try .json(retention)
  }

  func planRetention(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(API.RetentionPlan(try await retentionPlan()))
  }

  /// The plan that would be if a house file's retention were in force. Changes nothing.
  func planPolicy(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let house = try request.decode(API.RetentionPlanRequest<HouseFile>.self).house
    return try .json(API.RetentionPlan(try await retentionPlan(under: try await policy(of: house))))
  }

  /// The retention that a house file would bring.
  func policy(of house: HouseFile, mode: HousePlan.Mode = .apply) async throws -> Policy {
    let plan = HousePlan(
      house: house, current: try await current(), names: try HouseStore(data: data).names(), mode: mode)
    let known = Dictionary(await cameras.all.map { ($0.id, $0.retention) }) { first, _ in first }
    var policy = Policy()
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

  /// Deletes by the plan: the one that the body's `plan` names, or whatever the plan is now when it frees no more than
  /// `atMost` bytes.
  func applyRetention(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let wanted = try request.decode(API.ApplyRetentionRequest.self)
    guard wanted.plan != nil || wanted.atMost != nil else {
      throw APIFailure(400, "nothing says how much may be deleted", "give plan, as a plan names itself, or atMost")
    }
    let planned = try await retentionPlan()
    let plan = planned.plan
    if let name = wanted.plan, Self.digest(plan) != name {
      throw APIFailure(409, "the plan no longer fits", "look at a new plan: footage or policy changed meanwhile")
    }
    if let most = wanted.atMost, plan.bytes > most {
      throw APIFailure(
        409, "the plan would delete \(plan.bytes) bytes, more than the \(most) that were allowed",
        "nothing was deleted; look at the plan: hearth retention plan")
    }
    var spans: [CameraID: TimeSpan] = [:]
    for segment in plan.all.map(\.segment) {
      let camera = segment.id.camera
      spans[camera] = TimeSpan(
        from: min(spans[camera]?.from ?? segment.span.from, segment.span.from),
        to: max(spans[camera]?.to ?? segment.span.to, segment.span.to))
    }
    let allowed = try await household.deleting(
      try credential(request), spans: spans, from: request.peer, now: surroundings.now())
    guard allowed else { throw APIFailure.refused }
    let done = try await carryOut(plan.all, planned.files)
    return try .json(API.AppliedRetention(deleted: done.count, bytes: done.reduce(0) { $0 + $1.segment.bytes }))
  }

  /// What was deleted, newest first.
  func listDeletions(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    var allowed = AllowedCameras.all
    if let text = request.query["camera"] { allowed = .some([try await camera(named: text).id]) }
    let before = request.query["before"].map { Int64($0) }
    if case .some(nil) = before { throw APIFailure(400, "before is not a row", "use next of the part before") }
    let page = try await household.deletions(
      of: allowed, limit: try limit(request, standard: 100, most: 10_000), before: before ?? nil)
    let names = Dictionary(await cameras.all.map { ($0.id, $0.name) }) { first, _ in first }
    return try .json(
      API.DeletionPage(
        deletions: page.deletions.map {
          API.Deletion(
            camera: $0.camera.text, name: names[$0.camera] ?? "", file: $0.file, from: $0.span.from.rfc3339,
            to: $0.span.to.rfc3339, bytes: UInt64(clamping: $0.bytes), rule: $0.rule, reason: $0.why, at: $0.at.rfc3339)
        }, next: page.next))
  }

  /// What a plan would delete, as one short text: segments and rules, not the words with their running numbers.
  static func digest(_ plan: RetentionPlan) -> String {
    var hash = SHA256()
    for deletion in plan.all {
      hash.update(data: Array("\(deletion.segment.id) \(deletion.rule.rawValue)\n".utf8))
    }
    return Hex.encode(Array(hash.finalize().prefix(16)))
  }

  // MARK: - The planner's input

  /// How much of the footage is read for a plan.
  enum Listing {
    /// As much as the plan depends on: a little of a house with years of footage.
    case needed
    /// That, and all of one camera's.
    case all(of: CameraID)
    case everything
  }

  /// How many segments of each camera are read at first beyond those that are old enough for an age. It is what a plan
  /// takes of memory, whatever the house has recorded; a budget or a volume without room that needs more reads more.
  private static let listedBeyondAges = 100

  /// What is to be deleted now; under `policy`, when one is given, in place of the one in force.
  func retentionPlan(under policy: Policy = Policy(), listing: Listing = .needed) async throws -> Planned {
    try await lookThroughUnlessServed()
    var (more, whole) = (Self.listedBeyondAges, CameraID?.none)
    switch listing {
    case .needed: break
    case .all(let camera): whole = camera
    case .everything: more = .max
    }
    while more < .max {
      if let planned = try await retentionPlan(under: policy, more: more, whole: whole), planned.isWhole {
        return planned
      }
      more = more >= 100_000 ? .max : more * 8
    }
    guard let planned = try await retentionPlan(under: policy, more: more, whole: whole) else {
      throw Problem(.internalError, "a plan could not be made from all footage", next: "report this as a fault")
    }
    return planned
  }

  /// - Parameters:
  ///   - more: how many segments of each camera are read beyond those that are old enough for an age.
  ///   - whole: a camera of which all are read.
  /// - Returns: `nil` when it is certain beforehand that more is needed.
  private func retentionPlan(under policy: Policy, more: Int, whole: CameraID?) async throws -> Planned? {
    let listed = try folders.list().cameras
    let household = Self.policy(try policy.household ?? HouseStore(data: data).retention())
    let settings = listed.map { policy.cameras[$0.id] ?? $0 }
    let shortest = RetentionInventory(
      household: household,
      cameras: settings.map { RetentionCamera(id: $0.id, name: $0.name, policy: Self.policy($0.retention)) },
      segments: []
    ).shortestAge
    let reached = max(clockReading().now, await clock.highWater ?? clockReading().now)
    // An hour more than is needed, for the seconds that this takes and for times that are out of order.
    let until = shortest.map { reached - $0.duration + .seconds(3600) }
    let footage = try await catalog.beginnings(
      FootageQuery(until: until, more: more, whole: whole, recent: FootageMeasure.measured))

    let reading = clockReading()
    let verdict = try await clock.judge(reading, newest: footage.values.compactMap(\.newest).max())
    // A clock that lies behind what it has shown before makes nothing younger.
    let now = max(reading.now, await clock.highWater ?? reading.now)
    var inventory = RetentionInventory(household: household, cameras: [], segments: [])
    var files: [SegmentID: String] = [:]
    for (camera, beginning) in footage {
      var segments = beginning.segments.map(RetentionSegment.init)
      if segments.count < beginning.count {
        let from = SegmentDating.beginning(&segments, now: now)
        inventory.unlisted[camera] = UnlistedFootage(
          from: from, segments: beginning.count - segments.count,
          bytes: segments.reduce(UInt64(max(0, beginning.bytes))) { $0 - min($0, $1.bytes) })
      } else {
        SegmentDating.date(&segments, now: now)
      }
      for row in beginning.segments { files[row.id] = row.file }
      inventory.segments += segments
      inventory.measures[camera] = FootageMeasure(beginning)
    }
    // The age of all footage follows from the newest while the clock is in doubt.
    if verdict != .trusted, !inventory.unlisted.isEmpty { return nil }
    for camera in settings {
      inventory.cameras.append(
        try await retentionCamera(camera, now: now, listedUntil: listedEnd(of: camera, in: inventory, until)))
    }
    inventory.volumes = try await volumes(
      listed, inventory.measures, reserve: household.reserve?.duration ?? .zero, isInForce: !policy.isHypothetical)
    for camera in listed where !camera.places.isEmpty {
      inventory.away[camera.id] = vault.away(camera.id)
      guard inventory.away[camera.id] == nil else { continue }
      let elsewhere = try vault.filesElsewhere(of: camera.id)
      let own = inventory.segments.filter { segment in
        segment.id.camera == camera.id && files[segment.id].map(elsewhere.contains) ?? false
      }
      if own.count < elsewhere.count, inventory.unlisted[camera.id] != nil { return nil }
      inventory.elsewhere.formUnion(own.map(\.id))
    }
    if case .doubted(let why) = verdict {
      inventory.clockDoubt = "\(why); if it is right, say so: hearth retention trust-clock"
    }
    let trusted = verdict == .trusted
    let before = policy.isHypothetical ? nil : try planBefore(inventory, now: now, clockTrusted: trusted)
    let plan = RetentionPlan.make(
      inventory, now: now, clockTrusted: trusted, settled: before.map { Set($0.deletions.map(\.segment.id)) })
    return Planned(
      plan: plan.under(try await retentionHold()), inventory: inventory, now: now, files: files,
      leaves: try HouseStore(data: data).policyChange()?.end(now), isWhole: plan.isWhole && before?.isWhole ?? true)
  }

  /// Until when a camera's events matter to what is listed of it; `nil`: all do.
  private func listedEnd(of camera: CameraSettings, in inventory: RetentionInventory, _ until: WallTime?) -> WallTime? {
    guard inventory.unlisted[camera.id] != nil else { return nil }
    let last = inventory.segments.lazy.filter { $0.id.camera == camera.id }.map(\.span.to).max()
    let touched = last.map { $0 + .seconds(camera.preRollSeconds + 1) }
    // The maximum age ends events by themselves: all that are that old are known then too.
    return [touched, until].compactMap { $0 }.max() ?? WallTime(nanoseconds: 0)
  }

  /// - Parameter listedUntil: later events don't matter.
  private func retentionCamera(
    _ camera: CameraSettings, now: WallTime, listedUntil: WallTime?
  ) async throws -> RetentionCamera {
    let span = TimeSpan(from: WallTime(nanoseconds: 0), to: listedUntil ?? now + .seconds(86400))
    var events: [EventSpan] = []
    if let span { events = try await catalog.eventSpans(of: camera.id, overlapping: span) }
    return RetentionCamera(
      id: camera.id, name: camera.name, policy: Self.policy(camera.retention),
      preRoll: .seconds(camera.preRollSeconds), postRoll: .seconds(camera.postRollSeconds),
      events: events.compactMap { TimeSpan(from: $0.start, to: max($0.end ?? now, $0.start + .milliseconds(1))) },
      protected: try protectedSpans(of: camera, events: events, now: now))
  }

  static func policy(_ settings: RetentionSettings) -> RetentionPolicy {
    // Ages are kept in seconds and decided in whole hours: rounded up, so that nothing goes early.
    func age(_ seconds: Int64?) -> RetentionAge? {
      seconds.flatMap { $0 % 86400 == 0 ? RetentionAge($0 / 86400, .days) : RetentionAge(($0 + 3599) / 3600, .hours) }
    }
    return RetentionPolicy(
      continuous: age(settings.continuousSeconds), motion: age(settings.motionSeconds),
      detectContinuous: age(settings.detectContinuousSeconds), detectMotion: age(settings.detectMotionSeconds),
      minimum: age(settings.minimumSeconds), maximum: age(settings.maximumSeconds),
      budget: settings.budgetBytes.map { ByteCount(UInt64(max(0, $0))) },
      budgetPercent: settings.budgetPercent.map { Int($0) }, reserve: age(settings.reserveSeconds))
  }

  // MARK: - Deleting

  /// Reason into the deletion log, row marked, file unlinked and folder made durable, row removed: in this order, so that
  /// a cut at any point leaves what the next start finishes. What was protected since the plan was made stays.
  ///
  /// - Returns: what was deleted.
  @discardableResult
  func carryOut(
    _ deletions: [RetentionDeletion], _ files: [SegmentID: String], gently: Bool = false
  ) async throws -> [RetentionDeletion] {
    var done: [RetentionDeletion] = []
    // Small steps: nobody waits long for the catalog, and a stop loses little.
    for (index, step) in RetentionPlan.steps(deletions, ofAtMost: 50).enumerated() {
      if gently, index > 0 { try await surroundings.sleep(.milliseconds(100)) }
      for (camera, part) in Dictionary(grouping: step, by: \.segment.id.camera).sorted(by: { $0.key < $1.key }) {
        // Nobody protects anything of the camera between the look at its marks and the end of the step.
        done += try await markTurns.take(camera) { try await carryOut(step: part, of: camera, files) }
      }
    }
    return done
  }

  private func carryOut(
    step: [RetentionDeletion], of camera: CameraID, _ files: [SegmentID: String]
  ) async throws -> [RetentionDeletion] {
    let protected = SpanSet(try marks(of: camera).map(\.span))
    let step = step.filter { files[$0.segment.id] != nil && !protected.overlaps($0.segment.span) }
    let ids = step.map(\.segment.id)
    try await household.record(
      step.map { deletion in
        Deletion(
          camera: camera, file: files[deletion.segment.id] ?? "", span: deletion.segment.span,
          bytes: Int64(clamping: deletion.segment.bytes), rule: deletion.rule.rawValue, why: deletion.why,
          at: surroundings.now())
      })
    try surroundings.reached("deletions noted")
    try await catalog.mark(ids, as: .deleting)
    try surroundings.reached("rows marked")
    for id in ids {
      if let file = files[id] { try vault.delete(file, of: camera) }
      try surroundings.reached("file deleted")
    }
    try await deleteFilmstrip(of: [camera: step.map(\.segment.span)])
    try await catalog.remove(ids)
    try surroundings.reached("rows removed")
    return step
  }

  /// Finishes deletions that a stop interrupted: their reasons are in the log already.
  func finishDeletions() async throws {
    // What may lie on a volume that is away is finished when that is back.
    let rows = try await catalog.segmentsMarkedAsDeleting().filter { vault.away($0.camera) == nil }
    for row in rows { try vault.delete(row.file, of: row.camera) }
    try await deleteFilmstrip(of: Dictionary(grouping: rows, by: \.camera).mapValues { $0.map(\.span) })
    try await catalog.remove(rows.map(\.id))
  }

  /// Deletes what the policy asks for, every five minutes, by the same plan that `retention plan` shows.
  func keepRetention() async throws {
    while true {
      try await surroundings.sleep(.seconds(300))
      do {
        let planned = try await retentionPlan()
        let plan = planned.plan
        try await carryOut(plan.deletions, planned.files, gently: true)
        try await expireEvents(planned)
        for reason in plan.held { surroundings.log.warning("retention is held", metadata: ["why": "\(reason)"]) }
        try await household.sweep(now: surroundings.now())
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        surroundings.log.error("retention failed; it tries again", metadata: ["error": "\(error)"])
      }
      try await releaseMemory()
    }
  }
}

extension HomeCore {
  /// Gives back what a plan over much footage leaves behind: nothing needs as much until the next.
  private func releaseMemory() async throws {
    catalog.releaseMemory()
    household.releaseMemory()
    // The databases let go once running accesses have ended.
    try await surroundings.sleep(.seconds(1))
    hearth_release_memory()
  }
}

extension RetentionSegment {
  /// As the catalog lists it; what it lists is never open.
  fileprivate init(_ row: CatalogSegment) {
    self.init(
      id: row.id, stream: row.stream, sequence: UInt64(max(0, row.sequence)), span: row.span,
      bytes: UInt64(max(0, row.bytes)), isOpen: false)
  }
}

extension FootageMeasure {
  fileprivate init(_ beginning: FootageBeginning) {
    self.init()
    bytes = UInt64(max(0, beginning.bytes))
    newest = beginning.newest
    recent = Stretch(beginning.recent)
    lastHour = Stretch(beginning.lastHour)
  }
}

extension FootageMeasure.Stretch {
  fileprivate init(_ stretch: FootageBeginning.Stretch) {
    self.init(bytes: UInt64(max(0, stretch.bytes)), first: stretch.first)
  }
}

extension API.RetentionPlan {
  init(_ planned: HomeCore.Planned) {
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
      waiting: waiting, held: plan.held + forecasts.compactMap(\.warning), plan: HomeCore.digest(plan))
  }
}
