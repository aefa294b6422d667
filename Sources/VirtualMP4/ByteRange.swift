/// The bytes that a GET with `Range` asks for (RFC 9110 section 14). Of other methods the field is to be ignored.
public enum ByteRange: Hashable, Sendable {
  /// 200 with all bytes: there is no such field, or one that a server may or must ignore.
  case whole
  /// 206 with these bytes.
  case partial(Range<UInt64>)
  /// 416 with `Content-Range: bytes */length`.
  case unsatisfiable

  /// - Parameters:
  ///   - header: the values of all `Range` fields; more than one is no valid request and ignored.
  ///   - length: of the whole representation.
  ///   - ifRange: whether the validator of `If-Range` is the strong one of this representation; `nil` without that field.
  public static func evaluate(header: [String], length: UInt64, ifRange: Bool? = nil) -> ByteRange {
    guard header.count == 1, ifRange != false, let specifier = single(Array(header[0].utf8)) else { return .whole }
    switch specifier {
    case .from(let first, let last):
      // Section 14.1.1: an int-range is invalid if its last position is less than its first.
      if let last, last < first { return .whole }
      guard let begin = first.value, begin < length else { return .unsatisfiable }
      guard let last = last?.value, last < length else { return .partial(begin..<length) }
      return .partial(begin..<last + 1)
    case .suffix(let count):
      guard count.value != 0 else { return .unsatisfiable }
      // No 206 can name the bytes of an empty representation.
      guard length > 0 else { return .whole }
      return .partial(length - min(count.value ?? .max, length)..<length)
    }
  }

  private enum Specifier {
    case from(Position, Position?)
    case suffix(Position)
  }

  /// A number of any length, as its digits without leading zeroes.
  private struct Position: Comparable {
    let digits: ArraySlice<UInt8>

    init?(_ text: ArraySlice<UInt8>) {
      guard !text.isEmpty, text.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
      digits = text.drop { $0 == 0x30 }
    }

    /// `nil` when it is beyond 64 bits.
    var value: UInt64? {
      var value: UInt64 = 0
      for digit in digits {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt64(digit - 0x30))
        guard !overflow, !carry else { return nil }
        value = sum
      }
      return value
    }

    static func < (left: Position, right: Position) -> Bool {
      left.digits.count == right.digits.count
        ? left.digits.lexicographicallyPrecedes(right.digits) : left.digits.count < right.digits.count
    }

    static func == (left: Position, right: Position) -> Bool { left.digits.elementsEqual(right.digits) }
  }

  /// Reads `bytes=` and a list with one element; `nil` for another unit, several ranges, or what is no range.
  private static func single(_ field: [UInt8]) -> Specifier? {
    let value = trimmed(field[...])
    guard let equals = value.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    // Section 14.1: range unit names are case-insensitive.
    guard String(decoding: value[..<equals], as: UTF8.self).lowercased() == "bytes" else { return nil }
    let list = value[(equals + 1)...].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    // Section 5.6.1.2: empty elements of a list are ignored; white space stands only around commas.
    let elements = (list.count > 1 ? list.map(trimmed) : list).filter { !$0.isEmpty }
    guard elements.count == 1, let range = elements.first else { return nil }
    guard let dash = range.firstIndex(of: UInt8(ascii: "-")) else { return nil }
    let after = range[(dash + 1)...]
    if dash == range.startIndex { return Position(after).map(Specifier.suffix) }
    guard let first = Position(range[..<dash]) else { return nil }
    if after.isEmpty { return .from(first, nil) }
    return Position(after).map { .from(first, $0) }
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var rest = text.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return rest
  }
}
