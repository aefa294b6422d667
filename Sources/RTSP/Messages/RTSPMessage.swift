/// What a camera sent, in the order in which it was sent.
public enum RTSPMessage: Hashable, Sendable {
  /// An answer to a request (RFC 2326 section 7).
  case response(RTSPResponse)
  /// A request of the server's own (RFC 2326 section 10: `OPTIONS`, `ANNOUNCE`, `REDIRECT`, ...).
  case request(RTSPServerRequest)
  /// Media between the messages (RFC 2326 section 10.12).
  case frame(InterleavedFrame)
  /// Bytes that belonged to nothing: what was lost of a torn frame, or junk between messages.
  case skipped(bytes: Int)
}

/// A camera's answer (RFC 2326 section 7).
public struct RTSPResponse: Hashable, Sendable {
  /// 100 to 999.
  public var status: Int
  /// The reason phrase; may be empty.
  public var reason: String
  /// Header fields in order.
  public var headers: RTSPHeaders
  /// The content, empty when there is none.
  public var body: [UInt8]
  /// `false` when `Content-Length` promised more than was sent.
  public var isBodyWhole: Bool

  /// An answer; see the properties.
  public init(
    status: Int, reason: String = "", headers: RTSPHeaders = [:], body: [UInt8] = [], isBodyWhole: Bool = true
  ) {
    self.status = status
    self.reason = reason
    self.headers = headers
    self.body = body
    self.isBodyWhole = isBodyWhole
  }

  /// The number of the request that is answered (RFC 2326 section 12.17); some cameras leave it out or get it wrong.
  public var sequence: Int? { headers["CSeq"].flatMap { ASCII.leadingNumber($0) } }
  /// Whether the request was carried out (RFC 2326 section 7.1.1).
  public var isSuccess: Bool { (200..<300).contains(status) }
  /// Status and reason for a person: printable and short.
  public var statusLine: String { ASCII.trimmed("\(status) \(ASCII.printable(reason, limit: 80))") }
}

/// A request that a server sends to its client (RFC 2326 section 10, the table's S→C rows).
public struct RTSPServerRequest: Hashable, Sendable {
  /// As it was written, in upper case.
  public var method: String
  /// The request URI as it was written.
  public var url: String
  /// Header fields in order.
  public var headers: RTSPHeaders
  /// The content, empty when there is none.
  public var body: [UInt8]

  /// A request; see the properties.
  public init(method: String, url: String, headers: RTSPHeaders = [:], body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }

  /// The answer with `status`, on the wire, with the number that the server gave its request.
  public func answer(status: Int, reason: String) -> [UInt8] {
    let sequence = headers["CSeq"].map { "CSeq: \($0)\r\n" } ?? ""
    let session = headers["Session"].map { "Session: \($0)\r\n" } ?? ""
    return Array("RTSP/1.0 \(status) \(reason)\r\n\(sequence)\(session)\r\n".utf8)
  }
}

/// A packet in the stream of messages: `$`, channel, length, data (RFC 2326 section 10.12).
public struct InterleavedFrame: Hashable, Sendable {
  /// The channel of the `Transport` header.
  public var channel: UInt8
  /// The packet; shares its storage with what was read, so that nothing is copied.
  public var packet: ArraySlice<UInt8>

  /// A frame; see the properties.
  public init(channel: UInt8, packet: ArraySlice<UInt8>) {
    self.channel = channel
    self.packet = packet
  }

  /// The frame on the wire; `nil` when the packet is longer than 65535 bytes.
  public static func serialized(channel: UInt8, packet: some Collection<UInt8>) -> [UInt8]? {
    guard let length = UInt16(exactly: packet.count) else { return nil }
    return [ASCII.dollar, channel, UInt8(length >> 8), UInt8(length & 0xff)] + packet
  }
}

/// Why what a camera sends can't be read on.
public enum MessageError: Error, Hashable, Sendable {
  /// The first bytes are no RTSP.
  case notRTSP
  /// A line, the headers or a body is longer than any camera's.
  case tooLong
  /// After damage no message or frame was found again within the limit.
  case lostFraming
}

/// The most that is read of a message: more is no camera's.
public struct MessageLimits: Hashable, Sendable {
  /// Bytes of one line.
  public var line: Int
  /// Bytes of the start line and all headers.
  public var head: Int
  /// Header fields.
  public var fields: Int
  /// Bytes of a body.
  public var body: Int
  /// Bytes before the first message that are passed over.
  public var junk: Int
  /// Bytes passed over while a message or frame is searched for.
  public var search: Int

  /// Limits; the defaults hold for all cameras that are known.
  public init(
    line: Int = 8192, head: Int = 32768, fields: Int = 128, body: Int = 65536, junk: Int = 4096, search: Int = 1 << 20
  ) {
    self.line = line
    self.head = head
    self.fields = fields
    self.body = body
    self.junk = junk
    self.search = search
  }
}
