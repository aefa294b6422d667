import Domain

/// How long footage is kept: a whole number of hours, days, weeks or years, as `3d`.
public struct RetentionAge: Hashable, Sendable, Comparable {
  public enum Unit: String, Hashable, Sendable, CaseIterable {
    case hours = "h"
    case days = "d"
    case weeks = "w"
    /// 365 days.
    case years = "y"

    var hours: Int64 {
      switch self {
      case .hours: 1
      case .days: 24
      case .weeks: 7 * 24
      case .years: 365 * 24
      }
    }
  }

  public let count: Int64
  public let unit: Unit

  /// `nil` below an hour and above a hundred years.
  public init?(_ count: Int64, _ unit: Unit) {
    guard count > 0, count <= 100 * Unit.years.hours / unit.hours else { return nil }
    self.count = count
    self.unit = unit
  }

  public var duration: Duration { .seconds(count * unit.hours * 3600) }
  /// As it is written in a house file.
  public var text: String { "\(count)\(unit.rawValue)" }

  public static func < (left: RetentionAge, right: RetentionAge) -> Bool { left.duration < right.duration }

  /// Reads `12h`, `3d`, `2w` or `1y`; one space before the unit is allowed.
  ///
  /// - Throws: `Problem` (exit 64) that names the text and the units.
  public static func parse(_ text: String) throws -> RetentionAge {
    let next = "write a whole number and a unit: 12h, 3d, 2w or 1y"
    guard let (digits, name) = split(text) else {
      throw Problem(.usage, "\"\(text.prefix(40))\" is not an age", next: next)
    }
    if name.isEmpty {
      throw Problem(.usage, "the age \"\(digits.prefix(40))\" has no unit", next: next)
    }
    guard let unit = Unit(rawValue: name) else {
      throw Problem(.usage, "\"\(name.prefix(40))\" is not a unit of age", next: next)
    }
    guard let count = Int64(digits), let age = RetentionAge(count, unit) else {
      throw Problem(
        .usage, "the age \"\(text.prefix(40))\" is outside 1h to 100y",
        next: "leave the rule out to keep footage for as long as there is room")
    }
    return age
  }
}

/// An amount of storage.
public struct ByteCount: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let bytes: UInt64

  public init(_ bytes: UInt64) { self.bytes = bytes }

  /// The largest that `parse` accepts: ten petabytes.
  public static let maximum = ByteCount(10_000_000_000_000_000)

  private static let units: [(name: String, bytes: UInt64)] = [
    ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]

  public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

  /// For people, in decimal units with at most one digit after the point: `1.2 GB`.
  public var description: String {
    let scales: [(name: String, bytes: UInt64)] = [
      ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000),
    ]
    // Rounded to tenths; what rounds up to 1000 is shown in the next unit.
    guard let scale = scales.first(where: { bytes >= $0.bytes - $0.bytes / 20_000 }) else { return "\(bytes) bytes" }
    let tenths = bytes / (scale.bytes / 10) + (bytes % (scale.bytes / 10) >= scale.bytes / 20 ? 1 : 0)
    return "\(tenths / 10)" + (tenths.isMultiple(of: 10) ? "" : ".\(tenths % 10)") + " \(scale.name)"
  }

  /// Reads `500GB`, `1.5TB` or `200 GiB`: up to three digits after a point, one space before the unit.
  ///
  /// - Throws: `Problem` (exit 64) that names the text and the units.
  public static func parse(_ text: String) throws -> ByteCount {
    let next = "write a number and a unit: MB, GB, TB, MiB, GiB or TiB, as in 500GB"
    guard let (digits, name) = split(text, allowingPoint: true) else {
      throw Problem(.usage, "\"\(text.prefix(40))\" is not a size", next: next)
    }
    if name.isEmpty {
      throw Problem(.usage, "the size \"\(digits.prefix(40))\" has no unit", next: next)
    }
    guard let unit = units.first(where: { $0.name == name }) else {
      throw Problem(.usage, "\"\(name.prefix(40))\" is not a unit of size", next: next)
    }
    guard let thousandths = thousandths(digits) else {
      throw Problem(.usage, "\"\(text.prefix(40))\" is not a size", next: next)
    }
    let (product, overflow) = thousandths.multipliedReportingOverflow(by: unit.bytes / 1000)
    let rest = unit.bytes % 1000
    let (small, smallOverflow) = thousandths.multipliedReportingOverflow(by: rest)
    let (sum, sumOverflow) = product.addingReportingOverflow(small / 1000)
    guard !overflow, !smallOverflow, !sumOverflow, sum >= 1_000_000, sum <= maximum.bytes else {
      throw Problem(
        .usage, "the size \"\(text.prefix(40))\" is outside 1MB to 10000TB",
        next: "leave the budget out to use all the room there is")
    }
    return ByteCount(sum)
  }

  private static func thousandths(_ text: Substring) -> UInt64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = UInt64(parts[0]), whole <= UInt64.max / 1000 - 1 else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    guard (1...3).contains(parts[1].utf8.count), let fraction = UInt64(parts[1]) else { return nil }
    let scale: [UInt64] = [100, 10, 1]
    return whole * 1000 + fraction * scale[parts[1].utf8.count - 1]
  }
}

/// Digits, perhaps a space, and letters; `nil` for anything else.
private func split(_ text: String, allowingPoint: Bool = false) -> (digits: Substring, unit: String)? {
  let digits = text.prefix { ("0"..."9").contains($0) && $0.isASCII || allowingPoint && $0 == "." }
  guard let first = digits.first, first != "." else { return nil }
  var rest = text[digits.endIndex...]
  if rest.first == " " { rest = rest.dropFirst() }
  guard rest.utf8.allSatisfy({ (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) }) else { return nil }
  return (digits, String(rest))
}
