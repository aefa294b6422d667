/// The four letters that name a box, a brand or a sample entry (ISO/IEC 14496-12 section 4.2).
public struct FourCC: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let value: UInt32

  public init(_ value: UInt32) { self.value = value }

  /// For literals of four ASCII letters in our own code; a longer one keeps its last four.
  public init(stringLiteral text: StaticString) {
    value = text.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
  }

  /// The letters; what can't be printed is shown as a dot.
  public var description: String {
    let letters = (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
    return String(decoding: letters.map { $0 >= 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
  }
}
