/// How media come (RFC 2326 section 12.39).
public enum MediaTransport: String, Hashable, Sendable, Codable {
  /// Interleaved with the messages (RFC 2326 section 10.12).
  case tcp
  /// In datagrams of their own.
  case udp
}

/// Two numbers that belong together: the channels or ports of a track, for media and for RTCP.
public struct TransportPair<Number: Hashable & Sendable>: Hashable, Sendable {
  /// Of RTP.
  public var media: Number
  /// Of RTCP.
  public var control: Number

  /// A pair.
  public init(media: Number, control: Number) {
    self.media = media
    self.control = control
  }
}

/// What a camera's `Transport` header says (RFC 2326 section 12.39).
public struct TransportHeader: Hashable, Sendable {
  /// Interleaved or in datagrams; `nil` when it is neither.
  public var transport: MediaTransport?
  /// The channels, of TCP.
  public var interleaved: TransportPair<UInt8>?
  /// The camera's ports, of UDP.
  public var serverPorts: TransportPair<UInt16>?
  /// Where the media are said to come from, when that is told.
  public var source: String?
  /// Where they are said to go to.
  public var destination: String?
  /// The synchronisation source that the packets are said to have; some cameras tell a wrong one.
  public var ssrc: UInt32?
  /// Whether they are sent to a group, which isn't asked for.
  public var isMulticast = false

  /// Reads the first transport of a header: cameras give one. Parameters in any order and case.
  public init(_ text: String) {
    let parts = (ASCII.list(text, separator: ",").first ?? "").split(separator: ";").map { ASCII.trimmed($0) }
    let profile = parts.first?.uppercased() ?? ""
    if profile.hasSuffix("/TCP") || profile.hasSuffix("/TLS") {
      transport = .tcp
    } else if profile.hasPrefix("RTP/") || profile.hasPrefix("RAW/") {
      transport = .udp
    }
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      take(ASCII.trimmed(pair[0]).lowercased(), pair.count == 2 ? ASCII.trimmed(pair[1]) : "")
    }
    // Interleaved channels without "/TCP" are interleaved all the same.
    if interleaved != nil { transport = .tcp }
  }

  private mutating func take(_ name: String, _ value: String) {
    let value = value.hasPrefix("\"") ? String(value.dropFirst().prefix { $0 != "\"" }) : value
    switch name {
    case "interleaved": interleaved = Self.pair(value, after: { $0 == .max ? $0 : $0 + 1 })
    case "server_port": serverPorts = Self.pair(value, after: { $0 == .max ? $0 : $0 + 1 })
    case "source": source = ASCII.printable(value, limit: 80)
    case "destination": destination = ASCII.printable(value, limit: 80)
    case "ssrc": ssrc = UInt32(value.lowercased().hasPrefix("0x") ? String(value.dropFirst(2)) : value, radix: 16)
    case "multicast": isMulticast = true
    default: break
    }
  }

  /// `0-1`, or `0` alone, whose second is the next.
  private static func pair<Number: FixedWidthInteger & Sendable>(
    _ text: String, after: (Number) -> Number
  ) -> TransportPair<Number>? {
    let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { Number(ASCII.trimmed($0)) }
    guard let first = numbers.first, let media = first else { return nil }
    let control = numbers.count > 1 ? numbers[1] : after(media)
    return control.map { TransportPair(media: media, control: $0) }
  }

  /// What is asked for in SETUP: interleaved on two channels.
  static func request(channels: TransportPair<UInt8>) -> String {
    "RTP/AVP/TCP;unicast;interleaved=\(channels.media)-\(channels.control)"
  }

  /// What is asked for in SETUP: datagrams to two ports of ours.
  static func request(ports: TransportPair<UInt16>) -> String {
    "RTP/AVP;unicast;client_port=\(ports.media)-\(ports.control)"
  }
}
