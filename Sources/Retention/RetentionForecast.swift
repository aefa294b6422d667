public import Domain

/// How far one camera's room reaches, were it to go on recording as it did.
public struct RetentionForecast: Hashable, Sendable {
  public let camera: CameraID
  /// A label only.
  public let name: String
  /// Of its footage.
  public let bytes: UInt64
  /// What it writes, as measured over the last week before its newest footage; 0 without footage.
  public let bytesPerDay: UInt64
  /// Days of footage that the room holds; `nil` when nothing ends it, or nothing is known.
  public let days: Double?
  /// What ends it first: an age, a budget, or the volume's size (`reserve`).
  public let limit: RetentionRule?
  /// The camera's minimum age.
  public let minimum: RetentionAge?

  /// What can't be kept in the long run, in words.
  public var warning: String? {
    guard let days, let minimum, days < minimum.duration.inSeconds / 86_400 else { return nil }
    let tenths = Int64(days * 10)
    return "the room holds \(tenths / 10).\(tenths % 10) days of \(name) as it writes now, less than its minimum of "
      + "\(minimum.text)"
  }

  /// Footage without motion, which is most of it, of every camera. Where cameras share room each is given the same number
  /// of days, since the oldest goes first whose ever it is, and what the ones with limits of their own leave goes to the
  /// others.
  ///
  /// - Parameter deletions: what is taken as gone already.
  public static func make(_ inventory: RetentionInventory, without deletions: [RetentionDeletion]) -> [Self] {
    var measures = inventory.measures.isEmpty ? FootageMeasure.of(inventory.segments) : inventory.measures
    // Deleted or not, it was written: the rate stays.
    for segment in deletions.map(\.segment) {
      let bytes = measures[segment.id.camera]?.bytes ?? 0
      measures[segment.id.camera]?.bytes = bytes - min(bytes, segment.bytes)
    }
    let cameras = inventory.cameras.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    var reaches = cameras.map { camera in
      Reach(camera, measures[camera.id] ?? FootageMeasure(), inventory.household)
    }
    if let budget = inventory.household.budget {
      share(budget.bytes, .householdBudget, among: Array(reaches.indices), &reaches)
    }
    for volume in inventory.volumes {
      let indices = reaches.indices.filter { volume.cameras.contains(reaches[$0].camera.id) }
      for index in indices {
        if let share = reaches[index].camera.policy.budgetPercent.flatMap(volume.share) {
          reaches[index].limit(to: share, .cameraBudget)
        }
      }
      if let share = inventory.household.budgetPercent.flatMap(volume.share) {
        Self.share(share.bytes, .householdBudget, among: indices, &reaches)
      }
      let used = indices.reduce(UInt64(0)) { $0.addingClamped(reaches[$1].measure.bytes) }
      let deleted = deletions.reduce(UInt64(0)) {
        volume.cameras.contains($1.segment.id.camera) ? $0.addingClamped($1.segment.bytes) : $0
      }
      let room = volume.free.addingClamped(used).addingClamped(deleted)
      share(room - min(room, volume.reserve.begins), .reserve, among: indices, &reaches)
    }
    return reaches.map {
      RetentionForecast(
        camera: $0.camera.id, name: $0.camera.name, bytes: $0.measure.bytes,
        bytesPerDay: UInt64($0.measure.perDay), days: $0.days, limit: $0.limit,
        minimum: $0.camera.policy.ages(within: inventory.household).minimum)
    }
  }

  /// Gives cameras that share `room` the same number of days, save those that their own limits stop earlier.
  private static func share(
    _ room: UInt64, _ rule: RetentionRule, among indices: [Int], _ reaches: inout [Reach]
  ) {
    let byReach = indices.filter { reaches[$0].measure.perDay > 0 }
      .sorted { reaches[$0].days ?? .infinity < reaches[$1].days ?? .infinity }
    var left = Double(room)
    var rate = byReach.reduce(0) { $0 + reaches[$1].measure.perDay }
    for (place, index) in byReach.enumerated() {
      let days = left / rate
      guard let own = reaches[index].days, own <= days else {
        for other in byReach[place...] {
          (reaches[other].days, reaches[other].limit) = (days, rule)
        }
        return
      }
      left -= own * reaches[index].measure.perDay
      rate -= reaches[index].measure.perDay
    }
  }
}

/// What a camera has and writes.
public struct FootageMeasure: Hashable, Sendable {
  /// Over how long its rate is measured.
  public static let measured = Duration.seconds(7 * 86_400)

  /// Of all its footage.
  public var bytes: UInt64 = 0
  /// The end of its newest footage.
  public var newest: WallTime?
  /// Of what ends less than `measured` before the newest.
  public var recent = Stretch()
  /// Of what ends less than an hour before the newest.
  public var lastHour = Stretch()

  /// Some of its footage, in the order of time.
  public struct Stretch: Hashable, Sendable {
    public var bytes: UInt64 = 0
    /// The start of the first of it; `nil` without any.
    public var first: WallTime?

    public init(bytes: UInt64 = 0, first: WallTime? = nil) {
      self.bytes = bytes
      self.first = first
    }

    fileprivate mutating func add(_ segment: RetentionSegment) {
      bytes = bytes.addingClamped(segment.bytes)
      first = min(first ?? segment.span.from, segment.span.from)
    }
  }

  public init() {}

  /// What each camera's segments add up to; one without any is absent.
  public static func of(_ segments: [RetentionSegment]) -> [CameraID: FootageMeasure] {
    var measures: [CameraID: FootageMeasure] = [:]
    for segment in segments {
      let newest = measures[segment.id.camera]?.newest ?? segment.span.to
      measures[segment.id.camera, default: FootageMeasure()].newest = max(newest, segment.span.to)
    }
    for segment in segments { measures[segment.id.camera]?.add(segment) }
    return measures
  }

  private mutating func add(_ segment: RetentionSegment) {
    bytes = bytes.addingClamped(segment.bytes)
    guard let newest, newest - segment.span.to < Self.measured else { return }
    recent.add(segment)
    guard newest - segment.span.to < .seconds(3600) else { return }
    lastHour.add(segment)
  }

  var perDay: Double {
    guard let newest, let first = recent.first else { return 0 }
    return (Double(recent.bytes) * 86_400 / max(60, (newest - first).inSeconds)).rounded(.down)
  }
}

private struct Reach {
  let camera: RetentionCamera
  let measure: FootageMeasure
  var days: Double?
  var limit: RetentionRule?

  init(_ camera: RetentionCamera, _ measure: FootageMeasure, _ household: RetentionPolicy) {
    self.camera = camera
    self.measure = measure
    let ages = camera.policy.ages(within: household)
    // The minimum comes before the age, and the maximum before both.
    if let age = ages.continuous.map({ max($0, ages.minimum ?? $0) }) {
      (days, limit) = (age.duration.inSeconds / 86_400, .continuousAge)
    }
    if let age = ages.maximum, age.duration.inSeconds / 86_400 < days ?? .infinity {
      (days, limit) = (age.duration.inSeconds / 86_400, .maximumAge)
    }
    if let budget = camera.policy.budget { limit(to: budget, .cameraBudget) }
  }

  mutating func limit(to budget: ByteCount, _ rule: RetentionRule) {
    guard measure.perDay > 0 else { return }
    let held = Double(budget.bytes) / measure.perDay
    if held < days ?? .infinity { (days, limit) = (held, rule) }
  }
}
