public import Domain

/// Which limit a segment goes for.
public enum RetentionRule: String, Hashable, Sendable, CaseIterable {
  case continuousAge, motionAge
  /// Nothing may be older, whatever it shows.
  case maximumAge
  case cameraBudget, householdBudget
  /// The volume must keep some room: see `DiskReserve`.
  case reserve
  /// No rule: a person chose it.
  case byHand
}

/// One segment that is to be deleted, and why.
public struct RetentionDeletion: Hashable, Sendable {
  public let segment: RetentionSegment
  public let rule: RetentionRule
  /// The reason with its numbers, for the deletion log: "older than 3d: ended 4d 2h ago".
  public let why: String
  /// Whether it was chosen as motion footage; what a person chose is not told apart.
  public let isMotion: Bool

  public init(segment: RetentionSegment, rule: RetentionRule, why: String, isMotion: Bool = false) {
    self.segment = segment
    self.rule = rule
    self.why = why
    self.isMotion = isMotion
  }
}

/// What to delete, in this order.
public struct RetentionPlan: Hashable, Sendable {
  public let deletions: [RetentionDeletion]
  /// What is chosen by a policy that was changed a short time ago: it waits, so that the change can be taken back, unless
  /// its room is needed.
  public var leaving: [RetentionDeletion] = []
  /// What the policy asks for and this plan does not do, each with its reason.
  public let held: [String]
  /// Whether everything that it depends on was listed. Else it must be made again from more of the footage: what it
  /// chooses and holds is not all, and means nothing by itself.
  public var isWhole = true

  /// What goes at once, and then what is leaving.
  public var all: [RetentionDeletion] { deletions + leaving }

  /// How much all of them free.
  public var bytes: UInt64 { all.reduce(0) { $0.addingClamped($1.segment.bytes) } }

  /// `deletions` in parts that are carried out one after the other, each in any order: at most `size` of one rule, and of
  /// continuous footage or of motion. So wherever a run is ended, no motion has gone before continuous footage that the
  /// same rule chose.
  public static func steps(_ deletions: [RetentionDeletion], ofAtMost size: Int) -> [[RetentionDeletion]] {
    var steps: [[RetentionDeletion]] = []
    for deletion in deletions {
      if let last = steps.last?.last, last.rule == deletion.rule, last.isMotion == deletion.isMotion,
        steps[steps.count - 1].count < size
      {
        steps[steps.count - 1].append(deletion)
      } else {
        steps.append([deletion])
      }
    }
    return steps
  }

  /// Decides; deletes nothing.
  ///
  /// First what is too old (continuous footage, then motion, oldest first), then what each camera has above its own budget,
  /// then what all have above the household's, then what each volume lacks of its reserve; for a budget and a reserve
  /// continuous footage goes before motion, oldest first. Protected and open segments are never in the plan, and what is
  /// younger than the minimum age is there only for the maximum's sake.
  ///
  /// - Parameters:
  ///   - clockTrusted: while the clock may be wrong, nothing is deleted for its age: a clock that jumps ahead would make
  ///     everything old.
  ///   - settled: what may go at once; all else that ages and budgets choose is leaving. `nil`: there is nothing to wait
  ///     for.
  public static func make(
    _ inventory: RetentionInventory, now: WallTime, clockTrusted: Bool, settled: Set<SegmentID>? = nil
  ) -> RetentionPlan {
    let planner = decided(inventory, now, clockTrusted, settled)
    return RetentionPlan(
      deletions: planner.deletions, leaving: planner.leaving, held: planner.held, isWhole: planner.isWhole)
  }

  /// What will become of `segments`, by the very decisions that `make` comes to; in order of time.
  public static func explain(
    _ segments: Set<SegmentID>, in inventory: RetentionInventory, now: WallTime, clockTrusted: Bool
  ) -> [RetentionExplanation] {
    decided(inventory, now, clockTrusted, nil).explain(segments)
  }

