import Domain
import Retention
import TestSupport
import Testing

private let now = WallTime(seconds: 1_790_000_000)
private func ago(_ minutes: Int64) -> WallTime { now - .seconds(minutes * 60) }

/// Two cameras on a volume of 1 GB, whose reserve begins at 150 MB, refills to 162.5 MB and stops at 50 MB.
private struct Volume {
  var inventory = RetentionInventory(household: RetentionPolicy(), cameras: [], segments: [])
  var generator = SeededGenerator(seed: 5)
  let porch: CameraID
  let yard: CameraID

  init(free: UInt64) {
    porch = .mint(using: &generator)
    yard = .mint(using: &generator)
    inventory.cameras = [RetentionCamera(id: porch, name: "porch"), RetentionCamera(id: yard, name: "yard")]
    inventory.volumes = [
      RetentionVolume(
        name: "the volume", cameras: [porch, yard], free: free,
        reserve: DiskReserve(total: 1_000_000_000, bytesPerSecond: 100_000))
    ]
  }

  @discardableResult
  mutating func segment(_ camera: CameraID, began minutes: Int64, megabytes: UInt64 = 10) throws -> SegmentID {
    let id = SegmentID.mint(camera: camera, using: &generator)
    inventory.segments.append(
      RetentionSegment(
        id: id, stream: .main, sequence: UInt64(inventory.segments.count),
        span: try #require(TimeSpan(from: ago(minutes), to: ago(minutes) + .seconds(60))),
        bytes: megabytes * 1_000_000, isOpen: false))
    return id
  }

  func plan(clockTrusted: Bool = true) -> RetentionPlan {
    RetentionPlan.make(inventory, now: now, clockTrusted: clockTrusted)
  }
}

struct ReserveTests {
  @Test(
    arguments: [
      // On a small volume a tenth; on a large one 2 GiB, a fiftieth or ten minutes, whatever is most.
      (64 << 20, 0, 10_066_329, 3_355_443), (256 << 20, 50_000_000, 40_265_317, 13_421_772),
      (100 << 30, 0, 3_221_225_472, 1_073_741_824), (4_000_000_000_000, 0, 120_000_000_000, 40_000_000_000),
      (100 << 30, 10_000_000, 9_000_000_000, 1_073_741_824),
    ] as [(UInt64, UInt64, UInt64, UInt64)])
  func theReserveFollowsTheVolumeAndWhatIsWritten(total: UInt64, rate: UInt64, begins: UInt64, stops: UInt64) {
    let reserve = DiskReserve(total: total, bytesPerSecond: rate)
    #expect(reserve.begins / 10 == begins / 10)
    #expect(reserve.stops / 10 == stops / 10)
    #expect(reserve.refills > reserve.begins)
    #expect(reserve.begins >= 3 * reserve.stops)
  }

  @Test func aReserveInHoursOfWritingIsKeptUpToHalfTheVolume() {
    let plain = DiskReserve(total: 1_000_000_000_000, bytesPerSecond: 10_000_000)
    let wanted = DiskReserve(total: 1_000_000_000_000, bytesPerSecond: 10_000_000, wanted: .seconds(4 * 3600))
    #expect(wanted.begins == 144_000_000_000)
    #expect(wanted.refills > wanted.begins)
    #expect(wanted.stops == plain.stops)
    #expect(DiskReserve(total: 1_000_000_000_000, bytesPerSecond: 0, wanted: .seconds(3600)).begins == plain.begins)
    let most = DiskReserve(total: 1_000_000_000_000, bytesPerSecond: .max, wanted: .seconds(3600))
    #expect(most.begins == 500_000_000_000)
  }

  @Test func whoHasStoppedWaitsForALittleMoreThanWhoWrites() {
    let reserve = DiskReserve(total: 1_000_000_000, bytesPerSecond: 0)
    #expect(reserve.mayWrite(free: 50_000_001, hasStopped: false))
    #expect(!reserve.mayWrite(free: 50_000_000, hasStopped: false))
    #expect(!reserve.mayWrite(free: 60_000_000, hasStopped: true))
    #expect(reserve.mayWrite(free: 63_000_000, hasStopped: true))
  }

