import Glibc
import Synchronization

/// A camera of a few lines: listens on a port of the loopback, and answers each connection as its script says. One
/// thread for each connection; everything ends with `stop`.
final class FakeCamera: Sendable {
  /// One accepted connection, as the script sees it.
  struct Connection {
    let descriptor: Int32
    /// Where RTP goes when it goes by UDP: a connected socket.
    var datagrams: Int32?

    /// Reads one request up to its empty line; `nil` when the client went away.
    func request() -> String? {
      var bytes: [UInt8] = []
      var byte: UInt8 = 0
      while Glibc.read(descriptor, &byte, 1) == 1 {
        bytes.append(byte)
        if bytes.suffix(4) == [13, 10, 13, 10] { return String(decoding: bytes, as: UTF8.self) }
      }
      return nil
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }

    /// An RTSP answer with the request's number.
    func answer(_ status: String, to request: String, headers: [String] = [], body: String = "") {
      let number = request.split(separator: "\r\n").first { $0.hasPrefix("CSeq:") } ?? "CSeq: 0"
      var lines = ["RTSP/1.0 \(status)", String(number)] + headers
      if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
      send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Waits until the client closes.
    func waitForEnd() {
      var byte: UInt8 = 0
      while Glibc.read(descriptor, &byte, 1) > 0 {}
    }
  }

  private struct State {
    var requests: [String] = []
    var connections = 0
    var open: Set<Int32> = []
    var isStopped = false
  }

  let port: UInt16
  private let listener: Int32
  private let state = Mutex(State())
  private let script: @Sendable (Connection, FakeCamera) -> Void

