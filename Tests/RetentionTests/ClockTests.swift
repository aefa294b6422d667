import Domain
import Retention
import TestSupport
import Testing

private let start = WallTime(seconds: 1_790_000_000)
private func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }

struct ClockTrustTests {
  private typealias Reading = ClockTrust.Reading

  private func isTrusted(_ verdict: ClockTrust.Verdict) -> Bool { verdict == .trusted }

  @Test func aClockThatGoesOnIsTrustedAndTheMarkFollows() {
    var trust = ClockTrust(highWater: start)
    #expect(isTrusted(trust.judge(Reading(now: start + hours(3), uptime: hours(1)))))
    #expect(isTrusted(trust.judge(Reading(now: start + hours(5), uptime: hours(3)))))
    #expect(trust.highWater == start + hours(5))
  }

  @Test(arguments: [-72, -1, 1, 24, 72, 9600, 56 * 8766] as [Int64])
  func aStepIsDoubtedUntilTheKernelVouchesOrTheOwnerSays(_ step: Int64) {
    var trust = ClockTrust(highWater: start)
    #expect(isTrusted(trust.judge(Reading(now: start, uptime: .zero))))
    let stepped = Reading(now: start + hours(step), uptime: .seconds(2), quality: .unsynchronised)
    #expect(!isTrusted(trust.judge(stepped)))
    #expect(!isTrusted(trust.judge(Reading(now: stepped.now + .seconds(300), uptime: .seconds(302)))))
    #expect(trust.highWater == start)
    trust.confirm(stepped)
    #expect(isTrusted(trust.judge(Reading(now: stepped.now + .seconds(2), uptime: .seconds(4)))))
  }

  @Test func whatTheKernelVouchesForIsBelievedWithinAYearAndNeverBackwards() {
    func verdict(_ step: Int64) -> ClockTrust.Verdict {
      var trust = ClockTrust(highWater: start)
      _ = trust.judge(Reading(now: start, uptime: .zero))
      return trust.judge(Reading(now: start + hours(step), uptime: .seconds(2), quality: .synchronised))
    }
    #expect(isTrusted(verdict(1)))
    #expect(isTrusted(verdict(72)))
    #expect(!isTrusted(verdict(-72)))
    #expect(!isTrusted(verdict(9600)))
    #expect(!isTrusted(verdict(56 * 8766)))
  }

  @Test func aHouseThatWasOffOverNightGoesOnAndOneThatWasOffForDaysWaits() {
    func verdict(_ off: Int64, _ quality: ClockQuality = .unsynchronised) -> ClockTrust.Verdict {
      var trust = ClockTrust(highWater: start)
      return trust.judge(Reading(now: start + hours(off), uptime: .zero, quality: quality))
    }
    #expect(isTrusted(verdict(24)))
    #expect(!isTrusted(verdict(26)))
    #expect(isTrusted(verdict(26, .synchronised)))
  }

  @Test func aClockThatWasNeverSetLeavesNoMark() {
    var trust = ClockTrust(highWater: nil)
    #expect(!isTrusted(trust.judge(Reading(now: WallTime(seconds: 40), uptime: .zero))))
    #expect(trust.highWater == nil)
    #expect(isTrusted(trust.judge(Reading(now: start, uptime: .seconds(30), quality: .synchronised))))
    #expect(trust.highWater == start)
  }

  @Test func aClockThatIsTrimmedHasNotStepped() {
    var trust = ClockTrust(highWater: start)
    _ = trust.judge(Reading(now: start, uptime: .zero))
    #expect(isTrusted(trust.judge(Reading(now: start + .milliseconds(303_500), uptime: .seconds(300)))))
  }
}

struct SegmentDatingTests {
  private func segments(_ starts: [WallTime]) throws -> [RetentionSegment] {
    var generator = SeededGenerator(seed: 3)
    let camera = CameraID.mint(using: &generator)
    return try starts.enumerated().map { index, from in
      RetentionSegment(
        id: .mint(camera: camera, using: &generator), stream: .main, sequence: UInt64(index),
        span: try #require(TimeSpan(from: from, to: from + .seconds(60))), bytes: 1, isOpen: false)
    }
  }

  private func dated(_ starts: [WallTime], now: WallTime = start + hours(10)) throws -> [WallTime?] {
    var all = try segments(starts)
    SegmentDating.date(&all, now: now)
    return all.map(\.dated)
  }

  @Test func timesInOrderAreBelieved() throws {
    #expect(try dated([start, start + hours(1), start + hours(1) - .seconds(60)]) == [nil, nil, nil])
  }

  @Test func whatABatterylessClockLabelled1970IsAsYoungAsWhatFollows() throws {
    let epoch = WallTime(seconds: 0)
    #expect(try dated([epoch, epoch + hours(1), start]) == [start, start, nil])
    #expect(try dated([start, epoch]) == [nil, start + hours(10)])
  }

  @Test func whatAClockLabelled56YearsAheadIsAsYoungAsWhatFollows() throws {
    let ahead = start + hours(56 * 8766)
    #expect(
      try dated([start, ahead, ahead + hours(1), start + hours(3)]) == [nil, start + hours(3), start + hours(3), nil])
  }

  @Test func whatWasRecordedWhileTheClockWasBackIsNoOlderThanWhatFollows() throws {
    #expect(
      try dated([start, start - hours(72), start - hours(71), start + hours(2)])
        == [nil, start + hours(2), start + hours(2), nil])
  }

  @Test func nothingGoesEarlyForALabelThatCannotBe() throws {
    var inventory = RetentionInventory(
      household: RetentionPolicy(continuous: RetentionAge(3, .days)), cameras: [],
      segments: try segments([start, WallTime(seconds: 0), start + hours(1)]))
    inventory.cameras = [RetentionCamera(id: inventory.segments[0].id.camera, name: "porch")]
    SegmentDating.date(&inventory.segments, now: start + hours(10))
    #expect(RetentionPlan.make(inventory, now: start + hours(10), clockTrusted: true).deletions == [])
    let later = RetentionPlan.make(inventory, now: start + hours(74), clockTrusted: true)
    #expect(later.deletions.map(\.segment.sequence) == [0, 1, 2])
  }
}
