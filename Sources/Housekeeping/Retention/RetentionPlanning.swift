import Catalog
import Crypto
import Domain
package import Retention
import Seal
import Settings
import Vault

/// Makes retention plans: reads what the planner decides from, and deletes nothing.
package struct RetentionPlanning: Sendable {
  let environment: ServerEnvironment
  let store: HouseStore
  let catalog: Catalog
  let vault: Vault
  let folders: CameraFolders
  let protections: Protections
  let clock: ClockKeeper
  let volumes: VolumeSpaceReader
  let scanner: FolderScanner
  let holds: RetentionHoldReader

  /// How many segments of each camera are read at first beyond those that are old enough for an age. It bounds what a plan
  /// takes of memory, whatever has been recorded; a budget or a full volume that needs more reads more.
  private static let listedBeyondAges = 100

  /// What is to be deleted now; under `policy`, when one is given, in place of the one in force.
  package func plan(
    under policy: ProposedPolicy = ProposedPolicy(), listing: RetentionListing = .needed
  ) async throws -> PlannedRetention {
    try await scanner.scanUnlessServed()
    var (more, whole) = (Self.listedBeyondAges, CameraID?.none)
    switch listing {
    case .needed: break
    case .all(let camera): whole = camera
    case .everything: more = .max
    }
    while more < .max {
      if let planned = try await plan(under: policy, more: more, whole: whole), planned.isWhole { return planned }
      more = more >= 100_000 ? .max : more * 8
    }
    guard let planned = try await plan(under: policy, more: more, whole: whole) else {
      throw Problem(.internalError, "a plan could not be made from all footage", next: "report this as a fault")
    }
    return planned
  }

  /// Scans what was not scanned yet, where no server does: what a plan or a question about footage needs.
  package func scanUnlessServed() async throws { try await scanner.scanUnlessServed() }

  /// What one plan is made from, while it is being read.
  fileprivate struct Reading {
    var inventory: RetentionInventory
    var files: [SegmentID: String] = [:]
    let now: WallTime
    let verdict: ClockTrust.Verdict
    /// Footage up to this is old enough for some age; `nil` without ages.
    let until: WallTime?
  }

  /// - Parameters:
  ///   - more: how many segments of each camera are read beyond those that are old enough for an age.
  ///   - whole: a camera of which all are read.
  /// - Returns: `nil` when it is certain beforehand that more is needed.
  private func plan(under policy: ProposedPolicy, more: Int, whole: CameraID?) async throws -> PlannedRetention? {
    let listed = try folders.list().cameras
    let household = RetentionPolicy(try policy.household ?? store.retention())
    let settings = listed.map { policy.cameras[$0.id] ?? $0 }
    var reading = try await footage(household, settings, more: more, whole: whole)
    // The age of all footage follows from the newest while the clock is in doubt.
    if reading.verdict != .trusted, !reading.inventory.unlisted.isEmpty { return nil }
    for camera in settings {
      let end = listedEnd(of: camera, in: reading.inventory, reading.until)
      reading.inventory.cameras.append(try await retentionCamera(camera, now: reading.now, listedUntil: end))
    }
    reading.inventory.volumes = try await volumes.volumes(
      listed, reading.inventory.measures, reserve: household.reserve?.duration ?? .zero,
      isInForce: !policy.isHypothetical)
    guard try findElsewhere(listed, &reading) else { return nil }
    return try await decide(reading, isInForce: !policy.isHypothetical)
  }

  /// The cameras' footage as the catalog lists it, with the ages that the clock allows.
  private func footage(
    _ household: RetentionPolicy, _ settings: [CameraSettings], more: Int, whole: CameraID?
  ) async throws -> Reading {
    let shortest = RetentionInventory(
      household: household,
      cameras: settings.map { RetentionCamera(id: $0.id, name: $0.name, policy: RetentionPolicy($0.retention)) },
      segments: []
    ).shortestAge
    let reached = max(environment.now(), await clock.highWater ?? environment.now())
    // An hour more than is needed, for the seconds that this takes and for times that are out of order.
    let until = shortest.map { reached - $0.duration + .seconds(3600) }
    let footage = try await catalog.beginnings(
      FootageQuery(until: until, more: more, whole: whole, recent: FootageMeasure.measured))
    let time = environment.clockReading
    let verdict = try await clock.judge(time, newest: footage.values.compactMap(\.newest).max())
    // A clock that is behind what it has shown before makes nothing younger.
    let now = max(time.now, await clock.highWater ?? time.now)
    var reading = Reading(
      inventory: RetentionInventory(household: household, cameras: [], segments: []), now: now, verdict: verdict,
      until: until)
    for (camera, beginning) in footage { reading.add(beginning, of: camera) }
    if case .doubted(let why) = verdict {
      reading.inventory.clockDoubt = "\(why); if it is right, say so: hearth retention trust-clock"
    }
    return reading
  }

  /// Finds what is offline, and what is not where its camera records now.
  ///
  /// - Returns: `false` when more footage must be read to know.
  private func findElsewhere(_ listed: [CameraSettings], _ reading: inout Reading) throws -> Bool {
    for camera in listed where !camera.places.isEmpty {
      reading.inventory.away[camera.id] = vault.away(camera.id)
      guard reading.inventory.away[camera.id] == nil else { continue }
      let elsewhere = try vault.filesElsewhere(of: camera.id)
      let own = reading.inventory.segments.filter { segment in
        segment.id.camera == camera.id && reading.files[segment.id].map(elsewhere.contains) ?? false
      }
      if own.count < elsewhere.count, reading.inventory.unlisted[camera.id] != nil { return false }
      reading.inventory.elsewhere.formUnion(own.map(\.id))
    }
    return true
  }

  private func decide(_ reading: Reading, isInForce: Bool) async throws -> PlannedRetention {
    let trusted = reading.verdict == .trusted
    let before = isInForce ? try planBefore(reading.inventory, now: reading.now, clockTrusted: trusted) : nil
    let plan = RetentionPlan.make(
      reading.inventory, now: reading.now, clockTrusted: trusted,
      settled: before.map { Set($0.deletions.map(\.segment.id)) })
    return PlannedRetention(
      plan: plan.under(try await holds.hold()), inventory: reading.inventory, now: reading.now, files: reading.files,
      leaves: try store.policyChange()?.end(reading.now), isWhole: plan.isWhole && before?.isWhole ?? true)
  }

  /// What the policy before the last change would delete, while that can be undone: the rest waits.
  private func planBefore(
    _ inventory: RetentionInventory, now: WallTime, clockTrusted: Bool
  ) throws -> RetentionPlan? {
    guard let change = try store.policyChange(), change.end(now) != nil else { return nil }
    var before = inventory
    before.household = RetentionPolicy(change.household)
    for index in before.cameras.indices {
      guard let retention = change.cameras[before.cameras[index].id.text] else { continue }
      before.cameras[index].policy = RetentionPolicy(retention)
    }
    return RetentionPlan.make(before, now: now, clockTrusted: clockTrusted)
  }

  /// Until when a camera's events matter to what is listed of it; `nil`: all do.
  private func listedEnd(of camera: CameraSettings, in inventory: RetentionInventory, _ until: WallTime?) -> WallTime? {
    guard inventory.unlisted[camera.id] != nil else { return nil }
    let last = inventory.segments.lazy.filter { $0.id.camera == camera.id }.map(\.span.to).max()
    let touched = last.map { $0 + .seconds(camera.preRollSeconds + 1) }
    // The maximum age ends events too: all that are that old are known then.
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
      id: camera.id, name: camera.name, policy: RetentionPolicy(camera.retention),
      preRoll: .seconds(camera.preRollSeconds), postRoll: .seconds(camera.postRollSeconds),
      events: events.compactMap { TimeSpan(from: $0.start, to: max($0.end ?? now, $0.start + .milliseconds(1))) },
      protected: try protections.kept(of: camera, events: events, now: now))
  }
}

