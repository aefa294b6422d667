import Domain
import Glibc
import RTSP
import Testing

/// The values of this target against a server that nobody here wrote, with the smallest socket that does.
@Suite(.serialized) struct RealServerTests {
  @Test(
    .enabled(if: RealServer.isAvailable, "GStreamer's RTSP server or ffmpeg is not installed"),
    arguments: [MediaTransport.tcp, .udp])
  func everyFrameOfAClipIsReceived(_ transport: MediaTransport) throws {
    let clip = "/tmp/rtsp-test-\(getpid())-\(transport.rawValue).mp4"
    defer { unlink(clip) }
    let server = try RealServer(clip: clip)
    let client = try BlockingClient(port: server.port, transport: transport, user: "viewer", password: "right-one")
    try client.run(seconds: 30) { client.frames >= RealServer.frames }
    #expect(client.session.state == .playing, "\(client.notes)")
    #expect(client.frames == RealServer.frames)
    let counts = try #require(client.session.statistics.first)
    #expect(counts.lost == 0 && counts.duplicates == 0 && counts.malformed == 0 && counts.foreignSource == 0)
    #expect(counts.received >= RealServer.frames)
    #expect(client.judged == [.password, .description])
    #expect(client.session.learned.transport == transport && client.session.learned.asksByDigest)
    try client.stop()
    #expect(client.session.state == .ended(.stopped))
  }

  @Test(.enabled(if: RealServer.isAvailable, "GStreamer's RTSP server or ffmpeg is not installed"))
  func aWrongPasswordIsTold() throws {
    let clip = "/tmp/rtsp-test-\(getpid())-wrong.mp4"
    defer { unlink(clip) }
    let server = try RealServer(clip: clip)
    let client = try BlockingClient(port: server.port, transport: .tcp, user: "viewer", password: "wrong-one")
    try client.run(seconds: 20) { client.session.state == .ended(.wrongPassword) }
    #expect(client.session.state == .ended(.wrongPassword))
  }
}

/// A socket beside a session: blocking, with poll(2), for tests alone.
final class BlockingClient {
  private(set) var session: RTSPSession
  private(set) var frames = 0
  private(set) var notes: [SessionNote] = []
  private(set) var judged: [SessionEvidence.Stage] = []
  private let connection: Int32
  private var ports: [Int32] = []
  private var peers: TransportPair<UInt16>?
  private var deadline: MonotonicTime?

  struct Failed: Error { let what: String }

  init(port: UInt16, transport: MediaTransport, user: String, password: String) throws {
    var configuration = SessionConfiguration(
      address: try CameraAddress(scheme: .rtsp, host: "127.0.0.1", port: port, path: "/clip"), numericHost: "127.0.0.1",
      user: user, password: Secret(password), transport: transport, fallsBackToUDP: false)
    configuration.limits.reports = .seconds(1)
    var dice = SystemRandomNumberGenerator()
    session = RTSPSession(configuration, using: &dice)
    connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard Self.withAddress(port, { connect(connection, $0, $1) }) == 0 else { throw Failed(what: "connect") }
    try take(.connected)
  }

  deinit { for descriptor in [connection] + ports { close(descriptor) } }

  /// Until `isDone` or for so long.
  func run(seconds: Int64, until isDone: () -> Bool) throws {
    let end = now + .seconds(seconds)
    while !isDone(), now < end {
      if case .ended = session.state { return }
      try step()
    }
  }

  func stop() throws {
    try take(.stop)
    try run(seconds: 5) { if case .ended = session.state { true } else { false } }
  }

  private var now: MonotonicTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  private func step() throws {
    var waits = ([connection] + ports).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let left = deadline.map { max(0, ($0 - now).nanoseconds / 1_000_000) } ?? 1000
    poll(&waits, nfds_t(waits.count), Int32(min(left + 1, 1000)))
    for (place, wait) in waits.enumerated() where wait.revents != 0 {
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      let count = recv(wait.fd, &buffer, buffer.count, 0)
      let bytes = Array(buffer.prefix(max(count, 0)))
      if place == 0 {
        try take(count > 0 ? .received(bytes) : .closed)
      } else if count > 0 {
        try take(.datagram(track: (place - 1) / 2, bytes))
      }
    }
    if let deadline, deadline <= now { try take(.time) }
  }

  private func take(_ input: SessionInput) throws {
    for action in session.handle(input, now: now) { try perform(action) }
  }

  private func perform(_ action: SessionAction) throws {
    switch action {
    case .send(let bytes):
      guard send(connection, bytes, bytes.count, 0) == bytes.count else { throw Failed(what: "send") }
    case .judge(let evidence):
      judged.append(evidence.stage)
      try take(.judged(.trusted))
    case .openPorts(let track): try openPorts(track)
    case .peerPorts(_, let peers): self.peers = peers
    case .sendDatagram(let track, let isControl, let bytes): sendDatagram(track, isControl, bytes)
    case .deliver(_, let packet, _): if packet.isMarked { frames += 1 }
    case .deadline(let due): deadline = due
    case .note(let note): notes.append(note)
    case .prepared, .playing, .clock, .ended: break
    case .reconnect: throw Failed(what: "asked for another connection")
    }
  }

  private func openPorts(_ track: Int) throws {
    var opened: [UInt16] = []
    for _ in 0..<2 {
      let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
      ports.append(descriptor)
      guard Self.withAddress(0, { bind(descriptor, $0, $1) }) == 0 else { throw Failed(what: "bind") }
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
      }
      opened.append(UInt16(bigEndian: address.sin_port))
    }
    try take(.portsOpened(track: track, TransportPair(media: opened[0], control: opened[1])))
  }

  private func sendDatagram(_ track: Int, _ isControl: Bool, _ bytes: [UInt8]) {
    guard let peers else { return }
    let descriptor = ports[2 * track + (isControl ? 1 : 0)]
    _ = Self.withAddress(isControl ? peers.control : peers.media) { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
  }

  private static func withAddress<Result>(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
