/// Where a camera's stream is to be had: never a URL string, so that no option, password or other protocol can ride along.
public struct CameraAddress: Hashable, Sendable {
  public enum Scheme: String, Sendable, CaseIterable, Codable { case rtsp, rtsps }
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
