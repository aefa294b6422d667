import Domain
import Foundation

/// A person's name in its one spelling (NFC), and the key by which names that differ in case only are the same.
struct PersonName: Hashable {
  let text: String
  let key: String

  /// `nil` unless it may be a name (see `DisplayName`).
  init?(_ name: String) { try? self.init(required: name) }

  /// - Throws: `Problem` (exit 64) that says what is wrong with the name.
  init(required name: String) throws {
    text = try Self.text(name, "a person's name")
    // Up and down again, so that letters with two small forms become one.
    key = text.uppercased().lowercased().precomposedStringWithCanonicalMapping
  }

  /// The text in NFC, if it may be shown in a list that people read.
  ///
  /// - Throws: `Problem` (exit 64) that says what is wrong with it.
  static func text(_ text: String, _ what: String) throws -> String {
    // Checked as it will be stored: NFC can make text longer.
    let text = text.precomposedStringWithCanonicalMapping
    try DisplayName.check(text, what, .usage)
    return text
  }
}
