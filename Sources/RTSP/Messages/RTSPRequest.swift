/// The methods that this client sends (RFC 2326 section 10).
public enum RTSPMethod: String, Hashable, Sendable, CaseIterable, Codable {
  case options = "OPTIONS"
  case describe = "DESCRIBE"
  case setup = "SETUP"
  case play = "PLAY"
  case teardown = "TEARDOWN"
  case getParameter = "GET_PARAMETER"
  case setParameter = "SET_PARAMETER"
}

/// A request to a camera (RFC 2326 section 6).
public struct RTSPRequest: Hashable, Sendable {
  /// What is asked.
  public var method: RTSPMethod
  /// The request URI, without credentials.
  public var url: RequestURL
  /// All headers but `CSeq`, which the session numbers.
  public var headers: RTSPHeaders

  /// A request without a body: this client sends none.
  public init(_ method: RTSPMethod, _ url: RequestURL, headers: RTSPHeaders = [:]) {
    self.method = method
    self.url = url
    self.headers = headers
  }

  /// The bytes on the wire (RFC 2326 section 6), numbered with `sequence` (section 12.17).
  public func serialized(sequence: Int) -> [UInt8] {
    var text = "\(method.rawValue) \(url.text) RTSP/1.0\r\nCSeq: \(sequence)\r\n"
    for field in headers.fields { text += "\(field.name): \(field.value)\r\n" }
    return Array((text + "\r\n").utf8)
  }
}

extension RTSPRequest: CustomStringConvertible {
  /// Method and place, for a log; without headers, since one of them may hold credentials, and without the path, which
  /// may hold a password.
  public var description: String { "\(method.rawValue) \(url.place)" }
}
