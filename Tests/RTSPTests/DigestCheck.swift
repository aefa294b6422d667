import Crypto
import RTSP

/// The camera's side of Digest (RFC 7616 section 3.4), written apart from what is tested.
enum DigestCheck {
  static func isRight(
    _ request: AskedRequest, user: String, password: String, realm: String, algorithm: DigestAlgorithm
  ) -> Bool {
    guard let text = request.headers["Authorization"], text.hasPrefix("Digest ") else { return false }
    var sent: [String: String] = [:]
    for part in text.dropFirst(7).split(separator: ", ") {
      let pair = part.split(separator: "=", maxSplits: 1)
      sent[String(pair[0])] = String(pair[1].filter { $0 != "\"" })
    }
    func hash(_ text: String) -> String {
      let bytes = Array(text.utf8)
      switch algorithm {
      case .md5, .md5Session: return hex(Insecure.MD5(), bytes)
      case .sha256, .sha256Session: return hex(SHA256(), bytes)
      }
    }
    let nonce = sent["nonce"] ?? ""
    var first = hash("\(user):\(realm):\(password)")
    if algorithm == .md5Session || algorithm == .sha256Session {
      first = hash("\(first):\(nonce):\(sent["cnonce"] ?? "")")
    }
    var second = "\(request.method):\(request.url)"
    if sent["qop"] == "auth-int" { second += ":" + hash("") }
    let middle = sent["qop"].map { ":\(sent["nc"] ?? ""):\(sent["cnonce"] ?? ""):\($0)" } ?? ""
    return sent["uri"] == request.url && sent["response"] == hash("\(first):\(nonce)\(middle):\(hash(second))")
  }

  private static func hex(_ function: some HashFunction, _ bytes: [UInt8]) -> String {
    var function = function
    bytes.withUnsafeBytes { function.update(bufferPointer: $0) }
    return function.finalize().map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}
