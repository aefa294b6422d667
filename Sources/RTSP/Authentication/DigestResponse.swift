internal import Crypto
package import Domain

/// Computes the `Authorization` of Digest (RFC 7616 section 3.4; RFC 2617 section 3.2.2 without `qop`).
package struct DigestResponse {
  private let challenge: DigestChallenge
  private let algorithm: DigestAlgorithm
  private let user: String
  private let password: Secret
  private let clientNonce: String
  /// How many requests were sent with this nonce, this one included (section 3.4, `nc`).
  private let count: UInt32

  package init(
    challenge: DigestChallenge, algorithm: DigestAlgorithm, user: String, password: Secret, clientNonce: String,
    count: UInt32
  ) {
    self.challenge = challenge
    self.algorithm = algorithm
    self.user = user
    self.password = password
    self.clientNonce = clientNonce
    self.count = count
  }

  /// The header's value for a request. Bodies are always empty here, which is what `auth-int` hashes.
  package func header(method: String, uri: String) -> String {
    let quality = quality
    var parts = [
      "username=\"\(Self.quoted(user))\"", "realm=\"\(challenge.realm)\"", "nonce=\"\(challenge.nonce)\"",
      "uri=\"\(uri)\"", "response=\"\(response(method: method, uri: uri, quality: quality))\"",
    ]
    if let name = challenge.algorithmName { parts.append("algorithm=\(name)") }
    if let opaque = challenge.opaque { parts.append("opaque=\"\(opaque)\"") }
    if let quality { parts += ["qop=\(quality)", "nc=\(nonceCount)"] }
    if quality != nil || algorithm.isSession { parts.append("cnonce=\"\(clientNonce)\"") }
    return "Digest " + parts.joined(separator: ", ")
  }

  /// `auth` where it is offered; `auth-int` where only that is. Other qualities aren't known, and RFC 2069's form is all that is
  /// left then.
  private var quality: String? { ["auth", "auth-int"].first(where: challenge.qualities.contains) }

  private var nonceCount: String { Hex.encode((0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }) }

  private func response(method: String, uri: String, quality: String?) -> String {
    var secret = hash("\(user):\(challenge.realm):\(password.reveal())")
    if algorithm.isSession { secret = hash("\(secret):\(challenge.nonce):\(clientNonce)") }
    let request = hash("\(method):\(uri)" + (quality == "auth-int" ? ":\(hash(""))" : ""))
    guard let quality else { return hash("\(secret):\(challenge.nonce):\(request)") }
    return hash("\(secret):\(challenge.nonce):\(nonceCount):\(clientNonce):\(quality):\(request)")
  }

  private func hash(_ text: String) -> String {
    switch algorithm {
    case .md5, .md5Session: Self.hash(Insecure.MD5(), text)
    case .sha256, .sha256Session: Self.hash(SHA256(), text)
    }
  }

  private static func hash(_ function: some HashFunction, _ text: String) -> String {
    var function = function
    Array(text.utf8).withUnsafeBytes { function.update(bufferPointer: $0) }
    return Hex.encode(function.finalize())
  }

  /// As a quoted string (RFC 7230 section 3.2.6).
  private static func quoted(_ text: String) -> String {
    var quoted = ""
    for character in ASCII.singleLine(text) {
      if character == "\"" || character == "\\" { quoted.append("\\") }
      quoted.append(character)
    }
    return quoted
  }
}

/// Computes the `Authorization` of Basic (RFC 7617 section 2): readable by anybody on the way.
enum BasicResponse {
  static func header(user: String, password: Secret) -> String {
    "Basic " + base64(Array("\(user):\(password.reveal())".utf8))
  }

  /// RFC 4648 section 4.
  static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
      for place in 0..<4 {
        let isPadding = place > group.count
        text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
