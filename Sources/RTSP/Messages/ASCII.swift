/// Text of a protocol that is ASCII, read from bytes that may be anything.
enum ASCII {
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let dollar = UInt8(ascii: "$")

  static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }
  static func isLineEnd(_ byte: UInt8) -> Bool { byte == lineFeed || byte == carriageReturn }
  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  static func isLetter(_ byte: UInt8) -> Bool { isUpper(byte & 0xdf) }
  static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5a }

  /// Without control characters, which become spaces.
  static func singleLine(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return text }
    return String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7f ? space : $0 }, as: UTF8.self)
  }

  /// Without white space at both ends.
  static func trimmed(_ text: some StringProtocol) -> String {
    var bytes = Array(text.utf8)[...]
    while let first = bytes.first, isBlank(first) || isLineEnd(first) { bytes.removeFirst() }
    while let last = bytes.last, isBlank(last) || isLineEnd(last) { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What may be shown to a person: printable ASCII only, cut to `limit` bytes. Escape sequences and turned text can't
  /// get through.
  static func printable(_ text: some StringProtocol, limit: Int = 200) -> String {
    String(decoding: text.utf8.lazy.filter { $0 >= 0x20 && $0 < 0x7f }.prefix(limit), as: UTF8.self)
  }

  /// The number that a text begins with, after white space; `nil` without a digit, and beyond what an `Int` holds.
  static func leadingNumber(_ text: some StringProtocol) -> Int? {
    Int(String(decoding: text.utf8.drop(while: isBlank).prefix(while: isDigit), as: UTF8.self))
  }

  /// The parts of a list whose separators don't count inside quotes (RFC 7230 section 7); trimmed, without empty ones.
  static func list(_ text: some StringProtocol, separator: Character) -> [String] {
    let mark = separator.asciiValue ?? UInt8(ascii: ",")
    var parts: [String] = []
    var part: [UInt8] = []
    var isQuoted = false
    var isEscaped = false
    func close() {
      let trimmed = trimmed(String(decoding: part, as: UTF8.self))
      if !trimmed.isEmpty { parts.append(trimmed) }
      part.removeAll(keepingCapacity: true)
    }
    for byte in text.utf8 {
      if byte == mark, !isQuoted {
        close()
        continue
      }
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\"), isQuoted {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      }
      part.append(byte)
    }
    close()
    return parts
  }
}
