import Domain
import Testing

@Suite struct CameraGrantTests {
  @Test(arguments: [
    ("18:00-23:00", 18 * 60, 23 * 60), ("22:30-06:15", 22 * 60 + 30, 6 * 60 + 15), ("00:00-12:00", 0, 720),
    ("12:00-24:00", 720, 0),
  ])
  func hoursAreReadAndWrittenTheSame(_ text: String, _ from: Int, _ to: Int) throws {
    let hours = try #require(DailyHours(text: text))
    #expect((hours.from, hours.to) == (from, to))
    #expect(hours.description == text)
  }

  @Test(arguments: [
    "", "18-23", "18:00", "18:00-", "18:00-18:00", "24:30-01:00", "25:00-01:00", "1:00-2:00", "18:60-19:00",
    "18:00-23:00-24:00", "١٨:00-23:00", "-1:00-02:00",
  ])
  func whatAreNoHoursIsRefused(_ text: String) {
    #expect(DailyHours(text: text) == nil)
  }

  @Test func hoursBeginWithTheirFirstMinuteAndEndBeforeTheirLast() throws {
    let evening = try #require(DailyHours(text: "18:00-23:00"))
    #expect([1079, 1080, 1379, 1380].map(evening.contains) == [false, true, true, false])
    let night = try #require(DailyHours(text: "22:00-06:00"))
    #expect([1319, 1320, 1439, 0, 359, 360].map(night.contains) == [false, true, true, true, true, false])
    let afternoon = try #require(DailyHours(text: "12:00-24:00"))
    #expect([719, 720, 1439, 0].map(afternoon.contains) == [false, true, true, false])
  }

  @Test func aGrantEndsAtItsEndAndHoldsInItsHours() throws {
    let grant = CameraGrant(
      [.live, .playback], until: WallTime(seconds: 100), hours: DailyHours(text: "18:00-23:00"))
    #expect(grant.rights(at: WallTime(seconds: 99), minute: 1080) == [.live, .playback])
    #expect(grant.rights(at: WallTime(seconds: 99), minute: 1079) == [])
    #expect(grant.rights(at: WallTime(seconds: 100), minute: 1080) == [])
  }

  @Test func aGuestSeesLiveForAWeekAndAMemberChangesNothing() {
    #expect(Preset.guest.rights == .live)
    #expect(Preset.guest.stay == .seconds(7 * 86400))
    #expect(Preset.member.rights == [.live, .playback, .export])
    #expect(Preset.member.stay == nil)
  }
}
