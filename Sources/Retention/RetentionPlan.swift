public import Domain

/// Which limit a segment goes for.
public enum RetentionRule: String, Hashable, Sendable, CaseIterable {
  case continuousAge, motionAge, cameraBudget, householdBudget
  /// The volume must keep some room: see `DiskReserve`.
  case reserve
}

/// One segment that is to be deleted, and why.
public struct RetentionDeletion: Hashable, Sendable {
  public let segment: RetentionSegment
  public let rule: RetentionRule
  /// The reason with its numbers, for the deletion log: "older than 3d: ended 4d 2h ago".
  public let why: String
}

/// What to delete, in this order.
public struct RetentionPlan: Hashable, Sendable {
  public let deletions: [RetentionDeletion]
  /// What the policy asks for and this plan does not do, each with its reason.
  public let held: [String]

  /// How much the deletions free.
  public var bytes: UInt64 { deletions.reduce(0) { $0.addingClamped($1.segment.bytes) } }

  /// Decides; deletes nothing.
  ///
  /// First what is too old (continuous footage, then motion, oldest first), then what each camera has above its own budget,
  /// then what all have above the household's, then what each volume lacks of its reserve; for a budget and a reserve
  /// continuous footage goes before motion, oldest first. Protected and open segments are never in the plan.
  ///
  /// - Parameter clockTrusted: while the clock may be wrong, nothing is deleted for its age: a clock that jumps ahead
  ///   would make everything old.
  public static func make(_ inventory: RetentionInventory, now: WallTime, clockTrusted: Bool) -> RetentionPlan {
    var planner = Planner(inventory, now: now)
    planner.applyAges(clockTrusted: clockTrusted)
    planner.applyBudgets()
    for volume in inventory.volumes { planner.apply(volume) }
    return RetentionPlan(deletions: planner.deletions, held: planner.held)
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
    var isDeleted = false

    var mayGo: Bool { !isProtected && !segment.isOpen && !isDeleted }
  }

  private let household: RetentionPolicy
  private let clockDoubt: String?
  private let cameras: [RetentionCamera]
  private let now: WallTime
  /// Oldest first, continuous before motion: the order of all rules.
  private var items: [Item] = []
  private(set) var deletions: [RetentionDeletion] = []
  private(set) var held: [String] = []

  init(_ inventory: RetentionInventory, now: WallTime) {
    household = inventory.household
    clockDoubt = inventory.clockDoubt
    // In an order of their own, so that the plan does not depend on the order of the input.
    cameras = inventory.cameras.sorted { $0.id < $1.id }
    self.now = now
    let index = Dictionary(cameras.enumerated().map { ($1.id, $0) }) { first, _ in first }
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
      items.append(
        Item(
          segment: segment, camera: camera, isMotion: events[camera].overlaps(segment.span),
          isProtected: protected[camera].overlaps(segment.span),
          isElsewhere: inventory.elsewhere.contains(segment.id)))
    }
    if strangers > 0 { held.append("\(count(strangers)) of no known camera: kept until somebody says whose they are") }
    items.sort { Self.order($0) < Self.order($1) }
  }

  private static func order(_ item: Item) -> (Int, Int64, Int, UInt64, Int, RandomID) {
    let segment = item.segment
    return (
      item.isMotion ? 1 : 0, (segment.dated ?? segment.span.from).nanoseconds, item.camera, segment.sequence,
      segment.stream == .main ? 0 : 1, segment.id.raw
    )
  }

  mutating func applyAges(clockTrusted: Bool) {
    var waiting = 0
    for index in items.indices where items[index].mayGo {
      let item = items[index]
      let own = cameras[item.camera].policy
      guard let limit = item.isMotion ? own.motion ?? household.motion : own.continuous ?? household.continuous else {
        continue
      }
      let age = now.distance(since: item.segment.dated ?? item.segment.span.to)
      guard age > limit.duration else { continue }
      guard clockTrusted else {
        waiting += 1
        continue
      }
      delete(
        index, item.isMotion ? .motionAge : .continuousAge,
        "\(item.isMotion ? "motion " : "")older than \(limit.text): ended \(words(age)) ago")
    }
    if waiting > 0 {
      let why = clockDoubt.map { " (\($0))" } ?? ""
      held.append("the clock is not trusted\(why): \(count(waiting)) that the age rules would delete wait until it is")
    }
  }

  mutating func applyBudgets() {
    for (index, camera) in cameras.enumerated() {
      guard let budget = camera.policy.budget else { continue }
      apply(budget, .cameraBudget, "budget of \(camera.name)") { $0.camera == index }
    }
    if let budget = household.budget { apply(budget, .householdBudget, "household budget") { _ in true } }
  }

  private mutating func apply(
    _ budget: ByteCount, _ rule: RetentionRule, _ name: String, counts: (Item) -> Bool
  ) {
    var total = items.reduce(UInt64(0)) {
      !$1.isDeleted && counts($1) ? $0.addingClamped($1.segment.bytes) : $0
    }
    for index in items.indices where total > budget.bytes && items[index].mayGo && counts(items[index]) {
      let item = items[index]
      // An empty file would free nothing.
      guard item.segment.bytes > 0 else { continue }
      let over = ByteCount(total - budget.bytes)
      let kind = item.isMotion ? "no continuous left; oldest motion first" : "oldest continuous first"
      delete(index, rule, "\(name) \(budget) exceeded by \(over); \(kind)")
      total -= min(total, item.segment.bytes)
    }
    if total > budget.bytes {
      let rest = items.filter { !$0.isDeleted && counts($0) }
      let protected = rest.filter(\.isProtected)
      let open = rest.filter { !$0.isProtected && $0.segment.isOpen }
      held.append(
        "\(name) \(budget) still exceeded by \(ByteCount(total - budget.bytes)): \(sum(protected)) protected, "
          + "\(sum(open)) still being written")
    }
  }

  /// Frees what a volume lacks of its reserve, counting what the other rules free on it already.
  mutating func apply(_ volume: RetentionVolume) {
    let reserve = volume.reserve
    guard volume.free < reserve.begins else { return }
    func lies(_ item: Item) -> Bool { !item.isElsewhere && volume.cameras.contains(item.segment.id.camera) }
    var free = items.reduce(volume.free) {
      $1.isDeleted && lies($1) ? $0.addingClamped($1.segment.bytes) : $0
    }
    let minutes = reserve.bytesPerSecond > 0 ? ", \(reserve.begins / reserve.bytesPerSecond / 60) min of footage" : ""
    let state =
      "\(volume.name) has \(ByteCount(volume.free)) free, less than its reserve of \(ByteCount(reserve.begins))\(minutes)"
    for index in items.indices where free < reserve.refills && items[index].mayGo {
      let item = items[index]
      guard lies(item), item.segment.bytes > 0 else { continue }
      let kind = item.isMotion ? "no continuous left; oldest motion first" : "oldest continuous first"
      delete(index, .reserve, "\(state); \(kind)")
      free = free.addingClamped(item.segment.bytes)
    }
    if free < reserve.begins {
      let rest = items.filter { !$0.isDeleted && lies($0) }
      held.append(
        "\(state): nothing more may go, \(sum(rest.filter(\.isProtected))) is protected; "
          + "recording stops at \(ByteCount(reserve.stops)) free")
    }
  }

  private mutating func delete(_ index: Int, _ rule: RetentionRule, _ why: String) {
    items[index].isDeleted = true
    deletions.append(RetentionDeletion(segment: items[index].segment, rule: rule, why: why))
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
