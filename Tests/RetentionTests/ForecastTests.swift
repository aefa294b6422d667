import Domain
import Retention
import TestSupport
import Testing

struct ForecastTests {
  static let now = WallTime(seconds: 1_790_000_000)

  /// A camera with footage of `hours` up to now, a segment an hour.
  private func add(
    _ name: String, perHour: UInt64, hours: Int64, _ policy: RetentionPolicy = RetentionPolicy(),
    to inventory: inout RetentionInventory
  ) throws {
    var generator = SeededGenerator(seed: UInt64(inventory.cameras.count))
    let id = CameraID.mint(using: &generator)
    inventory.cameras.append(RetentionCamera(id: id, name: name, policy: policy))
    for hour in 0..<hours {
      let from = Self.now - .seconds((hours - hour) * 3600)
      inventory.segments.append(
        RetentionSegment(
          id: .mint(camera: id, using: &generator), stream: .main, sequence: UInt64(hour),
          span: try #require(TimeSpan(from: from, to: from + .seconds(3600))), bytes: perHour, isOpen: false))
    }
  }

  private func words(_ inventory: RetentionInventory, without: [RetentionDeletion] = []) -> [String] {
    RetentionForecast.make(inventory, without: without).map {
      let days = $0.days.map { "\(($0 * 10).rounded() / 10) d" } ?? "no end"
      return "\($0.name): \($0.bytes) now, \($0.bytesPerDay) a day, \(days), \($0.limit?.rawValue ?? "no limit")"
    }
  }

  @Test func withoutALimitNothingEndsIt() throws {
    var house = RetentionInventory(household: RetentionPolicy(), cameras: [], segments: [])
    try add("a", perHour: 100, hours: 48, to: &house)
    try add("b", perHour: 0, hours: 0, to: &house)
    #expect(words(house) == ["a: 4800 now, 2400 a day, no end, no limit", "b: 0 now, 0 a day, no end, no limit"])
  }

  @Test func camerasOfOneBudgetReachEquallyFarAndTheSmallLeaveTheirRoomToTheOthers() throws {
    var house = RetentionInventory(household: RetentionPolicy(budget: ByteCount(24_000)), cameras: [], segments: [])
    try add("a", perHour: 100, hours: 48, to: &house)
    try add("b", perHour: 300, hours: 48, to: &house)
    #expect(
      words(house) == [
        "a: 4800 now, 2400 a day, 2.5 d, householdBudget", "b: 14400 now, 7200 a day, 2.5 d, householdBudget",
      ])
    house.cameras[1].policy = RetentionPolicy(continuous: RetentionAge(1, .days))
    #expect(
      words(house) == [
        "a: 4800 now, 2400 a day, 7.0 d, householdBudget", "b: 14400 now, 7200 a day, 1.0 d, continuousAge",
      ])
    house.cameras[0].policy = RetentionPolicy(budget: ByteCount(4800))
    #expect(words(house)[0] == "a: 4800 now, 2400 a day, 2.0 d, cameraBudget")
  }

  @Test func theVolumeWithoutItsReserveIsRoomToo() throws {
    var house = RetentionInventory(household: RetentionPolicy(), cameras: [], segments: [])
    try add("a", perHour: 1_000_000_000, hours: 24, to: &house)
    let reserve = DiskReserve(total: 1_000_000_000_000, bytesPerSecond: 0)
    house.volumes = [
      RetentionVolume(
        name: "v", cameras: [house.cameras[0].id], free: reserve.begins + 48_000_000_000, reserve: reserve)
    ]
    #expect(words(house) == ["a: 24000000000 now, 24000000000 a day, 3.0 d, reserve"])
    // What a plan deletes is free then; the days stay the same.
    house.household.continuous = RetentionAge(12, .hours)
    let plan = RetentionPlan.make(house, now: Self.now, clockTrusted: true)
    house.household.continuous = nil
    #expect(words(house, without: plan.deletions) == ["a: 13000000000 now, 24000000000 a day, 3.0 d, reserve"])
  }

  @Test func onlyTheLastWeekIsMeasured() throws {
    var house = RetentionInventory(household: RetentionPolicy(), cameras: [], segments: [])
    try add("a", perHour: 100, hours: 24 * 30, to: &house)
    for index in house.segments.indices where index < 24 * 20 { house.segments[index].bytes = 9_999_999 }
    #expect(RetentionForecast.make(house, without: [])[0].bytesPerDay == 2400)
  }
}
