/// A moment in UTC, in nanoseconds since 1970-01-01T00:00:00Z. Holds dates from 1677 to 2262.
///
/// Two moments can be subtracted (a `Duration`) but not added.
public struct WallTime: Hashable, Sendable, Comparable {
  public let nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  /// A number beyond what can be held becomes the first or last moment: it may stand in a file that anybody wrote.
  public init(milliseconds: Int64) { nanoseconds = milliseconds.multipliedClamped(by: 1_000_000) }
  public init(seconds: Int64) { nanoseconds = seconds.multipliedClamped(by: 1_000_000_000) }

  public var milliseconds: Int64 { nanoseconds.floorDivided(by: 1_000_000) }
  public var seconds: Int64 { nanoseconds.floorDivided(by: 1_000_000_000) }

  public static func < (left: WallTime, right: WallTime) -> Bool { left.nanoseconds < right.nanoseconds }
  public static func - (left: WallTime, right: WallTime) -> Duration {
    let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
    return .nanoseconds(overflow ? (left < right ? .min : .max) : difference)
  }
  public static func + (left: WallTime, right: Duration) -> WallTime {
    WallTime(nanoseconds: left.nanoseconds &+ right.nanoseconds)
  }
  public static func - (left: WallTime, right: Duration) -> WallTime {
    WallTime(nanoseconds: left.nanoseconds &- right.nanoseconds)
  }

  /// RFC 3339 in UTC with milliseconds: `2026-11-23T21:24:30.000Z`.
  public var rfc3339: String {
    let date = CivilDate(daysSinceEpoch: milliseconds.floorDivided(by: 86_400_000))
    let ofDay = milliseconds - date.daysSinceEpoch * 86_400_000
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(date.text)T\(pad(ofDay / 3_600_000, 2)):\(pad(ofDay / 60_000 % 60, 2)):\(pad(ofDay / 1000 % 60, 2))"
      + ".\(pad(ofDay % 1000, 3))Z"
  }

  /// Reads RFC 3339 section 5.6 (`T` and a zone are required; fractions of up to nine digits); `nil` for anything else,
  /// for impossible dates and for years outside 1970 to 2261.
  public init?(rfc3339 text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 40 else { return nil }
    func number(_ from: Int, _ count: Int) -> Int64? {
      guard from + count <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[from..<from + count] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    func at(_ index: Int, _ allowed: String) -> Bool {
      index < bytes.count && Array(allowed.utf8).contains(bytes[index])
    }
    guard let year = number(0, 4), at(4, "-"), let month = number(5, 2), at(7, "-"), let day = number(8, 2),
      at(10, "Tt"), let hour = number(11, 2), at(13, ":"), let minute = number(14, 2), at(16, ":"),
      let second = number(17, 2), (1970...2261).contains(year), hour < 24, minute < 60, second < 60,
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    var index = 19
    var fraction: Int64 = 0
    if at(index, ".") {
      index += 1
      var scale: Int64 = 100_000_000
      let first = index
      while index < bytes.count, let digit = number(index, 1) {
        guard scale > 0 else { return nil }
        fraction += digit * scale
        scale /= 10
        index += 1
      }
      guard index > first else { return nil }
    }
    var offset: Int64 = 0
    if at(index, "Zz") {
      index += 1
    } else {
      guard at(index, "+-"), let hours = number(index + 1, 2), at(index + 3, ":"), let minutes = number(index + 4, 2),
        hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 3600 + minutes * 60) * (bytes[index] == 0x2d ? -1 : 1)
      index += 6
    }
    guard index == bytes.count else { return nil }
    let total = date.daysSinceEpoch * 86400 + hour * 3600 + minute * 60 + second - offset
    nanoseconds = total * 1_000_000_000 + fraction
  }

  /// The UTC day that contains this moment.
  public var day: CivilDate { CivilDate(daysSinceEpoch: seconds.floorDivided(by: 86400)) }
}

/// A day of the proleptic Gregorian calendar. Folders use it in UTC; zones are applied at the edge only.
public struct CivilDate: Hashable, Sendable, Comparable {
  public let daysSinceEpoch: Int64

  public init(daysSinceEpoch: Int64) { self.daysSinceEpoch = daysSinceEpoch }

  /// `nil` when the day does not exist.
  public init?(year: Int64, month: Int64, day: Int64) {
    let lengths: [Int64] = [31, Self.isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), day >= 1, day <= lengths[Int(month - 1)] else { return nil }
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.floorDivided(by: 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    daysSinceEpoch = era * 146_097 + dayOfEra - 719_468
  }

  /// Reads `YYYY-MM-DD`.
  public init?(text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
      let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  public var components: (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }

  /// `YYYY-MM-DD`.
  public var text: String {
    let (year, month, day) = components
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
  }

  public var start: WallTime { WallTime(seconds: daysSinceEpoch * 86400) }
  public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }
  private static func isLeap(_ year: Int64) -> Bool {
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
  }
}

/// A half-open stretch of time: `from` belongs to it, `to` does not. Never empty, never backwards.
public struct TimeSpan: Hashable, Sendable {
  public let from: WallTime
  public let to: WallTime

  /// `nil` unless `from < to`.
  public init?(from: WallTime, to: WallTime) {
    guard from < to else { return nil }
    self.from = from
    self.to = to
  }

  public var duration: Duration { to - from }
  public func overlaps(_ other: TimeSpan) -> Bool { from < other.to && other.from < to }
  public func contains(_ time: WallTime) -> Bool { from <= time && time < to }

  /// The part that both spans share, if any.
  public func intersection(_ other: TimeSpan) -> TimeSpan? {
    TimeSpan(from: max(from, other.from), to: min(to, other.to))
  }
}

/// How far the system clock could be believed when a segment began.
public enum ClockQuality: UInt8, Sendable, Codable {
  case unknown = 0
  case synchronised = 1
  case unsynchronised = 2
  case stepped = 3
}

extension Duration {
  /// Whole nanoseconds; saturates beyond 292 years.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (sum, overflow) = seconds.multipliedClamped(by: 1_000_000_000).addingReportingOverflow(
      attoseconds / 1_000_000_000)
    return overflow ? (seconds < 0 ? .min : .max) : sum
  }

  public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension Int64 {
  /// The product, or the number nearest to it that can be held.
  func multipliedClamped(by factor: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? ((self < 0) == (factor < 0) ? .max : .min) : product
  }

  /// Division that rounds towards minus infinity. `divisor` must be positive.
  public func floorDivided(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
