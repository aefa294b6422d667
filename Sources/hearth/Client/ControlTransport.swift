import Domain
package import Files

/// A request to the API, whichever way it goes.
package struct ControlRequest: Sendable {
  package var method: String
  /// The parts after `/api/v1`, not percent-encoded.
  package var path: [String]
  package var query: [(String, String)]
  /// JSON, or nothing.
  package var body: [UInt8]?

  package init(_ method: String, _ path: [String], query: [(String, String)] = [], body: [UInt8]? = nil) {
    self.method = method
    self.path = path
    self.query = query
    self.body = body
  }

  /// The request's target as it stands in HTTP (RFC 3986).
  package var target: String {
    let path = "/api/v1" + path.map { "/" + Self.percentEncoded($0) }.joined()
    guard !query.isEmpty else { return path }
    return path + "?" + query.map { "\(Self.percentEncoded($0.0))=\(Self.percentEncoded($0.1))" }.joined(separator: "&")
  }

  private static func percentEncoded(_ text: String) -> String {
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: encoded.append(byte)
      default: encoded += Array("%".utf8) + Array(Hex.encode([byte]).uppercased().utf8)
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}

/// What the API answered.
package struct ControlResponse: Sendable {
  package var status: Int
  /// By lower-case name.
  package var headers: [String: String]
  /// Empty when the body went to a file.
  package var body: [UInt8]

  package init(status: Int, headers: [String: String], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// A way to the household's API: through the running server, or by doing the server's work ourselves.
package protocol ControlTransport: Sendable {
  /// - Parameter file: takes the body of an answer of success instead of memory.
  func send(_ request: ControlRequest, into file: Descriptor?) async throws -> ControlResponse
}
