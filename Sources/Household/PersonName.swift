import Domain
import Foundation

/// A person's name in its one spelling (NFC), and the key by which names that differ in case only are the same.
struct PersonName: Hashable {
  let text: String
  let key: String

  /// `nil` unless 1 to 64 characters without control characters and without spaces at the ends.
  init?(_ name: String) {
    guard let text = Self.text(name) else { return nil }
    self.text = text
    // Up and down again, so that letters with two small forms become one.
    key = text.uppercased().lowercased().precomposedStringWithCanonicalMapping
  }

  static func required(_ name: String) throws -> PersonName {
    guard let name = PersonName(name) else {
      throw Problem(
        .usage, "a person's name has 1 to 64 characters, no control character and no space at its ends",
        next: "choose another name, such as Ada")
    }
    return name
  }

  /// The text in NFC, if it may stand in a list that people read.
  static func text(_ text: String) -> String? {
    let text = text.precomposedStringWithCanonicalMapping
    guard (1...64).contains(text.count), text.utf8.count <= 256,
      text.unicodeScalars.allSatisfy(isShown),
      text.first?.isWhitespace == false, text.last?.isWhitespace == false
    else { return nil }
    return text
  }

  /// Neither control characters nor those that turn the direction of text or can't be seen; the two joiners that
  /// scripts and emoji need are let through.
  private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .format: scalar == "\u{200C}" || scalar == "\u{200D}"
    default: true
    }
  }
}
