/// A Digest algorithm that can be computed (RFC 7616 section 6.1, RFC 2617 section 3.2.1). From the weakest to the strongest.
public enum DigestAlgorithm: String, Hashable, Sendable, CaseIterable, Comparable {
  case md5 = "MD5"
  case md5Session = "MD5-sess"
  case sha256 = "SHA-256"
  case sha256Session = "SHA-256-sess"

  /// Reads a name in any case, also without its first hyphen, as some firmware writes it.
  init?(name: String) {
    let wanted = name.lowercased().replacingPrefix("sha256", with: "sha-256")
    guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else { return nil }
    self = found
  }

  /// Whether the key is bound to the nonces of the first request (RFC 7616 section 3.4.2).
  var isSession: Bool { self == .md5Session || self == .sha256Session }

  public static func < (left: DigestAlgorithm, right: DigestAlgorithm) -> Bool { left.strength < right.strength }
  private var strength: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What a Digest challenge asks (RFC 7616 section 3.3). Texts are kept as they stood between their quotes: so they are hashed
/// (`unq` of section 3.4) and repeated.
public struct DigestChallenge: Hashable, Sendable {
  /// The realm.
  public var realm = ""
  /// The server's nonce.
  public var nonce = ""
  /// To be repeated, when there is one.
  public var opaque: String?
  /// The algorithm's name as it was written; `nil` means MD5.
  public var algorithmName: String?
  /// The offered qualities of protection, in lower case; empty for RFC 2069's form.
  public var qualities: [String] = []
  /// Whether only the nonce was too old (section 3.3, `stale`).
  public var isStale = false

  /// An empty challenge, to be filled in.
  public init() {}

  /// The algorithm, when it is known here.
  public var algorithm: DigestAlgorithm? { algorithmName.map { DigestAlgorithm(name: $0) } ?? .md5 }
}

/// One offer of a `WWW-Authenticate` header (RFC 7235 section 4.1).
public enum AuthenticationChallenge: Hashable, Sendable {
  /// RFC 7617.
  case basic(realm: String)
  /// RFC 7616.
  case digest(DigestChallenge)
  /// A scheme that isn't known here, by name.
  case other(String)

  /// The offers of all `WWW-Authenticate` fields of an answer, in order; at most 16.
  public static func all(in headers: RTSPHeaders) -> [AuthenticationChallenge] {
    Array(headers.values("WWW-Authenticate").flatMap { read($0) }.prefix(16))
  }

  /// The realm, when one is told.
  public var realm: String? {
    switch self {
    case .basic(let realm): realm
    case .digest(let challenge): challenge.realm
    case .other: nil
    }
  }

  /// Reads the offers of one header: several in one, parameters in any order, quoted or not, with or without commas between
  /// them.
  static func read(_ header: String) -> [AuthenticationChallenge] {
    var scanner = ChallengeScanner(header)
    return scanner.challenges().map { scheme, parameters in
      switch scheme.lowercased() {
      case "basic": .basic(realm: parameters["realm"] ?? "")
      case "digest": .digest(DigestChallenge(parameters))
      default: .other(ASCII.printable(scheme, limit: 40))
      }
    }
  }
}

extension DigestChallenge {
  init(_ parameters: [String: String]) {
    realm = parameters["realm"] ?? ""
    nonce = parameters["nonce"] ?? ""
    opaque = parameters["opaque"]
    algorithmName = parameters["algorithm"].flatMap { $0.isEmpty ? nil : $0 }
    qualities = (parameters["qop"] ?? "").lowercased().split { $0 == "," || $0 == " " }.map(String.init)
    isStale = parameters["stale"]?.lowercased() == "true"
  }
}

/// Takes a challenge header apart (RFC 7235 section 4.1), forgivingly.
private struct ChallengeScanner {
  private let bytes: [UInt8]
  private var at = 0

  init(_ text: String) { bytes = Array(text.utf8.prefix(8192)) }

  mutating func challenges() -> [(String, [String: String])] {
    var found: [(String, [String: String])] = []
    var newest = ""
    while skipSeparators(), found.count <= 16 {
      let word = token()
      skipBlanks()
      if !word.isEmpty, at < bytes.count, bytes[at] == UInt8(ascii: "=") {
        at += 1
        newest = word.lowercased()
        let value = value()
        if !found.isEmpty, found[found.count - 1].1[newest] == nil { found[found.count - 1].1[newest] = value }
      } else if newest == "qop", ["auth", "auth-int"].contains(word.lowercased()), !found.isEmpty {
        // qop=auth,auth-int without quotes.
        found[found.count - 1].1["qop", default: ""] += ",\(word)"
      } else if !word.isEmpty {
        found.append((word, [:]))
        newest = ""
      } else {
        at += 1
      }
    }
    return found
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    ASCII.isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
  }

  /// Whether anything is left.
  private mutating func skipSeparators() -> Bool {
    while at < bytes.count, Self.isSeparator(bytes[at]) { at += 1 }
    return at < bytes.count
  }

  private mutating func skipBlanks() { while at < bytes.count, ASCII.isBlank(bytes[at]) { at += 1 } }

  private mutating func token() -> String {
    let start = at
    while at < bytes.count, !Self.isSeparator(bytes[at]), bytes[at] != UInt8(ascii: "="),
      bytes[at] != UInt8(ascii: "\"")
    {
      at += 1
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func value() -> String {
    skipBlanks()
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
      let start = at
      while at < bytes.count, !Self.isSeparator(bytes[at]) { at += 1 }
      return String(decoding: bytes[start..<at], as: UTF8.self)
    }
    at += 1
    let start = at
    var isEscaped = false
    while at < bytes.count, isEscaped || bytes[at] != UInt8(ascii: "\"") {
      isEscaped = !isEscaped && bytes[at] == UInt8(ascii: "\\")
      at += 1
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    at = min(at + 1, bytes.count)
    return text
  }
}

extension String {
  fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
    hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
  }
}
