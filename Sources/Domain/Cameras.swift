/// The camera's streams: the one that is kept at full quality, and the small one that motion is looked for in.
public enum StreamRole: String, Sendable, CaseIterable, Codable {
  case main, detect
}

public enum VideoCodec: String, Sendable, Codable {
  case h264, h265
}

/// Whether and when a camera's main stream is kept.
public enum RecordMode: String, Sendable, CaseIterable, Codable {
  case continuous, motion, off
}

public enum Transport: String, Sendable, CaseIterable, Codable {
  case tcp, udp
}

/// What a camera is doing, as the API and the page name it.
public enum CameraState: String, Sendable, CaseIterable, Codable {
  /// Opening the connection, or waiting for its turn or for the first picture.
  case connecting
  /// Pictures arrive and footage is being written.
  case recording
  /// Pictures arrive; policy says that nothing is written at the moment.
  case watching
  /// No pictures; trying again by itself.
  case offline
  /// The camera refused the password; waits for new settings, since cameras lock accounts.
  case wrongPassword
  /// Another device answered at the address.
  case wrongDevice
  /// Switched off in the settings.
  case off
}

/// Where a camera's stream is to be had: never a URL string, so that no option, password or other protocol can ride along.
public struct CameraAddress: Hashable, Sendable {
  public enum Scheme: String, Sendable, Codable { case rtsp, rtsps }
  public let scheme: Scheme
  /// A name or a numeric address, without brackets.
  public let host: String
  public let port: UInt16
  /// Begins with `/`; includes the query, if there is one.
  public let path: String

  /// - Throws: `Problem` (exit 64) when host or path hold characters that can't stand in an RTSP request.
  public init(scheme: Scheme, host: String, port: UInt16, path: String) throws {
    guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(Self.isHostByte) else {
      throw Problem(
        .usage, "the camera's host \"\(host.prefix(80))\" is not a name or an address",
        next: "use a name such as porch.lan or a number such as 192.168.1.20")
    }
    guard port > 0 else {
      throw Problem(.usage, "port 0 is not a port", next: "leave the port out for 554, or give one from 1 to 65535")
    }
    guard path.hasPrefix("/"), path.utf8.count <= 1024, path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw Problem(
        .usage, "the camera's path is not plain text of at most 1024 characters",
        next: "percent-encode spaces and other special characters")
    }
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
  }

  static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "%"): true
    default: false
    }
  }

  /// The address as text, with brackets around IPv6; never holds credentials.
  public var text: String {
    let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    let standard: UInt16 = scheme == .rtsp ? 554 : 322
    return "\(scheme.rawValue)://\(shown)\(port == standard ? "" : ":\(port)")\(path)"
  }

  /// Reads `rtsp://[user[:password]@]host[:port][/path]` (RFC 2326 section 3.2). Credentials are taken out and returned
  /// apart; the user and the password may be percent-encoded.
  ///
  /// - Throws: `Problem` (exit 64) that names what is wrong; the text itself is not repeated when it may hold a password.
  public static func parse(_ text: String) throws -> (address: CameraAddress, user: String?, password: Secret?) {
    guard let colon = text.range(of: "://") else {
      throw Problem(.usage, "the camera's address has no scheme", next: "write it as rtsp://host:port/path")
    }
    let schemeText = text[..<colon.lowerBound].lowercased()
    guard let scheme = Scheme(rawValue: schemeText) else {
      throw Problem(
        .usage, "\(schemeText.prefix(20)):// is not a camera's protocol", next: "only rtsp:// and rtsps:// are read")
    }
    let rest = text[colon.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    // A password may hold an unescaped "@", and even a "/": the last "@" before the path ends the credentials.
    var hostPart = authority
    var user: String?
    var password: Secret?
    if let at = authority.lastIndex(of: "@") {
      let credentials = authority[..<at]
      hostPart = authority[authority.index(after: at)...]
      let split = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let decodedUser = percentDecoded(split[0]) else { throw badCredentials }
      user = decodedUser
      if split.count == 2 {
        guard let decoded = percentDecoded(split[1]) else { throw badCredentials }
        password = Secret(decoded)
      }
    }
    let path = rest[authority.endIndex...]
    let (host, portText) = try splitHost(hostPart)
    var port: UInt16 = scheme == .rtsp ? 554 : 322
    if let portText {
      guard let number = UInt16(portText), number > 0 else {
        throw Problem(
          .usage, "\"\(portText.prefix(20))\" is not a port",
          next: "leave it out for 554, or give a number from 1 to 65535")
      }
      port = number
    }
    let address = try CameraAddress(
      scheme: scheme, host: host, port: port, path: path.isEmpty ? "/" : path.hasPrefix("/") ? String(path) : "/" + path
    )
    return (address, user, password)
  }

  private static var badCredentials: Problem {
    Problem(
      .usage, "the user or password in the camera's address has a bad %-code",
      next: "give them with --user and --password-stdin instead")
  }

  private static func splitHost(_ text: Substring) throws -> (String, Substring?) {
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else {
        throw Problem(
          .usage, "the camera's address has \"[\" without \"]\"", next: "write IPv6 as rtsp://[fd00::20]/path")
      }
      let after = text[text.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else {
        throw Problem(
          .usage, "the camera's address has text after \"]\"", next: "write IPv6 as rtsp://[fd00::20]:554/path")
      }
      return (String(text[text.index(after: text.startIndex)..<end]), after.isEmpty ? nil : after.dropFirst())
    }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count == 2 ? parts[1] : nil)
  }

  private static func percentDecoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        guard byte >= 0x20, byte != 0x7f else { return nil }
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self).lowercased()
      guard let value = Hex.decode(digits), let decoded = value.first, decoded >= 0x20, decoded != 0x7f else {
        return nil
      }
      bytes.append(decoded)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension String {
  /// The range of the first occurrence of `other`; the standard library has no such search without Foundation.
  fileprivate func range(of other: String) -> Range<String.Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(other) { return index..<self.index(index, offsetBy: other.count) }
      index = self.index(after: index)
    }
    return nil
  }
}

