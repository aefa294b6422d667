/// A session description (SDP, RFC 8866 and RFC 4566), read so far as a recorder needs it. Any bytes can be read: a line
/// that makes no sense is left out.
public struct SessionDescription: Hashable, Sendable {
  /// The session's name (`s=`), printable and short.
  public var name = ""
  /// The session's control attribute (RFC 2326 section C.1.1).
  public var control: String?
  /// What the session's range attribute says (RFC 2326 section C.1.5); `npt=now-` for a live stream.
  public var range: String?
  /// The media sections in order, at most `mostMedia`.
  public var media: [MediaDescription] = []

  /// More sections than this are not read.
  public static let mostMedia = 32
  /// Bytes beyond this are not read.
  public static let longest = 65536

  /// Reads a description.
  public init(_ bytes: some Collection<UInt8>) {
    let text = String(decoding: bytes.prefix(Self.longest), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      let line = ASCII.trimmed(line)
      guard line.dropFirst().hasPrefix("=") else { continue }
      take(line.prefix(1), String(line.dropFirst(2)))
    }
  }

  private mutating func take(_ kind: Substring, _ value: String) {
    switch kind {
    case "s": name = ASCII.printable(value, limit: 80)
    case "m":
      guard media.count < Self.mostMedia, let section = MediaDescription(index: media.count, line: value) else { break }
      media.append(section)
    case "a":
      let name = value.prefix { $0 != ":" }
      let rest = ASCII.trimmed(value.dropFirst(name.count + 1))
      take(attribute: ASCII.trimmed(name).lowercased(), rest)
    default: break
    }
  }

  private mutating func take(attribute name: String, _ value: String) {
    guard media.isEmpty else {
      media[media.count - 1].take(attribute: name, value: value)
      return
    }
    switch name {
    case "control": if control == nil { control = value }
    case "range": range = value
    default: break
    }
  }
}
