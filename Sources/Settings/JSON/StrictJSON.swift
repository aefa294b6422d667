import Domain
import FoundationEssentials

/// Reading of our own JSON files, where a key that nobody knows is a mistake to be named and not a wish to be ignored.
enum StrictJSON {
  /// The keys that may stand in an object, with those of the objects in it.
  indirect enum Shape: Sendable {
    case anything
    case object([String: Shape])
    case list(Shape)

    static func keys(_ names: [String]) -> Shape {
      .object(Dictionary(uniqueKeysWithValues: names.map { ($0, .anything) }))
    }
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], file: String, keys shape: Shape
  ) throws -> Value {
    let decoder = JSONDecoder()
    try check(try decoder.decode(JSONValue.self, from: Data(bytes)), shape, at: "", of: file)
    return try decoder.decode(type, from: Data(bytes))
  }

  /// A value as JSON, to be changed member by member.
  static func tree(_ value: some Encodable) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(value))
  }

  /// With line breaks, for files that a person may look at.
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [0x0a]
  }

  /// - Throws: `Problem` (exit 78) that names the first key that is not known.
  static func check(_ tree: JSONValue, _ shape: Shape, at place: String = "", of file: String) throws {
    switch (tree, shape) {
    case (.object(let members), .object(let known)):
      for (key, value) in members.sorted(by: { $0.key < $1.key }) {
        let path = place.isEmpty ? key : "\(place).\(key)"
        guard let inner = known[key] else {
          let near = Suggestion.nearest(to: key, among: known.keys)
          throw Problem(
            .configuration, "\(file) has a key that is not known: \"\(path)\"",
            next: near.map { "did you mean \"\($0)\"?" }
              ?? "take it out; known here: \(known.keys.sorted().joined(separator: ", "))")
        }
        try check(value, inner, at: path, of: file)
      }
    case (.array(let elements), .list(let inner)):
      for (index, element) in elements.enumerated() { try check(element, inner, at: "\(place)[\(index)]", of: file) }
    default: break
    }
  }

  /// A decoding error in one line that names the key.
  static func describe(_ error: any Error) -> String {
    func key(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
      let names = (path + (last.map { [$0] } ?? [])).map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return names.isEmpty ? "the file" : "\"\(names.joined(separator: "."))\""
    }
    switch error {
    case let problem as Problem: return problem.what
    case DecodingError.keyNotFound(let missing, let context): return "\(key(context.codingPath, missing)) is missing"
    case DecodingError.typeMismatch(_, let context): return "\(key(context.codingPath)) has the wrong type"
    case DecodingError.valueNotFound(_, let context): return "\(key(context.codingPath)) is empty"
    case DecodingError.dataCorrupted(let context):
      return context.codingPath.isEmpty
        ? "it is not JSON" : "\(key(context.codingPath)) has a value that is not allowed"
    default: return "\(error)"
    }
  }
}