  private static func decided(
    _ inventory: RetentionInventory, _ now: WallTime, _ clockTrusted: Bool, _ settled: Set<SegmentID>?
  ) -> Planner {
    var planner = Planner(inventory, now: now, clockTrusted: clockTrusted, settled: settled)
    planner.applyAges()
    planner.applyBudgets()
    for volume in inventory.volumes { planner.apply(volume) }
    return planner
  }
}

private struct Planner {
  /// A segment with what its camera's events and protections say of it.
  private struct Item {
    let segment: RetentionSegment
    let camera: Int
    let isMotion: Bool
    let isProtected: Bool
    let isElsewhere: Bool
    /// Younger than the minimum age.
    let isYoung: Bool
    /// When it was recorded, for the order in which room is made.
    let place: Int64
    var isDeleted = false
    /// Counts as deleted for ages and budgets, and is there still.
    var isLeaving = false

    /// Whether its room is free then.
    var isGone: Bool { isDeleted && !isLeaving }

    var mayGo: Bool { !isProtected && !segment.isOpen && !isDeleted && !isYoung }
  }

  private let household: RetentionPolicy
  private let volumes: [RetentionVolume]
  /// By the index of the camera.
  private let ages: [RetentionAges]
  private let clockTrusted: Bool
  private let clockDoubt: String?
  private let cameras: [RetentionCamera]
  private let now: WallTime
  /// Oldest first, continuous before motion: the order of all rules.
  private var items: [Item] = []
  private(set) var deletions: [RetentionDeletion] = []
  /// By the index of the camera.
  private let unlisted: [UnlistedFootage?]
  /// False once a decision would have needed footage that is not listed.
  private(set) var isWhole = true
  private let settled: Set<SegmentID>?
  private var left: [(index: Int, deletion: RetentionDeletion)] = []
  var leaving: [RetentionDeletion] { left.filter { items[$0.index].isLeaving }.map(\.deletion) }
  private(set) var held: [String] = []

  init(_ inventory: RetentionInventory, now: WallTime, clockTrusted: Bool, settled: Set<SegmentID>?) {
    self.settled = settled
    household = inventory.household
    volumes = inventory.volumes
    self.clockTrusted = clockTrusted
    clockDoubt = inventory.clockDoubt
    // In an order of their own, so that the plan does not depend on the order of the input.
    cameras = inventory.cameras.sorted { $0.id < $1.id }
    self.now = now
    ages = cameras.map { $0.policy.ages(within: inventory.household) }
    // A clock that runs ahead must not make young footage old: then it is as old as the newest footage says.
    let newest = inventory.segments.map { $0.dated ?? $0.span.to }.max() ?? now
    let reference = clockTrusted ? now : min(now, newest)
    let index = Dictionary(cameras.enumerated().map { ($1.id, $0) }) { first, _ in first }
    unlisted = cameras.map { inventory.away[$0.id] == nil ? inventory.unlisted[$0.id] : nil }
    let events = cameras.map { camera in
      SpanSet(camera.events.compactMap { TimeSpan(from: $0.from - camera.preRoll, to: $0.to + camera.postRoll) })
    }
    // Should a camera be listed twice, what either entry protects stays.
    let protected = cameras.map { camera in SpanSet(cameras.filter { $0.id == camera.id }.flatMap(\.protected)) }
    var strangers = 0
    for camera in cameras {
      if let why = inventory.away[camera.id] { held.append("nothing of \(camera.name) is deleted: \(why)") }
    }
    for segment in inventory.segments where inventory.away[segment.id.camera] == nil {
      guard let camera = index[segment.id.camera] else {
        strangers += 1
        continue
      }
      let isMotion = events[camera].overlaps(segment.span)
      let age = reference.distance(since: segment.dated ?? segment.span.to)
      let extra = ages[camera].extra(segment.stream, isMotion: isMotion).nanoseconds
      items.append(
        Item(
          segment: segment, camera: camera, isMotion: isMotion, isProtected: protected[camera].overlaps(segment.span),
          isElsewhere: inventory.elsewhere.contains(segment.id),
          isYoung: ages[camera].minimum.map { age < $0.duration } ?? false,
          place: (segment.dated ?? segment.span.from).nanoseconds.addingClamped(extra)))
    }
    for (camera, footage) in inventory.unlisted where index[camera] == nil && inventory.away[camera] == nil {
      strangers += footage.segments
    }
    if strangers > 0 { held.append("\(count(strangers)) of no known camera: kept until somebody says whose they are") }
    items.sort { Self.order($0) < Self.order($1) }
    // How old all footage is follows from the newest then.
    if !clockTrusted, !inventory.unlisted.isEmpty { isWhole = false }
    for (ages, unlisted) in zip(ages, unlisted) {
      if let unlisted, let age = ages.shortest, now.distance(since: unlisted.from) > age.duration { isWhole = false }
    }
  }