/// What one stream is made of, as far as the page and the API show it.
public struct StreamFacts: Hashable, Sendable, Codable {
  public var role: StreamRole
  public var codec: VideoCodec
  /// Pixels as shown, after cropping.
  public var width: Int
  public var height: Int
  /// Frames per second as measured; `nil` until two frames were seen.
  public var frameRate: Double?

  public init(role: StreamRole, codec: VideoCodec, width: Int, height: Int, frameRate: Double?) {
    self.role = role
    self.codec = codec
    self.width = width
    self.height = height
    self.frameRate = frameRate
  }
}

/// A rectangle in relative coordinates: 0 to 1 of the picture's width and height.
public struct RelativeBox: Hashable, Sendable, Codable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// A point in relative coordinates: 0 to 1 of the picture's width and height.
public struct RelativePoint: Hashable, Sendable, Codable {
  public var x: Double
  public var y: Double

  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A named part of the picture in which motion counts in another way than elsewhere.
public struct Zone: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Motion counts here; with at least one such zone, nowhere else.
    case include
    /// What moves in here only does not count: the street that people also cross on their way in.
    case exclude
    /// What changes here never counts: a clock in the picture, a screen.
    case mask
  }

  public var name: String
  /// At least three corners.
  public var polygon: [RelativePoint]
  public var kind: Kind
  /// 0 to 100 in this zone alone; `nil` follows the camera. Where zones overlap the later one decides.
  public var sensitivity: Int?
  /// The least share of the picture, 0 to 1, that something must have covered to count here; `nil` follows the sensitivity.
  public var minimumSize: Double?

  public init(
    name: String, polygon: [RelativePoint], kind: Kind = .include, sensitivity: Int? = nil, minimumSize: Double? = nil
  ) {
    self.name = name
    self.polygon = polygon
    self.kind = kind
    self.sensitivity = sensitivity
    self.minimumSize = minimumSize
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      polygon: try values.decode([RelativePoint].self, forKey: .polygon),
      kind: try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .include,
      sensitivity: try values.decodeIfPresent(Int.self, forKey: .sensitivity),
      minimumSize: try values.decodeIfPresent(Double.self, forKey: .minimumSize))
  }
}

/// The pictures that zones were drawn on. Relative coordinates mean the same in each size of one shape, and something else
/// when the camera was turned upright or gives another part of what it sees.
public struct PictureShape: Hashable, Sendable, Codable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Whether a picture of this size has the same shape. Streams round their sizes, to whole blocks of 16 pixels at worst.
  public func isShape(ofWidth otherWidth: Int, height otherHeight: Int) -> Bool {
    guard width > 0, height > 0, otherWidth > 0, otherHeight > 0 else { return false }
    let ratio = Double(width) * Double(otherHeight) / (Double(height) * Double(otherWidth))
    return ratio > 0.94 && ratio < 1.06
  }
}

extension PictureShape: CustomStringConvertible {
  public var description: String { "\(width)x\(height)" }

  /// Reads `640x360`; `nil` for anything else.
  public init?(text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]), Self.sides.contains(width),
      Self.sides.contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  /// What a picture's side may be.
  public static let sides = 1...16384
}

/// Something moved: a span over the footage with what was seen. Not a copy of the footage.
public struct Event: Hashable, Sendable {
  public var id: EventID
  /// When motion began (without pre-roll).
  public var start: WallTime
  /// When motion ended (without post-roll); `nil` while it runs.
  public var end: WallTime?
  /// When motion was strongest: the time of the thumbnail.
  public var best: WallTime
  /// The largest share of the picture that moved, 0 to 1.
  public var peak: Double
  /// What moved at the strongest moment.
  public var boxes: [RelativeBox]
  /// Why it was reported, in words with numbers.
  public var reasons: [String]
  public var zones: [String]

  public init(
    id: EventID, start: WallTime, end: WallTime?, best: WallTime, peak: Double, boxes: [RelativeBox], reasons: [String],
    zones: [String]
  ) {
    self.id = id
    self.start = start
    self.end = end
    self.best = best
    self.peak = peak
    self.boxes = boxes
    self.reasons = reasons
    self.zones = zones
  }
}