  @Test func theOldestContinuousGoesUntilThereIsRoomWithTheNumbersInTheReason() throws {
    var volume = Volume(free: 145_000_000)
    let third = try volume.segment(volume.porch, began: 70)
    let first = try volume.segment(volume.yard, began: 90)
    let second = try volume.segment(volume.porch, began: 80)
    let plan = volume.plan()
    #expect(plan.deletions.map(\.segment.id) == [first, second])
    #expect(!plan.deletions.map(\.segment.id).contains(third))
    #expect(plan.deletions.map(\.rule) == [.reserve, .reserve])
    #expect(
      plan.deletions[0].why
        == "the volume has 145 MB free, less than its reserve of 150 MB, 25 min of footage; oldest continuous first")
    #expect(plan.held == [])
  }

  @Test func motionGoesWhenNoContinuousIsLeftAndProtectedNever() throws {
    var volume = Volume(free: 40_000_000)
    let kept = try volume.segment(volume.porch, began: 100, megabytes: 100)
    let motion = try volume.segment(volume.yard, began: 90)
    let continuous = try volume.segment(volume.porch, began: 80)
    volume.inventory.cameras[0].protected = [try #require(TimeSpan(from: ago(100), to: ago(99)))]
    volume.inventory.cameras[1].events = [try #require(TimeSpan(from: ago(90), to: ago(89)))]
    let plan = volume.plan()
    #expect(plan.deletions.map(\.segment.id) == [continuous, motion])
    #expect(!plan.deletions.map(\.segment.id).contains(kept))
    #expect(
      plan.held == [
        "the volume has 40 MB free, less than its reserve of 150 MB, 25 min of footage: nothing more may go, "
          + "100 MB is protected; recording stops at 50 MB free"
      ])
  }

  @Test func whatOtherRulesFreeCountsAndAVolumeWithRoomLosesNothing() throws {
    var volume = Volume(free: 145_000_000)
    volume.inventory.household.continuous = RetentionAge(1, .hours)
    try volume.segment(volume.porch, began: 100, megabytes: 20)
    try volume.segment(volume.yard, began: 30)
    #expect(volume.plan().deletions.map(\.rule) == [.continuousAge])
    volume.inventory.household.continuous = nil
    volume.inventory.volumes[0].free = 150_000_000
    #expect(volume.plan().deletions == [])
  }

  @Test func roomIsMadeOnTheVolumeThatLacksItAndWhateverTheClockSays() throws {
    var volume = Volume(free: 145_000_000)
    volume.inventory.volumes[0].cameras = [volume.yard]
    try volume.segment(volume.porch, began: 90)
    let own = try volume.segment(volume.yard, began: 10, megabytes: 30)
    #expect(volume.plan(clockTrusted: false).deletions.map(\.segment.id) == [own])
  }

  @Test func nothingOfACameraWhoseFootageIsAwayGoes() throws {
    var volume = Volume(free: 145_000_000)
    volume.inventory.household = RetentionPolicy(continuous: RetentionAge(1, .hours), budget: ByteCount(1))
    volume.inventory.away = [volume.porch: "its volume is not there"]
    try volume.segment(volume.porch, began: 100)
    let other = try volume.segment(volume.yard, began: 90)
    #expect(volume.plan().deletions.map(\.segment.id) == [other])
    #expect(volume.plan().held.first == "nothing of porch is deleted: its volume is not there")
  }

  @Test func whatLiesOnAnotherVolumeMakesNoRoomOnThisOne() throws {
    var volume = Volume(free: 145_000_000)
    let elsewhere = try volume.segment(volume.porch, began: 100)
    let here = try volume.segment(volume.porch, began: 90, megabytes: 30)
    volume.inventory.elsewhere = [elsewhere]
    #expect(volume.plan().deletions.map(\.segment.id) == [here])
    // For its age it goes as everything does.
    volume.inventory.household.continuous = RetentionAge(1, .hours)
    #expect(volume.plan().deletions.map(\.segment.id) == [elsewhere, here])
  }

  @Test func theRateIsTheNewestHours() throws {
    var volume = Volume(free: 0)
    for minute in Int64(0)..<120 { try volume.segment(volume.porch, began: 200 - minute, megabytes: 6) }
    #expect(rate(volume, [volume.porch]) == 100_000)
    #expect(rate(volume, [volume.yard]) == 0)
    // One that is new, for five minutes, counts with what it writes by now.
    for minute in Int64(0)..<5 { try volume.segment(volume.yard, began: 85 - minute, megabytes: 3) }
    #expect(rate(volume, [volume.porch, volume.yard]) == 150_000)
  }

  @Test func whatEndedAnHourBeforeTheNewestWritesNothing() throws {
    var volume = Volume(free: 0)
    for minute in Int64(0)..<10 { try volume.segment(volume.porch, began: 20 - minute, megabytes: 6) }
    for minute in Int64(0)..<10 { try volume.segment(volume.yard, began: 100 - minute, megabytes: 6) }
    #expect(rate(volume, [volume.porch, volume.yard]) == 100_000)
    #expect(rate(volume, [volume.yard]) == 100_000)
  }

  private func rate(_ volume: Volume, _ cameras: Set<CameraID>) -> UInt64 {
    RetentionVolume.rate(of: FootageMeasure.of(volume.inventory.segments), on: cameras)
  }
}