  init(_ script: @escaping @Sendable (Connection, FakeCamera) -> Void) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(listener, generic, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, generic, &length) == 0
      }
    }
    self.listener = listener
    self.script = script
    port = UInt16(bigEndian: address.sin_port)
    guard bound else { throw Failure(text: "no port: \(errno)") }
    Self.onThread { [self] in accept() }
  }

  struct Failure: Error { let text: String }

  /// Every request of every connection, in order of arrival.
  var requests: [String] { state.withLock { $0.requests } }
  var connections: Int { state.withLock { $0.connections } }

  func note(_ request: String) { state.withLock { $0.requests.append(request) } }

  func stop() {
    let open = state.withLock { state in
      state.isStopped = true
      return state.open
    }
    shutdown(listener, Int32(SHUT_RDWR))
    for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
  }

  private func accept() {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { break }
      let isStopped = state.withLock { state in
        state.connections += 1
        state.open.insert(descriptor)
        return state.isStopped
      }
      guard !isStopped else {
        close(descriptor)
        break
      }
      Self.onThread { [self] in
        script(Connection(descriptor: descriptor), self)
        _ = state.withLock { $0.open.remove(descriptor) }
        close(descriptor)
      }
    }
    close(listener)
  }

  static func onThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { opaque in
        if let opaque { Unmanaged<Box>.fromOpaque(opaque).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    pthread_detach(thread)
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

// MARK: Scripts

extension FakeCamera {
  /// Answers every request with `status`.
  static func answering(_ status: String, headers: [String] = []) throws -> FakeCamera {
    try FakeCamera { connection, camera in
      while let request = connection.request() {
        camera.note(request)
        connection.answer(status, to: request, headers: headers)
      }
    }
  }

  /// Says OPTIONS is fine and describes `sdp`; sets up and plays what is asked for, then hands over to `playing`.
  static func describing(
    _ sdp: String, overUDP: Bool = false, udpSource: String? = nil,
    playing: @escaping @Sendable (Connection) -> Void = { $0.waitForEnd() }
  ) throws -> FakeCamera {
    try FakeCamera { accepted, camera in
      var connection = accepted
      var channel = 0
      while let request = connection.request() {
        camera.note(request)
        switch request.prefix(while: { $0 != " " }) {
        case "DESCRIBE":
          connection.answer("200 OK", to: request, headers: ["Content-Type: application/sdp"], body: sdp)
        case "SETUP":
          var transport = "RTP/AVP/TCP;unicast;interleaved=\(channel)-\(channel + 1)"
          channel += 2
          if overUDP {
            let client = request.split(separator: "client_port=").last?.prefix { $0 != "-" } ?? ""
            let (socket, port) = datagrams(to: UInt16(client) ?? 9)
            connection.datagrams = socket
            transport = "RTP/AVP/UDP;unicast;client_port=\(client);server_port=\(port)-\(port)"
            if let udpSource { transport += ";source=\(udpSource)" }
          }
          connection.answer(
            "200 OK", to: request, headers: ["Session: 4711;timeout=60", "Transport: \(transport)"])
        case "PLAY":
          connection.answer("200 OK", to: request, headers: ["Session: 4711"])
          playing(connection)
          if let socket = connection.datagrams { close(socket) }
          return
        default:
          connection.answer("200 OK", to: request, headers: ["Public: OPTIONS, DESCRIBE, SETUP, PLAY"])
        }
      }
    }
  }

  /// A socket that sends to `port` of the loopback, and its own port.
  private static func datagrams(to port: UInt16) -> (socket: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        _ = connect(descriptor, generic, length)
        _ = getsockname(descriptor, generic, &length)
      }
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  static func sdp(_ media: [String]) -> String {
    (["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=Fake", "t=0 0", "a=control:*"] + media).map { $0 + "\r\n" }.joined()
  }

  static let h264Media = [
    "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=1", "a=control:track0",
  ]
}

/// RTP over the RTSP connection (RFC 2326 section 10.12): just enough of RFC 6184 for whole access units.
struct RTPSender {
  let connection: FakeCamera.Connection
  var channel: UInt8 = 0
  var payloadType: UInt8 = 96
  private var sequence: UInt16 = 100

  init(connection: FakeCamera.Connection, channel: UInt8 = 0, payloadType: UInt8 = 96) {
    self.connection = connection
    self.channel = channel
    self.payloadType = payloadType
  }

  /// Leaves out one sequence number, as if a packet had been lost.
  mutating func skip() { sequence &+= 1 }

  mutating func send(payload: [UInt8], time: UInt32, marker: Bool) {
    var packet: [UInt8] = [0x80, payloadType | (marker ? 0x80 : 0), UInt8(sequence >> 8), UInt8(sequence & 255)]
    packet += (0..<4).map { UInt8(truncatingIfNeeded: time >> (24 - 8 * UInt32($0))) } + [0, 0, 0x12, 0x34] + payload
    sequence &+= 1
    if let socket = connection.datagrams {
      _ = packet.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, 0) }
    } else {
      connection.send([0x24, channel, UInt8(packet.count >> 8), UInt8(packet.count & 255)] + packet)
    }
  }

  /// One access unit: small NAL units alone, large ones in fragments (FU-A).
  ///
  /// - Parameter isWhole: whether the marker ends it.
  mutating func send(unit: [[UInt8]], time: UInt32, isWhole: Bool = true) {
    for (index, nal) in unit.enumerated() {
      let isLast = isWhole && index == unit.count - 1
      guard nal.count > 1200 else {
        send(payload: nal, time: time, marker: isLast)
        continue
      }
      var rest = nal.dropFirst()
      var isFirst = true
      while !rest.isEmpty {
        let part = rest.prefix(1200)
        rest = rest.dropFirst(1200)
        let header = nal[0] & 31 | (isFirst ? 0x80 : 0) | (rest.isEmpty ? 0x40 : 0)
        send(payload: [nal[0] & 0xe0 | 28, header] + part, time: time, marker: isLast && rest.isEmpty)
        isFirst = false
      }
    }
  }
}

/// Waits, in a fake camera's own thread: a real client on a real socket needs real time.
func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
