/// A `Session` header (RFC 2326 section 12.37): the session's name, and how long it lasts without a sign of life.
struct SessionHeader: Hashable, Sendable {
  let id: String
  /// `nil` when none is told; RFC 2326 takes 60 s then.
  let timeout: Duration?

  /// Reads `12345678;timeout=60` with spaces anywhere.
  ///
  /// - Returns: `nil` for a name that is empty or longer than any camera's.
  init?(_ text: String) {
    let parts = text.split(separator: ";").map { ASCII.trimmed($0) }
    guard let id = parts.first, !id.isEmpty, id.utf8.count <= 256 else { return nil }
    self.id = id
    let told = parts.dropFirst().lazy.compactMap { part -> Int? in
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, ASCII.trimmed(pair[0]).lowercased() == "timeout" else { return nil }
      return ASCII.leadingNumber(pair[1])
    }.first
    timeout = told.flatMap { (1...86_400).contains($0) ? .seconds($0) : nil }
  }
}
