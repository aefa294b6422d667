public import Domain
import FoundationEssentials

/// An event as its file holds it: one line of JSON, and a line with the seal in hexadecimal.
public struct EventRecord: Sendable {
  private struct Stored: Codable {
    var version: Int
    var camera: String
    var event: String
    /// Nanoseconds of UTC.
    var start: Int64
    var end: Int64?
    var best: Int64
    var peak: Double
    var boxes: [RelativeBox]
    var reasons: [String]
    var zones: [String]
  }

  /// The file's bytes, or `nil` when `key` is another camera's.
  public static func seal(_ event: Event, key: CameraKey) throws -> [UInt8]? {
    guard key.camera == event.id.camera else { return nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let line = Array(
      try encoder.encode(
        Stored(
          version: 1, camera: event.id.camera.text, event: event.id.raw.text, start: event.start.nanoseconds,
          end: event.end?.nanoseconds, best: event.best.nanoseconds, peak: event.peak, boxes: event.boxes,
          reasons: event.reasons, zones: event.zones)))
    return line + [0x0a] + Array(Hex.encode(tag(line, key).bytes).utf8) + [0x0a]
  }

  /// Reads an event's file; `nil` when the seal does not hold under `key` or the text is not an event of its camera.
  public static func open(_ bytes: [UInt8], key: CameraKey) -> Event? {
    guard let split = bytes.firstIndex(of: 0x0a) else { return nil }
    let line = Array(bytes[..<split])
    let sealText = String(decoding: bytes[(split + 1)...].prefix { $0 != 0x0a }, as: UTF8.self)
    guard let sealed = Hex.decode(sealText), tag(line, key).matches(Tag(bytes: sealed[...])) else { return nil }
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(line)), stored.version == 1,
      let camera = CameraID(text: stored.camera), camera == key.camera, let raw = RandomID(text: stored.event)
    else { return nil }
    return Event(
      id: EventID(camera: camera, raw: raw), start: WallTime(nanoseconds: stored.start),
      end: stored.end.map { WallTime(nanoseconds: $0) }, best: WallTime(nanoseconds: stored.best), peak: stored.peak,
      boxes: stored.boxes, reasons: stored.reasons, zones: stored.zones)
  }

  private static func tag(_ line: [UInt8], _ key: CameraKey) -> Tag {
    Tag.over(key: key.derive("event", []), line)
  }
}
