/// Header fields in the order in which they were sent (RFC 2326 section 12). Names compare without regard to case.
public struct RTSPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// One field. Its value holds no control characters, so that it can't end a line.
  public struct Field: Hashable, Sendable {
    /// As it was written.
    public let name: String
    /// Without the white space around it.
    public internal(set) var value: String
  }

  /// All fields, repeated ones too.
  public private(set) var fields: [Field] = []

  /// No fields.
  public init() {}

  /// Fields in the order of the literal.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }

  /// The value of the first field of this name.
  public subscript(name: String) -> String? { values(name).first }

  /// The values of all fields of this name: servers repeat `WWW-Authenticate` and `Public`.
  public func values(_ name: String) -> [String] {
    let wanted = name.lowercased()
    return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
  }

  /// Adds a field. Control characters become spaces: nothing that is put into a header can begin another one.
  public mutating func append(_ name: String, _ value: String) {
    fields.append(Field(name: ASCII.singleLine(name), value: ASCII.trimmed(ASCII.singleLine(value))))
  }

  /// Continues the last field's value (RFC 2326 section 4.2, folding).
  mutating func fold(_ more: String) {
    guard !fields.isEmpty else { return }
    let folded = ASCII.trimmed(ASCII.singleLine(more))
    guard !folded.isEmpty else { return }
    fields[fields.count - 1].value += fields[fields.count - 1].value.isEmpty ? folded : " " + folded
  }
}
