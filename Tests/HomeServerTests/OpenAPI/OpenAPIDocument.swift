import Foundation
import Settings
import Testing

/// `web/openapi.json`.
struct OpenAPIDocument {
  static var root: URL { URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized }

  let paths: [String: JSONValue]
  let schemas: [String: JSONValue]

  init() throws {
    let document = try JSONDecoder().decode(
      JSONValue.self, from: Data(contentsOf: Self.root.appending(path: "web/openapi.json")))
    paths = document["paths"]?.members ?? [:]
    schemas = document["components"]?["schemas"]?.members ?? [:]
  }

  private static let shared = Result { try OpenAPIDocument() }

  /// Expects that an answer of the API's is what the document says; one that is no JSON is none of its concern.
  static func expect(_ answer: [UInt8], _ method: String, _ path: [String], status: Int) throws {
    guard answer.first == UInt8(ascii: "{") else { return }
    let json = try JSONDecoder().decode(JSONValue.self, from: Data(answer))
    #expect(try shared.get().faults(of: json, method, path, status: status) == [], "\(method) \(path)")
  }

  static let prefix = "#/components/schemas/"

  struct Unclear: Error, CustomStringConvertible { let description: String }

  // MARK: - Shapes

  /// What the schema of this name describes.
  func shape(named name: String) throws -> BodyShape {
    guard let schema = schemas[name] else { throw Unclear(description: "there is no schema \(name)") }
    return try shape(schema)
  }

  private func shape(_ schema: JSONValue) throws -> BodyShape {
    if let reference = schema["$ref"]?.text { return try shape(named: String(reference.dropFirst(Self.prefix.count))) }
    if let value = schema["const"] { return .oneOf([value.label]) }
    if let values = schema["enum"]?.elements {
      let list = BodyShape.oneOf(Set(values.filter { $0 != .null }.map(\.label)))
      return values.contains(.null) ? .nullable(list) : list
    }
    if let options = schema["oneOf"]?.elements {
      let others = options.filter { $0["type"]?.text != "null" }
      guard others.count == 1, options.count == 2, let other = others.first else {
        throw Unclear(description: "oneOf is for null or something: \(schema)")
      }
      return .nullable(try shape(other))
    }
    if let kinds = schema["type"]?.elements {
      let others = kinds.filter { $0.text != "null" }
      guard others.count == 1, kinds.count == 2, let kind = others.first?.text else {
        throw Unclear(description: "a list of types is for null or something: \(schema)")
      }
      return .nullable(try shape(schema, of: kind))
    }
    guard let kind = schema["type"]?.text else { throw Unclear(description: "no type: \(schema)") }
    return try shape(schema, of: kind)
  }

  private func shape(_ schema: JSONValue, of kind: String) throws -> BodyShape {
    switch kind {
    case "string": return .string
    case "integer": return .integer
    case "number": return .number
    case "boolean": return .boolean
    case "array":
      guard let items = schema["items"] else { throw Unclear(description: "an array of what? \(schema)") }
      return .array(try shape(items))
    case "object":
      if let extra = schema["additionalProperties"] { return .map(try shape(extra)) }
      let required = Set(schema["required"]?.elements.map { $0.compactMap(\.text) } ?? [])
      let fields = try (schema["properties"]?.members ?? [:]).map { name, inner in
        (name, BodyShape.Field(shape: try shape(inner), isRequired: required.contains(name)))
      }
      return .object(Dictionary(uniqueKeysWithValues: fields))
    default: throw Unclear(description: "an unknown type: \(schema)")
    }
  }

  // MARK: - Bodies

  /// The schemas that an operation's JSON bodies name, each with where it stands; one that stands there itself is `nil`.
  func bodies(of operation: JSONValue) -> [(place: String, schema: String?)] {
    var contents = (operation["responses"]?.members ?? [:]).mapValues { $0["content"] }
    contents["request"] = operation["requestBody"]?["content"]
    var found: [(place: String, schema: String?)] = []
    for (place, content) in contents {
      for (type, media) in content?.members ?? [:] where type.hasSuffix("json") {
        let reference = media["schema"]?["$ref"]?.text
        found.append((place, reference.map { String($0.dropFirst(Self.prefix.count)) }))
      }
    }
    return found
  }

  /// What is wrong with an answer of the API's, by the schema that its operation names.
  ///
  /// - Parameter path: as the server gets it, from `/api` on.
  func faults(of answer: JSONValue, _ method: String, _ path: [String], status: Int) -> [String] {
    guard let operation = operation(method, path) else { return [] }
    guard let name = bodies(of: operation).first(where: { $0.place == "\(status)" })?.schema else {
      // What holds for every address alike is not written down for each.
      return status >= 400 ? faults(of: answer, "Problem") : ["\(method) \(path): \(status) is not in the document"]
    }
    return faults(of: answer, name)
  }

  private func faults(of value: JSONValue, _ name: String) -> [String] {
    do { return try shape(named: name).faults(of: value, at: name) } catch { return ["\(error)"] }
  }

  private func operation(_ method: String, _ path: [String]) -> JSONValue? {
    let candidates = paths.filter { key, _ in
      let parts = key.split(separator: "/")
      return parts.count == path.count && zip(parts, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
    // One without braces goes before one with them.
    return candidates.min { $0.key.count { $0 == "{" } < $1.key.count { $0 == "{" } }?.value[method.lowercased()]
  }
}

extension BodyShape {
  /// What a JSON value has that this shape hasn't, or lacks.
  func faults(of value: JSONValue, at place: String) -> [String] {
    switch (self, value) {
    case (.nullable, .null), (.string, .string), (.integer, .integer), (.number, .integer), (.number, .number),
      (.boolean, .bool):
      return []
    case (.nullable(let shape), _): return shape.faults(of: value, at: place)
    case (.oneOf(let list), _) where list.contains(value.label): return []
    case (.array(let shape), .array(let elements)): return elements.flatMap { shape.faults(of: $0, at: "\(place)[]") }
    case (.map(let shape), .object(let members)):
      return members.flatMap { shape.faults(of: $0.value, at: "\(place).\($0.key)") }
    case (.object(let fields), .object(let members)):
      let unknown = members.keys.filter { fields[$0] == nil }.map { "\(place).\($0) is not in the document" }
      return unknown
        + fields.flatMap { name, field -> [String] in
          guard let member = members[name] else { return field.isRequired ? ["\(place).\(name) is missing"] : [] }
          return field.shape.faults(of: member, at: "\(place).\(name)")
        }
    default: return ["\(place) is \(value), which is no \(self)"]
    }
  }
}

extension JSONValue {
  subscript(_ name: String) -> JSONValue? { members?[name] }
  var members: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
  var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  var text: String? { if case .string(let text) = self { text } else { nil } }

  /// A text or a number, as a closed list names it.
  var label: String {
    switch self {
    case .string(let text): text
    case .integer(let number): "\(number)"
    default: "\(self)"
    }
  }
}
