import Domain
import Retention
import Testing

private let now = WallTime(seconds: 1_790_000_000)
private func ago(_ hours: Double) -> WallTime { now - .seconds(hours * 3600) }

/// A household that is put together piece by piece.
private struct House {
  var inventory = RetentionInventory(household: RetentionPolicy(), cameras: [], segments: [])
  var generator = SeededGenerator(seed: 11)

  mutating func camera(_ name: String, policy: RetentionPolicy = RetentionPolicy()) -> CameraID {
    let id = CameraID.mint(using: &generator)
    inventory.cameras.append(RetentionCamera(id: id, name: name, policy: policy))
    return id
  }

  /// A segment of a minute that ended so many hours ago.
  @discardableResult
  mutating func segment(
    _ camera: CameraID, ended hours: Double, bytes: UInt64 = 1_000_000_000, isOpen: Bool = false
  ) throws -> SegmentID {
    let id = SegmentID.mint(camera: camera, using: &generator)
    let span = try #require(TimeSpan(from: ago(hours) - .seconds(60), to: ago(hours)))
    inventory.segments.append(
      RetentionSegment(
        id: id, stream: .main, sequence: UInt64(inventory.segments.count), span: span, bytes: bytes, isOpen: isOpen))
    return id
  }

  mutating func edit(_ camera: CameraID, _ change: (inout RetentionCamera) throws -> Void) rethrows {
    guard let index = inventory.cameras.firstIndex(where: { $0.id == camera }) else { return }
    try change(&inventory.cameras[index])
  }

  func plan(clockTrusted: Bool = true) -> RetentionPlan {
    RetentionPlan.make(inventory, now: now, clockTrusted: clockTrusted)
  }
}

