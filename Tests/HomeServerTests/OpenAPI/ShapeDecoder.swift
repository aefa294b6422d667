import Domain
import Foundation
import HomeAPI

/// Finds out what a type reads from JSON: a decoder that answers every question with a made-up value and notes what was
/// asked. A key that is asked about with `contains` first, as `decodeIfPresent` does, is optional.
final class ShapeDecoder: Decoder {
  let codingPath: [any CodingKey] = []
  /// New cameras get their id from the decoder.
  let userInfo: [CodingUserInfoKey: Any] = [.newCameraID: CameraID(text: String(repeating: "b", count: 32)) as Any]
  /// Whether optional fields have a value.
  let isFull: Bool
  /// The key that this value has, for one whose text must have a form.
  let name: String
  fileprivate(set) var shape: BodyShape? { didSet { shape.map { isShaped?($0) } } }
  /// Told of each change, where this is a container nested in another.
  private var isShaped: ((BodyShape) -> Void)?

  init(isFull: Bool, name: String = "") { (self.isFull, self.name) = (isFull, name) }

  /// What a type reads.
  static func shape<T: Decodable>(of type: T.Type) throws -> BodyShape { try part(type, isFull: true, name: "").shape }

  /// A value of a type, as it is written.
  ///
  /// - Parameter isFull: whether each optional field has a value, or none has.
  static func json<T: Codable>(of type: T.Type, isFull: Bool) throws -> Data {
    try JSONEncoder().encode(try part(type, isFull: isFull, name: "").value)
  }

  fileprivate static func part<T: Decodable>(
    _ type: T.Type, isFull: Bool, name: String
  ) throws -> (shape: BodyShape, value: T) {
    if let (shape, value) = scalar(type, name), let value = value as? T { return (shape, value) }
    if let list = type as? any (CaseIterable & RawRepresentable).Type, let (shape, first) = cases(list),
      let value = first as? T
    {
      return (shape, value)
    }
    if let map = type as? any StringMap.Type, let value = try map.made(isFull: isFull) as? (BodyShape, T) {
      return value
    }
    let decoder = ShapeDecoder(isFull: isFull, name: name)
    let value = try T(from: decoder)
    guard let shape = decoder.shape else { throw Unreadable(what: "\(T.self) reads nothing") }
    return (T.self is any NullableField.Type ? .nullable(shape) : shape, value)
  }

  private static func scalar(_ type: any Decodable.Type, _ name: String) -> (BodyShape, Any)? {
    switch type {
    case is String.Type: (.string, text(name))
    case is Bool.Type: (.boolean, true)
    case is Double.Type: (.number, 0.5)
    case is Int.Type: (.integer, 1)
    case is Int64.Type: (.integer, Int64(1))
    case is UInt64.Type: (.integer, UInt64(1))
    case is UInt32.Type: (.integer, UInt32(1))
    case is UInt16.Type: (.integer, UInt16(1))
    default: nil
    }
  }

  /// A text of the form that fields of this name have.
  private static func text(_ name: String) -> String {
    switch name {
    case "id", "volume": String(repeating: "a", count: 32)
    case "host": "192.168.1.20"
    case "path": "/x"
    case "source", "detect": "rtsp://192.168.1.20/x"
    default: "text"
    }
  }

  private static func cases<List: CaseIterable & RawRepresentable>(_ type: List.Type) -> (BodyShape, Any)? {
    type.allCases.first.map { (.oneOf(Set(type.allCases.map { "\($0.rawValue)" })), $0) }
  }

  struct Unreadable: Error { let what: String }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    if shape == nil { shape = .object([:]) }
    return KeyedDecodingContainer(Keyed(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { Unkeyed(decoder: self) }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

  /// A decoder of an object within this one, whose shape becomes that of the field `name`.
  fileprivate func nested(_ name: String, isRequired: Bool) -> ShapeDecoder {
    let inner = ShapeDecoder(isFull: isFull, name: name)
    inner.isShaped = { [weak self] in self?.note(name, $0, isRequired: isRequired) }
    inner.shape = .object([:])
    return inner
  }

  fileprivate func note(_ name: String, _ shape: BodyShape, isRequired: Bool) {
    guard case .object(var fields)? = self.shape else { return }
    fields[name] = BodyShape.Field(shape: shape, isRequired: isRequired)
    self.shape = .object(fields)
  }
}

/// `@Nullable`: written as `null` when it has no value.
private protocol NullableField {}
extension Nullable: NullableField {}

/// A dictionary by text.
private protocol StringMap {
  static func made(isFull: Bool) throws -> Any
}

extension Dictionary: StringMap where Key == String, Value: Decodable {
  fileprivate static func made(isFull: Bool) throws -> Any {
    let (shape, value) = try ShapeDecoder.part(Value.self, isFull: isFull, name: "")
    return (BodyShape.map(shape), ["key": value])
  }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ShapeDecoder
  let codingPath: [any CodingKey] = []
  let allKeys: [Key] = []
  private let optional = Asked()

  init(decoder: ShapeDecoder) { self.decoder = decoder }

  private final class Asked { var names: Set<String> = [] }

  func contains(_ key: Key) -> Bool {
    optional.names.insert(key.stringValue)
    return decoder.isFull
  }

  func decodeNil(forKey key: Key) throws -> Bool { false }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    let name = key.stringValue
    let (shape, value) = try ShapeDecoder.part(type, isFull: decoder.isFull, name: name)
    // A missing `@Nullable` field is read as `null`, and always written.
    let isRequired = T.self is any NullableField.Type || !optional.names.contains(name)
    decoder.note(name, shape, isRequired: isRequired)
    return value
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    let name = key.stringValue
    return try decoder.nested(name, isRequired: !optional.names.contains(name)).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw ShapeDecoder.Unreadable(what: "a nested container")
  }
  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { decoder }
}

/// One element.
private struct Unkeyed: UnkeyedDecodingContainer {
  let decoder: ShapeDecoder
  let codingPath: [any CodingKey] = []
  let count: Int? = 1
  var currentIndex = 0
  var isAtEnd: Bool { currentIndex > 0 }

  mutating func decodeNil() throws -> Bool { false }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    currentIndex += 1
    let (shape, value) = try ShapeDecoder.part(type, isFull: decoder.isFull, name: decoder.name)
    decoder.shape = .array(shape)
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { throw ShapeDecoder.Unreadable(what: "a nested container") }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw ShapeDecoder.Unreadable(what: "a nested container")
  }
  mutating func superDecoder() throws -> any Decoder { decoder }
}

private struct Single: SingleValueDecodingContainer {
  let decoder: ShapeDecoder
  let codingPath: [any CodingKey] = []

  func decodeNil() -> Bool { false }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let (shape, value) = try ShapeDecoder.part(type, isFull: decoder.isFull, name: decoder.name)
    decoder.shape = shape
    return value
  }
}
