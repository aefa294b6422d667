public import Domain

/// What a session description (SDP, RFC 4566) says about the device that wrote it, without what changes from day to day:
/// addresses, session numbers, times.
public struct SessionTraits: Hashable, Sendable {
  public var session: String
  public var layout: String
  /// Empty when no parameter sets are described.
  public var parameterSets: String

  /// Longer descriptions are no camera's; what is beyond is not read.
  static let longest = 16 << 10
  private static let mostMedia = 16

  /// Reads any bytes: what makes no sense is left out.
  public init(description: String) {
    var name = ""
    var owner = ""
    var media: [Media] = []
    for line in String(decoding: description.utf8.prefix(Self.longest), as: UTF8.self).split(
      whereSeparator: \.isNewline)
    {
      let value = line.dropFirst(2)
      switch line.prefix(2) {
      case "s=": name = Self.short(value)
      case "o=": owner = Self.short(value.prefix { $0 != " " })
      case "m=":
        guard media.count < Self.mostMedia else { break }
        media.append(Media(kind: Self.short(value.prefix { $0 != " " })))
      case "a=": if !media.isEmpty { media[media.count - 1].take(attribute: value) }
      default: break
      }
    }
    session = owner.isEmpty || owner == "-" ? name : "\(owner): \(name)"
    layout = media.map { "\($0.kind) \($0.codec) \($0.control)" }.joined(separator: ", ")
    let sets = media.map(\.sets).joined()
    parameterSets = sets.isEmpty ? "" : Self.digest(sets)
  }

  private struct Media {
    var kind: String
    var codec = ""
    var control = ""
    var sets = ""

    mutating func take(attribute: Substring) {
      let name = attribute.prefix { $0 != ":" }
      let value = attribute.dropFirst(name.count + 1)
      switch name {
      case "rtpmap":
        codec = SessionTraits.short((value.split(separator: " ").dropFirst().first ?? "").prefix { $0 != "/" })
      case "control":
        // Absolute ones hold the address; queries hold tokens.
        control = SessionTraits.short((value.split(separator: "/").last ?? "").prefix { $0 != "?" })
      case "fmtp":
        for part in value.split(whereSeparator: { $0 == ";" || $0 == " " }) where part.hasPrefix("sprop-") {
          sets += part
        }
      default: break
      }
    }
  }

  private static func short(_ text: some StringProtocol) -> String {
    String(decoding: text.utf8.filter { $0 >= 0x20 && $0 < 0x7f }.prefix(80), as: UTF8.self)
  }

  /// FNV-1a, 64 bits: tells texts apart, and is no proof against who wants them to be equal. Nor are the sets
  /// themselves: anybody can send those of another camera.
  private static func digest(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Hex.encode((0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * $0)) })
  }
}

extension DeviceEvidence {
  /// Adds what the device's description says.
  public mutating func take(description: String) {
    let traits = SessionTraits(description: description)
    session = traits.session
    layout = traits.layout
    parameterSets = traits.parameterSets
  }
}
