/// What may be a name that people read in lists: of a camera, a zone, a person, a token. One rule for the configuration
/// file, the API and the command line, so that what one of them accepts the others accept too.
///
/// Names are kept as they are given. Where they are compared, the comparison is by canonical equivalence (Unicode
/// Standard Annex 15), as Swift's `==` on strings is.
public enum DisplayName {
  /// Characters as a reader counts them (extended grapheme clusters).
  public static let longest = 64
  /// Bytes of UTF-8: a single character can hold any number of combining marks.
  public static let mostBytes = 256

  /// Refuses what can't be a new name: not 1 to 64 characters, more than 256 bytes, white space at an end, or a
  /// character that isn't shown (control characters, separators of lines, marks that reorder text, unassigned and private
  /// ones). The two joiners that scripts and emoji need are allowed.
  ///
  /// - Parameters:
  ///   - what: what the name is of, such as `a camera's name`.
  ///   - exit: how a command that is given this name ends.
  /// - Throws: `Problem` that says what is wrong with the name, and doesn't repeat it.
  public static func check(_ text: String, _ what: String, _ exit: ExitCode) throws {
    let count = text.count
    guard (1...longest).contains(count) else {
      throw Problem(exit, "\(what) has \(count) characters", next: "use 1 to \(longest) characters")
    }
    guard text.utf8.count <= mostBytes else {
      throw Problem(exit, "\(what) has \(text.utf8.count) bytes", next: "use at most \(mostBytes) bytes of UTF-8")
    }
    guard text.first?.isWhitespace == false, text.last?.isWhitespace == false else {
      throw Problem(exit, "\(what) begins or ends with a space", next: "leave the space out")
    }
    guard text.unicodeScalars.allSatisfy(isAllowed), text.unicodeScalars.contains(where: { !isJoiner($0) }) else {
      throw Problem(
        exit, "\(what) holds a character that is not shown", next: "use letters, digits, signs and single spaces")
    }
  }

  /// Refuses a stored name that can't be shown. Looser than `check`: names of up to 1,024 bytes, with white space at the
  /// ends or with format characters were accepted once, and a settings file that holds one must still be read.
  ///
  /// - Throws: `Problem` (exit 65).
  public static func checkStored(_ text: String, _ what: String) throws {
    guard (1...longest).contains(text.count), text.utf8.count <= 1024 else {
      throw Problem(.data, "\(what) is empty or too long", next: "use 1 to \(longest) characters")
    }
    guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw Problem(.data, "\(what) is blank", next: "use at least one letter")
    }
    guard text.unicodeScalars.allSatisfy({ isAllowed($0) || isHarmlessWhenStored($0) }) else {
      throw Problem(.data, "\(what) holds a character that is not shown", next: "use letters, digits, signs and spaces")
    }
  }

  private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool { scalar == "\u{200C}" || scalar == "\u{200D}" }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    // Marks that can't be seen or that reorder text could make one name look like another.
    case .format: isJoiner(scalar)
    default: true
    }
  }

  private static func isHarmlessWhenStored(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .privateUse: true
    // Embeddings, overrides and isolates (Unicode Standard Annex 9) were never accepted.
    case .format: !(0x202a...0x202e).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
    default: false
    }
  }
}
