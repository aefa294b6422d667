package import Domain
import Glibc

/// Times as people write and read them, in the zone of this machine.
package enum Moments {
  /// Reads RFC 3339, `2026-11-23 21:24`, `21:24` (the last time it was so late), `now`, or an age such as `2h`.
  ///
  /// - Throws: `Problem` (exit 64).
  package static func read(_ text: String, now: WallTime) throws -> WallTime {
    if text == "now" { return now }
    if let time = WallTime(rfc3339: text) { return time }
    if let age = age(text) { return now - age }
    let parts = text.split(separator: text.contains("T") ? "T" : " ", omittingEmptySubsequences: true)
    if parts.count == 2, let date = CivilDate(text: parts[0]), let clock = clock(parts[1]) {
      return try local(date, clock, text)
    }
    if parts.count == 1, let date = CivilDate(text: parts[0]) { return try local(date, (0, 0, 0), text) }
    if parts.count == 1, let clock = clock(parts[0]) {
      let today = localDay(now)
      let time = try local(today, clock, text)
      return time <= now ? time : try local(CivilDate(daysSinceEpoch: today.daysSinceEpoch - 1), clock, text)
    }
    throw Problem(
      .usage, "\"\(text.prefix(40))\" is not a time",
      next: "write it as 21:24, \"2026-11-23 21:24\", 2026-11-23T21:24:30Z, or as an age such as 2h")
  }

  /// Reads when something ends: a day as `2026-12-24` (the end of that day), a time as `read` does, or how long from now
  /// on as `7d`.
  ///
  /// - Throws: `Problem` (exit 64), also when it is over already.
  package static func readEnd(_ text: String, now: WallTime) throws -> WallTime {
    let end: WallTime
    if let age = age(text) {
      end = now + age
    } else if let day = CivilDate(text: text) {
      end = try local(CivilDate(daysSinceEpoch: day.daysSinceEpoch + 1), (0, 0, 0), text)
    } else {
      end = try read(text, now: now)
    }
    guard end > now else {
      throw Problem(.usage, "\"\(text.prefix(40))\" is over already", next: "give a time that is to come, such as 7d")
    }
    return end
  }

  /// `2026-11-23 21:24:30`.
  package static func show(_ time: WallTime) -> String {
    var seconds = time_t(time.seconds)
    var parts = tm()
    localtime_r(&seconds, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }

  /// The same for the API's text; what can't be read is shown as it is.
  package static func show(_ text: String) -> String { WallTime(rfc3339: text).map(show) ?? text }

  private static func age(_ text: String) -> Duration? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int64(digits), number <= 1_000_000 else { return nil }
    switch text.dropFirst(digits.count) {
    case "s": return .seconds(number)
    case "min", "m": return .seconds(number * 60)
    case "h": return .seconds(number * 3600)
    case "d": return .seconds(number * 86_400)
    default: return nil
    }
  }

  private static func clock(_ text: Substring) -> (Int32, Int32, Int32)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count),
      parts.allSatisfy({ $0.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    let numbers = parts.compactMap { Int32($0) } + (parts.count == 2 ? [0] : [])
    guard numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
    return (numbers[0], numbers[1], numbers[2])
  }

  private static func local(_ date: CivilDate, _ clock: (Int32, Int32, Int32), _ text: String) throws -> WallTime {
    let (year, month, day) = date.components
    var parts = tm()
    parts.tm_year = Int32(clamping: year - 1900)
    parts.tm_mon = Int32(month - 1)
    parts.tm_mday = Int32(day)
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = clock
    // The zone's own rules say whether that hour was summer time.
    parts.tm_isdst = -1
    let seconds = mktime(&parts)
    guard seconds > 0 else {
      throw Problem(.usage, "\"\(text.prefix(40))\" lies before 1970", next: "give a later time")
    }
    return WallTime(seconds: Int64(seconds))
  }

  private static func localDay(_ time: WallTime) -> CivilDate {
    var seconds = time_t(time.seconds)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return CivilDate(year: Int64(parts.tm_year) + 1900, month: Int64(parts.tm_mon) + 1, day: Int64(parts.tm_mday))
      ?? time.day
  }
}