extension RetentionPlanning.Reading {
  fileprivate mutating func add(_ beginning: FootageBeginning, of camera: CameraID) {
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
}

extension RetentionPlan {
  /// Names what the plan would delete in one short text: segments and rules, not the reasons with their running numbers.
  package var digest: String {
    var hash = SHA256()
    for deletion in all {
      hash.update(data: Array("\(deletion.segment.id) \(deletion.rule.rawValue)\n".utf8))
    }
    return Hex.encode(Array(hash.finalize().prefix(16)))
  }
}

extension RetentionPolicy {
  /// As it is kept in the settings.
  init(_ settings: RetentionSettings) {
    // Ages are kept in seconds and decided in whole hours: rounded up, so that nothing goes early.
    func age(_ seconds: Int64?) -> RetentionAge? {
      seconds.flatMap { $0 % 86400 == 0 ? RetentionAge($0 / 86400, .days) : RetentionAge(($0 + 3599) / 3600, .hours) }
    }
    self.init(
      continuous: age(settings.continuousSeconds), motion: age(settings.motionSeconds),
      detectContinuous: age(settings.detectContinuousSeconds), detectMotion: age(settings.detectMotionSeconds),
      minimum: age(settings.minimumSeconds), maximum: age(settings.maximumSeconds),
      budget: settings.budgetBytes.map { ByteCount(UInt64(max(0, $0))) },
      budgetPercent: settings.budgetPercent.map { Int($0) }, reserve: age(settings.reserveSeconds))
  }
}

extension RetentionSegment {
  /// As the catalog lists it; what it lists is never open.
  init(_ row: CatalogSegment) {
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
