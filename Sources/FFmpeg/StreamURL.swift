internal import Domain

/// The URL that libav gets; holds the password, so it is made for one call and never kept or printed.
enum StreamURL {
  /// libav keeps user and password in 128 bytes, and cuts what is longer without a word.
  static let longestCredentials = 127

  static func text(_ request: StreamRequest) throws(FFmpegError) -> String {
    let host = try numeric(request.numericHost)
    var credentials = ""
    if request.user != nil || request.password != nil {
      credentials = escaped(request.user ?? "", colon: true)
      if let password = request.password { credentials += ":" + escaped(password.reveal(), colon: false) }
      guard credentials.utf8.count <= longestCredentials else {
        throw FFmpegError(
          .other, operation: "open stream",
          text: "user and password together are longer than the \(longestCredentials) bytes that can be sent")
      }
      credentials += "@"
    }
    return "\(request.address.scheme.rawValue)://\(credentials)\(host):\(request.address.port)\(request.address.path)"
  }

  private static func numeric(_ host: String) throws(FFmpegError) -> String {
    guard let address = IPAddress(host) else {
      throw FFmpegError(.other, operation: "open stream", text: "the resolved address is not a number")
    }
    return address.isIPv4 ? "\(address)" : "[\(address)]"
  }

  /// Escapes what would end the user-info (RFC 3986 section 3.2.1) in libav's reading of a URL, and nothing more: room
  /// is short.
  package static func escaped(_ text: String, colon: Bool) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
      let isPlain =
        byte > 0x20 && byte != 0x7f && !"%/?#@".utf8.contains(byte) && !(colon && byte == UInt8(ascii: ":"))
      result.append(contentsOf: isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }
    return String(decoding: result, as: UTF8.self)
  }
}
