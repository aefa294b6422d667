/// Start line and headers of a message, read line by line.
struct MessageHead: Hashable, Sendable {
  enum Start: Hashable, Sendable {
    case response(status: Int, reason: String)
    case request(method: String, url: String)
  }
  let start: Start
  var headers: RTSPHeaders

  /// Reads the lines of a head, without their ends. Field names in any case, folded lines, and lines without a colon, which
  /// are left out, as cameras send them.
  ///
  /// - Returns: `nil` when the first line is neither a status line nor a request line.
  init?(lines: [ArraySlice<UInt8>], limits: MessageLimits) {
    guard let first = lines.first, let start = Self.start(String(decoding: first, as: UTF8.self)) else { return nil }
    self.start = start
    headers = RTSPHeaders()
    var isAfterField = false
    for line in lines.dropFirst() {
      guard let byte = line.first, headers.fields.count < limits.fields else { break }
      if ASCII.isBlank(byte) {
        if isAfterField { headers.fold(String(decoding: line, as: UTF8.self)) }
        continue
      }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
        isAfterField = false
        continue
      }
      let name = ASCII.trimmed(String(decoding: line[..<colon], as: UTF8.self))
      headers.append(name, String(decoding: line[(colon + 1)...], as: UTF8.self))
      isAfterField = true
    }
  }

  private static func start(_ line: String) -> Start? {
    let words = line.split(separator: " ", omittingEmptySubsequences: true)
    guard let first = words.first else { return nil }
    if first.uppercased().hasPrefix("RTSP/") {
      // "RTSP/1.0 200", "RTSP/1.0 200OK": three digits are the status, whatever follows.
      guard words.count > 1, let status = Int(words[1].prefix(3)), (100..<1000).contains(status) else { return nil }
      let rest = ([words[1].dropFirst(3)] + words.dropFirst(2)).filter { !$0.isEmpty }
      return .response(status: status, reason: rest.joined(separator: " "))
    }
    guard words.count >= 3, let last = words.last, last.uppercased().hasPrefix("RTSP/") else { return nil }
    return .request(method: first.uppercased(), url: String(words[1]))
  }

  /// The bytes that the body is said to have (RFC 2326 section 12.14): the first number that can be read; `nil` without one.
  var contentLength: Int? { headers.values("Content-Length").lazy.compactMap { ASCII.leadingNumber($0) }.first }
  /// Whether the body is a session description (RFC 8866 section 8.1).
  var isDescription: Bool { headers["Content-Type"]?.lowercased().contains("sdp") ?? false }

  func message(body: [UInt8], isWhole: Bool) -> RTSPMessage {
    switch start {
    case .response(let status, let reason):
      .response(
        RTSPResponse(status: status, reason: reason, headers: headers, body: body, isBodyWhole: isWhole))
    case .request(let method, let url):
      .request(RTSPServerRequest(method: method, url: url, headers: headers, body: body))
    }
  }
}