  /// Whether it is certain that nothing of those cameras that is not listed comes before `item` where room is made: that
  /// may be continuous footage from `unlisted.from` on.
  private func isNext(_ item: Item, among cameras: (Int) -> Bool) -> Bool {
    unlisted.indices.allSatisfy { index in
      guard let footage = unlisted[index], cameras(index) else { return true }
      return !item.isMotion && item.place < footage.from.nanoseconds
    }
  }

  private func hasUnlisted(among cameras: (Int) -> Bool) -> Bool {
    unlisted.indices.contains { unlisted[$0] != nil && cameras($0) }
  }

  private static func order(_ item: Item) -> (Int, Int64, Int, UInt64, Int, RandomID) {
    let segment = item.segment
    return (
      item.isMotion ? 1 : 0, item.place, item.camera, segment.sequence,
      segment.stream == .main ? 0 : 1, segment.id.raw
    )
  }

  mutating func applyAges() {
    var waiting = 0
    var keptTooLong: [Int: Int] = [:]
    for index in items.indices where !items[index].segment.isOpen {
      let item = items[index]
      let ages = ages[item.camera]
      let age = now.distance(since: item.segment.dated ?? item.segment.span.to)
      let maximum = ages.maximum.flatMap { age > $0.duration ? $0 : nil }
      if item.isProtected {
        if maximum != nil { keptTooLong[item.camera, default: 0] += 1 }
        continue
      }
      let limit = ages.limit(item.segment.stream, isMotion: item.isMotion)
      guard maximum != nil || limit.map({ age > $0.duration && !item.isYoung }) ?? false else { continue }
      guard clockTrusted else {
        waiting += 1
        continue
      }
      if let limit, age > limit.duration, !item.isYoung {
        delete(
          index, item.isMotion ? .motionAge : .continuousAge,
          "\(kind(item))older than \(limit.text): ended \(words(age)) ago")
      } else if let maximum {
        delete(index, .maximumAge, "older than the maximum of \(maximum.text): ended \(words(age)) ago")
      }
    }
    if waiting > 0 {
      let why = clockDoubt.map { " (\($0))" } ?? ""
      held.append("the clock is not trusted\(why): \(count(waiting)) that the age rules would delete wait until it is")
    }
    for (camera, kept) in keptTooLong.sorted(by: { $0.key < $1.key }) {
      let maximum = ages[camera].maximum?.text ?? ""
      held.append("\(count(kept)) of \(cameras[camera].name) older than its maximum of \(maximum): protected")
    }
  }

  private func kind(_ item: Item) -> String {
    (item.segment.stream == .detect && ages[item.camera].extra(.detect, isMotion: item.isMotion) != .zero
      ? "detection stream's " : "") + (item.isMotion ? "motion " : "")
  }