struct PlanTests {
  private func days(_ count: Int64) throws -> RetentionAge { try #require(RetentionAge(count, .days)) }

  @Test func withoutAPolicyNothingGoes() throws {
    var house = House()
    try house.segment(house.camera("porch"), ended: 100_000)
    #expect(house.plan() == RetentionPlan.make(house.inventory, now: now, clockTrusted: false))
    #expect(house.plan().deletions == [])
    #expect(house.plan().held == [])
  }

  @Test func continuousFootageGoesAfterItsAgeWithTheNumbersInWords() throws {
    var house = House()
    house.inventory.household.continuous = try days(3)
    let porch = house.camera("porch")
    let old = try house.segment(porch, ended: 98)
    try house.segment(porch, ended: 72)
    try house.segment(porch, ended: 1)
    let plan = house.plan()
    #expect(plan.deletions.map(\.segment.id) == [old])
    #expect(plan.deletions.map(\.rule) == [.continuousAge])
    #expect(plan.deletions.map(\.why) == ["older than 3d: ended 4d 2h ago"])
    #expect(plan.bytes == 1_000_000_000)
  }

  @Test func whatAnEventTouchesWithItsRollsIsKeptByTheMotionAge() throws {
    var house = House()
    house.inventory.household = RetentionPolicy(continuous: try days(3), motion: try days(30))
    let porch = house.camera("porch")
    let before = try house.segment(porch, ended: 100)
    try house.segment(porch, ended: 90)
    let veryOld = try house.segment(porch, ended: 800)
    // 14 s after the first segment ended: outside its post-roll and pre-roll of 5 s. 4 s after the second: inside.
    try house.edit(porch) {
      $0.events = [
        try #require(TimeSpan(from: ago(100) + .seconds(14), to: ago(100) + .seconds(20))),
        try #require(TimeSpan(from: ago(90) + .seconds(4), to: ago(90) + .seconds(20))),
        try #require(TimeSpan(from: ago(800) - .seconds(20), to: ago(800) - .seconds(10))),
      ]
    }
    let plan = house.plan()
    #expect(plan.deletions.map(\.segment.id) == [before, veryOld])
    #expect(plan.deletions.map(\.rule) == [.continuousAge, .motionAge])
    #expect(plan.deletions.last?.why == "motion older than 30d: ended 33d 8h ago")
  }

  @Test func aCamerasOwnAgeComesBeforeTheHouseholds() throws {
    var house = House()
    house.inventory.household.continuous = try days(3)
    let porch = house.camera("porch", policy: RetentionPolicy(continuous: try days(10)))
    let yard = house.camera("yard", policy: RetentionPolicy(continuous: try days(1)))
    try house.segment(porch, ended: 100)
    let gone = try house.segment(yard, ended: 30)
    #expect(house.plan().deletions.map(\.segment.id) == [gone])
    #expect(house.plan().deletions.map(\.why) == ["older than 1d: ended 1d 6h ago"])
  }

  @Test func anUntrustedClockHoldsAgeRulesAndSaysSo() throws {
    var house = House()
    house.inventory.household.continuous = try days(3)
    let porch = house.camera("porch")
    try house.segment(porch, ended: 100)
    try house.segment(porch, ended: 99)
    let plan = house.plan(clockTrusted: false)
    #expect(plan.deletions == [])
    #expect(plan.held == ["the clock is not trusted: 2 segments that the age rules would delete wait until it is"])
  }

  @Test func aBudgetTakesTheOldestContinuousFirstThenMotion() throws {
    var house = House()
    house.inventory.household.budget = ByteCount(2_000_000_000)
    let porch = house.camera("porch")
    let motion = try house.segment(porch, ended: 50)
    let newer = try house.segment(porch, ended: 20)
    let older = try house.segment(porch, ended: 40)
    try house.segment(porch, ended: 0, bytes: 1_800_000_000, isOpen: true)
    try house.edit(porch) { $0.events = [try #require(TimeSpan(from: ago(50) - .seconds(30), to: ago(50)))] }
    let plan = house.plan()
    #expect(plan.deletions.map(\.segment.id) == [older, newer, motion])
    #expect(
      plan.deletions.map(\.why) == [
        "household budget 2 GB exceeded by 2.8 GB; oldest continuous first",
        "household budget 2 GB exceeded by 1.8 GB; oldest continuous first",
        "household budget 2 GB exceeded by 800 MB; no continuous left; oldest motion first",
      ])
    #expect(plan.held == [])
  }

  @Test func aCamerasBudgetTakesOnlyItsOwnFootage() throws {
    var house = House()
    let porch = house.camera("porch", policy: RetentionPolicy(budget: ByteCount(1_000_000_000)))
    let yard = house.camera("yard")
    try house.segment(yard, ended: 90)
    let gone = try house.segment(porch, ended: 50)
    try house.segment(porch, ended: 40)
    #expect(house.plan().deletions.map(\.segment.id) == [gone])
    #expect(house.plan().deletions.map(\.rule) == [.cameraBudget])
    #expect(house.plan().deletions.map(\.why) == ["budget of porch 1 GB exceeded by 1 GB; oldest continuous first"])
  }

  @Test func whatABudgetCannotHaveIsSaid() throws {
    var house = House()
    house.inventory.household.budget = ByteCount(500_000_000)
    let porch = house.camera("porch")
    try house.segment(porch, ended: 50)
    try house.segment(porch, ended: 0, bytes: 300_000_000, isOpen: true)
    try house.edit(porch) { $0.protected = [try #require(TimeSpan(from: ago(60), to: ago(50)))] }
    #expect(house.plan().deletions == [])
    #expect(
      house.plan().held == [
        "household budget 500 MB still exceeded by 800 MB: 1 GB protected, 300 MB still being written"
      ])
  }

  @Test func footageOfNoKnownCameraIsKept() throws {
    var house = House()
    house.inventory.household.continuous = try days(3)
    try house.segment(house.camera("porch"), ended: 100)
    house.inventory.cameras = []
    #expect(house.plan().deletions == [])
    #expect(house.plan().held == ["1 segment of no known camera: kept until somebody says whose they are"])
  }

  @Test func protectionEndsWhereItsSpanEnds() throws {
    var house = House()
    house.inventory.household.continuous = try days(1)
    let porch = house.camera("porch")
    let outside = try house.segment(porch, ended: 50)
    // From the very moment that the segment ended: they only touch.
    try house.edit(porch) { $0.protected = [try #require(TimeSpan(from: ago(50), to: ago(40)))] }
    #expect(house.plan().deletions.map(\.segment.id) == [outside])
    try house.edit(porch) {
      $0.protected = [try #require(TimeSpan(from: ago(50) - .nanoseconds(1), to: ago(40)))]
    }
    #expect(house.plan().deletions == [])
  }
}
