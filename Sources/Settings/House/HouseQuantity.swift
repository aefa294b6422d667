import Domain
import Retention

/// Ages and byte counts as a house file writes them: `3d`, `500GB`. `Retention` reads them; only the small exact units
/// that an export may need are added here, so that every stored value has a text.
enum HouseQuantity {
  private static let smallAges: [(unit: String, seconds: Int64)] = [("min", 60), ("s", 1)]
  private static let ages: [(unit: String, seconds: Int64)] = [("w", 604_800), ("d", 86_400), ("h", 3600)] + smallAges
  private static let smallSizes: [(unit: String, bytes: Int64)] = [("kB", 1000), ("B", 1)]
  private static let sizes: [(unit: String, bytes: Int64)] =
    [
      ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("TiB", 1 << 40), ("GiB", 1 << 30),
      ("MiB", 1 << 20),
    ] + smallSizes

  /// Seconds.
  static func age(_ text: String) throws -> Int64 {
    try small(text, smallAges) ?? RetentionAge.parse(text).duration.components.seconds
  }

  static func bytes(_ text: String) throws -> Int64 {
    try small(text, smallSizes) ?? Int64(clamping: ByteCount.parse(text).bytes)
  }

  /// Hundredths.
  static func percent(_ text: String) throws -> Int64 {
    guard text.hasSuffix("%"), let percent = Int64(text.dropLast()), (1...95).contains(percent) else {
      throw Problem(
        .usage, "\"\(text.prefix(40))\" is not a share of the volume", next: "write 1% to 95%, or a size: 500GB")
    }
    return percent
  }

  static func ageText(_ seconds: Int64) -> String { text(seconds, ages) ?? "\(seconds)s" }
  static func bytesText(_ bytes: Int64) -> String { text(bytes, sizes) ?? "\(bytes)B" }

  private static func small(_ text: String, _ units: [(String, Int64)]) -> Int64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let factor = units.first(where: { $0.0 == text.dropFirst(digits.count) })?.1,
      let number = Int64(digits), number > 0
    else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
  }

  /// The shortest exact text.
  private static func text(_ value: Int64, _ units: [(String, Int64)]) -> String? {
    let exact = units.filter { value > 0 && value % $0.1 == 0 }.map { "\(value / $0.1)\($0.0)" }
    return exact.min { $0.utf8.count < $1.utf8.count }
  }
}
