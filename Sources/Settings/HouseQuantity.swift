import Domain

/// Ages and byte counts as a house file writes them: `3d`, `500GB`.
enum HouseQuantity {
  private static let ageUnits: [(String, Int64)] = [("w", 604_800), ("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
  private static let byteUnits: [(String, Int64)] = [
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000),
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("kB", 1000), ("B", 1),
  ]

  /// A hundred years: more is a slip of the finger.
  private static let longestAge: Int64 = 36_525 * 86_400
  private static let mostBytes: Int64 = 1 << 60

  static func age(_ text: String) throws -> Int64 {
    try read(text, ageUnits, longestAge, "an age", "write a whole number with min, h, d or w, such as 36h or 30d")
  }

  static func bytes(_ text: String) throws -> Int64 {
    try read(
      text, byteUnits, mostBytes, "an amount of storage",
      "write a whole number with MB, GB or TB (or MiB, GiB, TiB), such as 500GB")
  }

  static func ageText(_ seconds: Int64) -> String { text(seconds, ageUnits) ?? "\(seconds)s" }
  static func bytesText(_ bytes: Int64) -> String { text(bytes, byteUnits) ?? "\(bytes)B" }

  private static func read(
    _ text: String, _ units: [(String, Int64)], _ most: Int64, _ what: String, _ next: String
  ) throws -> Int64 {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Int64(digits), number > 0, let factor = units.first(where: { $0.0 == unit })?.1 else {
      throw Problem(.configuration, "\"\(text.prefix(40))\" is not \(what)", next: next)
    }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    guard !overflow, product <= most else {
      throw Problem(.configuration, "\"\(text.prefix(40))\" is too much", next: next)
    }
    return product
  }

  private static func text(_ value: Int64, _ units: [(String, Int64)]) -> String? {
    units.filter { value > 0 && value % $0.1 == 0 }.map { "\(value / $0.1)\($0.0)" }.min {
      $0.utf8.count < $1.utf8.count
    }
  }
}
