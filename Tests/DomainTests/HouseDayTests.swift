import Domain
import Foundation
import Testing

/// Days as the clocks of a house count them.
@Suite struct HouseDayTests {
  private static func offset(_ zone: String) throws -> (WallTime) -> Int64 {
    let zone = try #require(TimeZone(identifier: zone))
    return { Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0.seconds)))) }
  }

  @Test(arguments: [
    ("UTC", "2026-11-23", "2026-11-23T00:00:00.000Z", 1440),
    ("Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00.000Z", 1440),
    ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 1380),
    ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 1500),
    ("Asia/Kathmandu", "2026-11-23", "2026-11-22T18:15:00.000Z", 1440),
    // Half an hour of summer time.
    ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z", 1470),
    ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00.000Z", 1410),
    // Clocks went from 24 o'clock to one: the day began at one.
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z", 1380),
    // Clocks went from 24 o'clock to 23: the hour before midnight came twice.
    ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00.000Z", 1500),
    ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00.000Z", 1440),
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z", 1440),
  ])
  func aDayBeginsWhenClocksSaySoAndHasItsOwnLength(
    _ zone: String, _ day: String, _ begins: String, _ minutes: Int64
  ) throws {
    let span = try #require(try CivilDate(text: day)?.span(offset: Self.offset(zone)))
    #expect(span.from.rfc3339 == begins)
    #expect(span.duration == .seconds(minutes * 60))
  }

  @Test func aDayThatAZoneLeftOutIsNone() throws {
    #expect(try CivilDate(text: "2011-12-30")?.span(offset: Self.offset("Pacific/Apia")) == nil)
  }

  @Test(arguments: ["Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "America/St_Johns"])
  func daysFollowEachOtherWithoutGapOrOverlap(_ zone: String) throws {
    let offset = try Self.offset(zone)
    let first = try #require(CivilDate(text: "2005-01-01")).daysSinceEpoch
    var end: WallTime?
    for day in first..<first + 366 * 4 {
      let span = try #require(CivilDate(daysSinceEpoch: day).span(offset: offset))
      if let end { #expect(span.from == end) }
      end = span.to
      #expect(CivilDate(showing: span.from, offset: offset) == CivilDate(daysSinceEpoch: day))
    }
  }
}
