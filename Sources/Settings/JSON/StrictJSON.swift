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
    let tree = try decoder.decode(JSONTree.self, from: Data(bytes))
    try check(tree, shape, at: "", file: file)
    return try decoder.decode(type, from: Data(bytes))
  }

  /// With line breaks, for files that a person may look at.
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [0x0a]
  }

  private static func check(_ tree: JSONTree, _ shape: Shape, at place: String, file: String) throws {
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
        try check(value, inner, at: path, file: file)
      }
    case (.list(let elements), .list(let inner)):
      for (index, element) in elements.enumerated() { try check(element, inner, at: "\(place)[\(index)]", file: file) }
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

/// Any JSON value, as far as its keys go.
private enum JSONTree: Decodable {
  case leaf
  case list([JSONTree])
  case object([String: JSONTree])

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self) {
      var members: [String: JSONTree] = [:]
      for key in container.allKeys { members[key.stringValue] = try container.decode(JSONTree.self, forKey: key) }
      self = .object(members)
    } else if var container = try? decoder.unkeyedContainer() {
      var elements: [JSONTree] = []
      while !container.isAtEnd { elements.append(try container.decode(JSONTree.self)) }
      self = .list(elements)
    } else {
      self = .leaf
    }
  }
}