  mutating func applyBudgets() {
    for (index, camera) in cameras.enumerated() {
      let own = { (camera: Int) in camera == index }
      if let budget = camera.policy.budget { apply(budget, .cameraBudget, "budget of \(camera.name)", among: own) }
      guard let percent = camera.policy.budgetPercent,
        let volume = volumes.first(where: { $0.cameras.contains(camera.id) }), let budget = volume.share(percent)
      else { continue }
      apply(
        budget, .cameraBudget, "budget of \(camera.name), \(percent)% of \(volume.name),", onVolume: true, among: own)
    }
    if let budget = household.budget { apply(budget, .householdBudget, "household budget") { _ in true } }
    guard let percent = household.budgetPercent else { return }
    for volume in volumes {
      guard let budget = volume.share(percent) else { continue }
      let ids = cameras.map(\.id)
      apply(budget, .householdBudget, "household budget, \(percent)% of \(volume.name),", onVolume: true) {
        volume.cameras.contains(ids[$0])
      }
    }
  }

  /// - Parameter isOnVolume: what lies elsewhere doesn't count.
  private mutating func apply(
    _ budget: ByteCount, _ rule: RetentionRule, _ name: String, onVolume isOnVolume: Bool = false,
    among cameras: (Int) -> Bool
  ) {
    func counts(_ item: Item) -> Bool { cameras(item.camera) && !(isOnVolume && item.isElsewhere) }
    var total = items.reduce(UInt64(0)) {
      !$1.isDeleted && counts($1) ? $0.addingClamped($1.segment.bytes) : $0
    }
    for (index, footage) in unlisted.enumerated() where cameras(index) {
      total = total.addingClamped(footage?.bytes ?? 0)
    }
    for index in items.indices where total > budget.bytes && items[index].mayGo && counts(items[index]) {
      let item = items[index]
      // An empty file would free nothing.
      guard item.segment.bytes > 0 else { continue }
      guard isNext(item, among: cameras) else { break }
      let over = ByteCount(total - budget.bytes)
      let kind = item.isMotion ? "no continuous left; oldest motion first" : "oldest continuous first"
      delete(index, rule, "\(name) \(budget) exceeded by \(over); \(kind)")
      total -= min(total, item.segment.bytes)
    }
    if total > budget.bytes, hasUnlisted(among: cameras) {
      isWhole = false
    } else if total > budget.bytes {
      let rest = items.filter { !$0.isDeleted && counts($0) }
      let protected = rest.filter(\.isProtected)
      let open = rest.filter { !$0.isProtected && $0.segment.isOpen }
      held.append(
        "\(name) \(budget) still exceeded by \(ByteCount(total - budget.bytes)): \(sum(protected)) protected, "
          + "\(sum(open)) still being written" + young(rest))
    }
  }

  /// Frees what a volume lacks of its reserve, counting what the other rules free on it already.
  mutating func apply(_ volume: RetentionVolume) {
    let reserve = volume.reserve
    guard volume.free < reserve.begins else { return }
    let ids = cameras.map(\.id)
    func isOn(_ camera: Int) -> Bool { volume.cameras.contains(ids[camera]) }
    func lies(_ item: Item) -> Bool { !item.isElsewhere && isOn(item.camera) }
    var free = items.reduce(volume.free) {
      $1.isGone && lies($1) ? $0.addingClamped($1.segment.bytes) : $0
    }
    let minutes = reserve.bytesPerSecond > 0 ? ", \(reserve.begins / reserve.bytesPerSecond / 60) min of footage" : ""
    let state =
      "\(volume.name) has \(ByteCount(volume.free)) free, less than its reserve of \(ByteCount(reserve.begins))\(minutes)"
    for index in items.indices where free < reserve.refills && (items[index].mayGo || items[index].isLeaving) {
      let item = items[index]
      guard lies(item), item.segment.bytes > 0 else { continue }
      guard isNext(item, among: isOn) else { break }
      let kind = item.isMotion ? "no continuous left; oldest motion first" : "oldest continuous first"
      delete(index, .reserve, "\(state); \(kind)")
      free = free.addingClamped(item.segment.bytes)
    }
    if free < reserve.refills, hasUnlisted(among: isOn) {
      isWhole = false
    } else if free < reserve.begins {
      let rest = items.filter { !$0.isDeleted && lies($0) }
      held.append(
        "\(state): nothing more may go, \(sum(rest.filter(\.isProtected))) is protected\(young(rest)); "
          + "recording stops at \(ByteCount(reserve.stops)) free")
    }
  }

