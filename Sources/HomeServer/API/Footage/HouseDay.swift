import Domain
import Foundation
import Housekeeping

/// A day in the site's time zone.
struct HouseDay {
  let date: CivilDate
  let whole: TimeSpan

  /// - Throws: `APIFailure` when there was no such day, or none yet.
  init(_ text: String, now: WallTime, in zone: TimeZone) throws {
    let offset = zone.offset(at:)
    let today = CivilDate(showing: now, offset: offset)
    let named =
      switch text {
      case "today": today
      case "yesterday": CivilDate(daysSinceEpoch: today.daysSinceEpoch - 1)
      default: CivilDate(text: text)
      }
    guard let named, (1970...2261).contains(named.components.year) else {
      throw APIFailure(400, "that is no day", "write it as 2026-11-23, today or yesterday")
    }
    guard let whole = named.span(offset: offset) else {
      throw APIFailure(422, "this house had no such day", "its zone, \(zone.identifier), left that day out")
    }
    guard whole.from < now else { throw APIFailure(422, "that day is to come", "name a day that has begun") }
    (date, self.whole) = (named, whole)
  }

  /// As much of it as there was.
  func span(until now: WallTime) -> TimeSpan { TimeSpan(from: whole.from, to: min(whole.to, now)) ?? whole }
}
