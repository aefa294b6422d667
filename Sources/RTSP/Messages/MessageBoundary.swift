/// What stands at a place of a stream of messages and frames.
enum MessageBoundary: Hashable, Sendable {
  /// `$`: an interleaved frame.
  case frame
  /// A status line or a server's request line.
  case message
  /// An empty line between messages, as some servers send.
  case blank
  /// The beginning of a message, as far as it was received; more bytes decide.
  case undecided
  case junk

  private static let status = Array("RTSP/".utf8)
  /// Requests that a server sends (RFC 2326 section 10, RFC 7826 section 13), and its answers' first word.
  private static let words: [[UInt8]] = [
    "OPTIONS ", "ANNOUNCE ", "REDIRECT ", "SET_PARAMETER ", "GET_PARAMETER ", "PLAY_NOTIFY ", "DESCRIBE ", "SETUP ",
    "PLAY ", "PAUSE ", "TEARDOWN ", "RECORD ",
  ].map { Array($0.utf8) }

  init(_ bytes: ArraySlice<UInt8>) {
    guard let first = bytes.first else {
      self = .undecided
      return
    }
    if first == ASCII.dollar {
      self = .frame
    } else if ASCII.isLineEnd(first) {
      self = .blank
    } else if ASCII.isLetter(first) {
      self = Self.text(bytes)
    } else {
      self = .junk
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> MessageBoundary {
    // Some servers write the protocol's name in lower case; methods are case-sensitive (RFC 2326 section 6.1).
    let head = bytes.prefix(status.count).map { ASCII.isLetter($0) ? $0 & 0xdf : $0 }
    if status.starts(with: head) { return head.count == status.count ? .message : .undecided }
    for word in words {
      let part = bytes.prefix(word.count)
      if word.starts(with: part) { return part.count == word.count ? .message : .undecided }
    }
    return .junk
  }
}