  func explain(_ segments: Set<SegmentID>) -> [RetentionExplanation] {
    let deleted = Dictionary(deletions.map { ($0.segment.id, $0) }) { first, _ in first }
    return items.filter { segments.contains($0.segment.id) }
      .sorted { ($0.segment.span.from, $0.segment.id.raw) < ($1.segment.span.from, $1.segment.id.raw) }
      .map { explain($0, deleted[$0.segment.id]) }
  }

  private func explain(_ item: Item, _ deletion: RetentionDeletion?) -> RetentionExplanation {
    func kept(_ reason: String, until: WallTime? = nil) -> RetentionExplanation {
      RetentionExplanation(segment: item.segment, fate: .kept, reason: reason, until: until)
    }
    if let deletion {
      return RetentionExplanation(
        segment: item.segment, fate: .leaves, reason: "\(deletion.rule.rawValue): \(deletion.why)", until: nil)
    }
    if item.segment.isOpen { return kept("still being written") }
    if item.isProtected { return kept("protected") }
    let ages = ages[item.camera]
    let kind = item.isMotion ? "motion" : "continuous"
    // The minimum comes before its age, the maximum before both.
    let own = ages.limit(item.segment.stream, isMotion: item.isMotion).map { max($0, ages.minimum ?? $0) }
    let limit = [own, ages.maximum].compactMap { $0 }.min()
    let end = limit.map { (item.segment.dated ?? item.segment.span.to) + $0.duration }
    let reason =
      switch limit {
      case nil: "\(kind) footage without an age limit"
      case own: "\(kind) footage is kept \(limit?.text ?? "")"
      default: "the maximum is \(limit?.text ?? "")"
      }
    let young = item.isYoung ? "younger than the minimum of \(ages.minimum?.text ?? ""); " : ""
    return kept(young + reason, until: end)
  }

  private mutating func delete(_ index: Int, _ rule: RetentionRule, _ why: String) {
    items[index].isDeleted = true
    let item = items[index]
    let deletion = RetentionDeletion(segment: item.segment, rule: rule, why: why, isMotion: item.isMotion)
    // Want of room doesn't wait.
    items[index].isLeaving = rule != .reserve && !(settled?.contains(deletion.segment.id) ?? true)
    if items[index].isLeaving { left.append((index, deletion)) } else { deletions.append(deletion) }
  }

  /// What the minimum age keeps of `rest`, when it keeps any.
  private func young(_ rest: [Item]) -> String {
    let young = rest.filter { $0.isYoung && !$0.isProtected && !$0.segment.isOpen }
    return young.isEmpty ? "" : ", \(sum(young)) younger than the minimum age"
  }

  private func sum(_ items: [Item]) -> ByteCount {
    ByteCount(items.reduce(0) { $0.addingClamped($1.segment.bytes) })
  }

  private func count(_ segments: Int) -> String { segments == 1 ? "1 segment" : "\(segments) segments" }

  /// The two largest units: `4d 2h`, `5h 10m`, `40s`.
  private func words(_ age: Duration) -> String {
    let seconds = age.components.seconds
    let parts: [(Int64, String)] = [
      (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
    ]
    guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0s" }
    return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
  }
}

extension WallTime {
  /// The time from `earlier` to here; saturates instead of overflowing.
  fileprivate func distance(since earlier: WallTime) -> Duration {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return .nanoseconds(overflow ? (nanoseconds < 0 ? .min : .max) : difference)
  }
}

extension UInt64 {
  func addingClamped(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

extension Int64 {
  fileprivate func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
