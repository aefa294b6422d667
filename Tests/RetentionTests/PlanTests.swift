import Domain
import Retention
import TestSupport
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

  /// The footage of two cameras that lies in turns, and then motion: whatever ends a run, a step is its unit.
  @Test(arguments: [1, 2, 3, 50])
  func noStepHoldsMotionBesideContinuousFootageOrTwoRules(_ size: Int) throws {
    var house = House()
    house.inventory.household = RetentionPolicy(continuous: try days(3), motion: try days(5), budget: ByteCount(1))
    let cameras = [house.camera("porch"), house.camera("shed")]
    for hour in [200.0, 150, 100, 50, 20] { for camera in cameras { try house.segment(camera, ended: hour) } }
    for camera in cameras {
      try house.edit(camera) {
        $0.events = [
          try #require(TimeSpan(from: ago(200), to: ago(200) + .seconds(5))),
          try #require(TimeSpan(from: ago(20), to: ago(20) + .seconds(5))),
        ]
      }
    }
    let deletions = house.plan().deletions
    #expect(deletions.map(\.isMotion).filter { $0 }.count == 4)
    let steps = RetentionPlan.steps(deletions, ofAtMost: size)
    #expect(steps.flatMap { $0 } == deletions)
    #expect(steps.allSatisfy { (1...size).contains($0.count) && Set($0.map(\.isMotion)).count == 1 })
    #expect(steps.allSatisfy { Set($0.map(\.rule)).count == 1 })
    if size == 50 {
      #expect(
        steps.map { [$0[0].rule.rawValue, "\($0[0].isMotion)", "\($0.count)"] } == [
          ["continuousAge", "false", "4"], ["motionAge", "true", "2"], ["householdBudget", "false", "2"],
          ["householdBudget", "true", "2"],
        ])
    }
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

  @Test func theMinimumAgeComesBeforeEveryBudgetAndItIsSaid() throws {
    var house = House()
    house.inventory.household = RetentionPolicy(minimum: try days(2), budget: ByteCount(500_000_000))
    let porch = house.camera("porch")
    let old = try house.segment(porch, ended: 50)
    try house.segment(porch, ended: 40)
    try house.segment(porch, ended: 0.5)
    #expect(house.plan().deletions.map(\.segment.id) == [old])
    #expect(
      house.plan().held == [
        "household budget 500 MB still exceeded by 1.5 GB: 0 bytes protected, 0 bytes still being written, "
          + "2 GB younger than the minimum age"
      ])
    // A camera's own comes before the household's.
    house.edit(porch) { $0.policy.minimum = RetentionAge(1, .hours) }
    #expect(house.plan().deletions.count == 2)
  }

  @Test func theMaximumAgeTakesWhateverIsOlderAndNamesWhatIsProtected() throws {
    var house = House()
    house.inventory.household = RetentionPolicy(motion: try days(90), maximum: try days(10))
    let porch = house.camera("porch")
    let moved = try house.segment(porch, ended: 300)
    try house.segment(porch, ended: 260)
    try house.segment(porch, ended: 100)
    try house.edit(porch) {
      $0.events = [try #require(TimeSpan(from: ago(301), to: ago(299)))]
      $0.protected = [try #require(TimeSpan(from: ago(261), to: ago(259)))]
    }
    let plan = house.plan()
    #expect(plan.deletions.map(\.segment.id) == [moved])
    #expect(plan.deletions.map(\.rule) == [.maximumAge])
    #expect(plan.deletions.map(\.why) == ["older than the maximum of 10d: ended 12d 12h ago"])
    #expect(plan.held == ["1 segment of porch older than its maximum of 10d: protected"])
    #expect(house.plan(clockTrusted: false).deletions == [])
  }

  @Test func theDetectionStreamIsKeptLongerByAgeAndWhereRoomIsShort() throws {
    var house = House()
    house.inventory.household = RetentionPolicy(continuous: try days(2), detectContinuous: try days(14))
    let porch = house.camera("porch")
    for hours in [100.0, 60, 30] {
      try house.segment(porch, ended: hours)
      house.inventory.segments.append(house.inventory.segments[house.inventory.segments.count - 1])
      let last = house.inventory.segments.count - 1
      house.inventory.segments[last].stream = .detect
      house.inventory.segments[last].id = .mint(camera: porch, using: &house.generator)
    }
    let detect = house.inventory.segments.filter { $0.stream == .detect }.map(\.id)
    let main = house.inventory.segments.filter { $0.stream == .main }.map(\.id)
    #expect(house.plan().deletions.map(\.segment.id) == Array(main[0..<2]))
    // With room for one only, the main stream's goes first although it is the youngest.
    house.inventory.household.budget = ByteCount(2_000_000_000)
    #expect(house.plan().deletions.map(\.segment.id) == main + [detect[0]])
    house.inventory.household.continuous = RetentionAge(1, .hours)
    house.inventory.household.detectContinuous = try days(3)
    #expect(house.plan().deletions.last?.why == "detection stream's older than 3d: ended 4d 4h ago")
  }

  @Test func aShareOfTheVolumeIsABudget() throws {
    var house = House()
    house.inventory.household.budgetPercent = 50
    let porch = house.camera("porch")
    let old = try house.segment(porch, ended: 50)
    try house.segment(porch, ended: 40)
    try house.segment(porch, ended: 30)
    #expect(house.plan().deletions == [])
    house.inventory.volumes = [
      RetentionVolume(
        name: "the volume of \"porch\"", cameras: [porch], free: 2_000_000_000, total: 5_000_000_000,
        reserve: DiskReserve(total: 5_000_000_000, bytesPerSecond: 0))
    ]
    #expect(house.plan().deletions.map(\.segment.id) == [old])
    #expect(
      house.plan().deletions[0].why
        == "household budget, 50% of the volume of \"porch\", 2.5 GB exceeded by 500 MB; oldest continuous first")
  }
}
