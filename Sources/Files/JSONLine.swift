public import Domain
import FoundationEssentials

/// JSON as it travels through the pipes and sockets of Hearth: one value, UTF-8, keys in a fixed order, no line breaks.
public enum JSONLine {
  /// - Throws: `EncodingError`, only for numbers that JSON can't hold.
  public static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  /// - Throws: `DecodingError`, or `Problem` from a value that is refused.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>, newCamera: CameraID? = nil
  ) throws -> Value {
    let decoder = JSONDecoder()
    if let newCamera { decoder.userInfo[.newCameraID] = newCamera }
    return try decoder.decode(type, from: Data(bytes))
  }
}
