public import Domain

/// The URI of a request (RFC 2326 section 3.2): always at the camera's own address, without credentials, and only of
/// characters that can stand in a request line.
public struct RequestURL: Hashable, Sendable {
  /// `rtsp` or `rtsps`.
  public let scheme: CameraAddress.Scheme
  /// A number or a name, without brackets.
  public let host: String
  /// Written always, also the standard one: some cameras compare texts.
  public let port: UInt16
  /// Begins with `/`; includes the query.
  public let path: String

  /// The longest path that is sent, in bytes.
  static let longestPath = 2048

  /// The address of a stream, with the numeric address that was resolved for it.
  public init(_ address: CameraAddress, host: String) {
    self.init(scheme: address.scheme, host: host, port: address.port, path: address.path)
  }

  private init(scheme: CameraAddress.Scheme, host: String, port: UInt16, path: String) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
  }

  /// The same host and port with another path. Characters that can't stand in a request line are percent-encoded.
  ///
  /// - Returns: `nil` when the path is longer than any camera's.
  func with(path: String) -> RequestURL? {
    var encoded = path.hasPrefix("/") ? "" : "/"
    for byte in path.utf8 {
      if byte > 0x20, byte < 0x7f {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        encoded += "%" + Hex.encode([byte])
      }
    }
    guard encoded.utf8.count <= Self.longestPath else { return nil }
    return RequestURL(scheme: scheme, host: host, port: port, path: encoded)
  }

  /// The same host and path at another port.
  func replacing(port: UInt16) -> RequestURL { RequestURL(scheme: scheme, host: host, port: port, path: path) }

  /// As it stands in a request line.
  public var text: String {
    let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    return "\(scheme.rawValue)://\(shown):\(port)\(path)"
  }

  /// Host and port for a person: a path may hold a password.
  public var place: String { "\(host) port \(port)" }
}

/// The parts of a URL as a camera wrote it: nothing of it is trusted, and credentials in it are dropped.
struct WrittenURL: Hashable, Sendable {
  /// In lower case; `nil` when there is none.
  var scheme: String?
  /// Without credentials, brackets and port; `nil` for a URL without an authority.
  var host: String?
  var port: UInt16?
  /// Includes the query; empty or with a leading `/` when there is a host.
  var path: String

  /// Reads `rtsp://[user@]host[:port][/path]`, and `host:port/path` when `isAddress` says that a text without a scheme
  /// begins with a host, as some cameras write `Content-Base`.
  init(_ text: some StringProtocol, isAddress: Bool = false) {
    let text = ASCII.trimmed(text)
    if let (scheme, rest) = Self.split(text) {
      self.scheme = scheme
      let authority = rest.prefix { $0 != "/" && $0 != "?" }
      (host, port) = Self.place(authority)
      path = Self.rooted(rest[authority.endIndex...])
      return
    }
    let first = text.prefix { $0 != "/" && $0 != "?" }
    if isAddress, !first.isEmpty, first.contains(where: { $0 == ":" || $0 == "." }) {
      (host, port) = Self.place(first)
      path = Self.rooted(text[first.endIndex...])
    } else {
      path = text
    }
  }

  private static func rooted(_ path: Substring) -> String {
    path.isEmpty || path.hasPrefix("/") ? String(path) : "/" + path
  }

  private static func place(_ authority: Substring) -> (String, UInt16?) {
    var place = authority
    if let at = authority.lastIndex(of: "@") { place = authority[authority.index(after: at)...] }
    if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
      let after = place[place.index(after: end)...]
      let host = String(place[place.index(after: place.startIndex)..<end])
      return (host, after.hasPrefix(":") ? UInt16(after.dropFirst()) : nil)
    }
    let parts = place.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return (parts.first.map(String.init) ?? "", parts.count == 2 ? UInt16(parts[1]) : nil)
  }

  private static func split(_ text: String) -> (String, Substring)? {
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
    let scheme = text[..<colon].lowercased()
    guard !scheme.isEmpty, scheme.utf8.allSatisfy(ASCII.isLetter) else { return nil }
    return (scheme, text[text.index(colon, offsetBy: 3)...])
  }
}
