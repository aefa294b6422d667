/// What a media section holds (RFC 8866 section 5.14).
public enum MediaKind: Hashable, Sendable {
  case video, audio, application
  /// Anything else, by the first 20 printable characters of its name.
  case other(String)

  init(_ text: some StringProtocol) {
    switch text.lowercased() {
    case "video": self = .video
    case "audio": self = .audio
    case let name where name.hasPrefix("application"): self = .application
    case let name: self = .other(ASCII.printable(name, limit: 20))
    }
  }
}

/// Which way a medium goes (RFC 8866 section 6.7), as the attribute says and from the describing camera's point of view.
/// ONVIF's back channel (Streaming Specification section 5.3) is audio that says `sendonly`, meaning the recorder.
public enum MediaDirection: String, Hashable, Sendable {
  case sendOnly = "sendonly"
  case receiveOnly = "recvonly"
  case sendReceive = "sendrecv"
  case inactive
}

/// One payload type of a medium (RFC 8866 sections 6.6 and 6.15, RFC 3551 for the static ones).
public struct PayloadFormat: Hashable, Sendable {
  /// 0 to 127.
  public var payloadType: UInt8
  /// The encoding's name in upper case: `H264`, `MPEG4-GENERIC`, `PCMU`; empty when it isn't told.
  public var encoding: String
  /// Ticks of an RTP timestamp in a second; `nil` when it isn't told.
  public var clockRate: Int?
  /// Channels of audio; `nil` when it isn't told.
  public var channels: Int?
  /// The format's parameters as they were written, without the payload type.
  public var parameters: String

  /// A format; see the properties.
  public init(
    payloadType: UInt8, encoding: String = "", clockRate: Int? = nil, channels: Int? = nil, parameters: String = ""
  ) {
    self.payloadType = payloadType
    self.encoding = encoding
    self.clockRate = clockRate
    self.channels = channels
    self.parameters = parameters
  }

  /// The value of a parameter (`name=value;`), whatever the case of its name.
  public func parameter(_ name: String) -> String? {
    for part in parameters.split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1)
      if pair.count == 2, ASCII.trimmed(pair[0]).lowercased() == name.lowercased() { return ASCII.trimmed(pair[1]) }
    }
    return nil
  }

  /// Payload types with a fixed meaning (RFC 3551 section 6), as far as cameras use them without an `rtpmap`.
  static func assigned(_ type: UInt8) -> PayloadFormat {
    switch type {
    case 0: PayloadFormat(payloadType: 0, encoding: "PCMU", clockRate: 8000, channels: 1)
    case 8: PayloadFormat(payloadType: 8, encoding: "PCMA", clockRate: 8000, channels: 1)
    case 9: PayloadFormat(payloadType: 9, encoding: "G722", clockRate: 8000, channels: 1)
    case 14: PayloadFormat(payloadType: 14, encoding: "MPA", clockRate: 90000)
    case 26: PayloadFormat(payloadType: 26, encoding: "JPEG", clockRate: 90000)
    case 32: PayloadFormat(payloadType: 32, encoding: "MPV", clockRate: 90000)
    default: PayloadFormat(payloadType: type)
    }
  }
}

/// A media section of a session description (RFC 8866 section 5.14).
public struct MediaDescription: Hashable, Sendable {
  /// The place in the description, from 0.
  public var index: Int
  /// What it holds.
  public var kind: MediaKind
  /// The transport protocol as it was written: `RTP/AVP`, `RTP/AVP/TCP`, `RTP/SAVP`.
  public var transport: String
  /// Its payload types in order, at most 16.
  public var formats: [PayloadFormat]
  /// The control attribute (RFC 2326 section C.1.1); `nil` when there is none.
  public var control: String?
  /// `nil` when nothing is said.
  public var direction: MediaDirection?
  /// Frames in a second (RFC 8866 section 6.10), when that is a sensible number.
  public var frameRate: Double?

  init(index: Int, kind: MediaKind, transport: String, formats: [PayloadFormat]) {
    self.index = index
    self.kind = kind
    self.transport = transport
    self.formats = formats
  }

  /// Payload types as numbers.
  public var payloadTypes: Set<UInt8> { Set(formats.map(\.payloadType)) }

  /// Reads `video 0 RTP/AVP 96 97`; a format that is no payload type is left out.
  init?(index: Int, line: some StringProtocol) {
    let words = line.split(separator: " ", omittingEmptySubsequences: true)
    guard let kind = words.first else { return nil }
    let types = words.dropFirst(3).compactMap { UInt8($0) }.filter { $0 < 128 }.prefix(16)
    self.init(
      index: index, kind: MediaKind(kind), transport: words.count > 2 ? ASCII.printable(words[2], limit: 40) : "",
      formats: types.map(PayloadFormat.assigned))
  }

  mutating func take(attribute name: String, value: String) {
    switch name {
    case "rtpmap": takeMap(value)
    case "fmtp":
      let (type, rest) = Self.typeAndRest(value)
      if let type, let place = place(of: type), formats[place].parameters.isEmpty {
        formats[place].parameters = rest
      }
    case "control": if control == nil { control = value }
    case "framerate", "x-framerate":
      // "25", "15.000000", "0S", "29.97fps": the digits count.
      let digits = value.prefix { $0.isNumber || $0 == "." }
      if let rate = Double(digits), rate.isFinite, rate > 0, rate <= 1000 { frameRate = rate }
    default: if let direction = MediaDirection(rawValue: name) { self.direction = direction }
    }
  }

  /// `96 H264/90000` and `97 MPEG4-GENERIC/16000/1`.
  private mutating func takeMap(_ value: String) {
    let (type, rest) = Self.typeAndRest(value)
    guard let type, let place = place(of: type) else { return }
    let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map { ASCII.trimmed($0) }
    guard let encoding = parts.first, !encoding.isEmpty else { return }
    formats[place].encoding = ASCII.printable(encoding.uppercased(), limit: 40)
    formats[place].clockRate = parts.count > 1 ? Self.number(parts[1], upTo: 10_000_000) : nil
    formats[place].channels = parts.count > 2 ? Self.number(parts[2], upTo: 64) : nil
  }

  private func place(of type: UInt8) -> Int? { formats.firstIndex { $0.payloadType == type } }

  private static func number(_ text: String, upTo most: Int) -> Int? {
    ASCII.leadingNumber(text).flatMap { (1...most).contains($0) ? $0 : nil }
  }

  private static func typeAndRest(_ value: String) -> (UInt8?, String) {
    let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    return (parts.first.flatMap { UInt8($0) }, parts.count > 1 ? ASCII.trimmed(parts[1]) : "")
  }
}
