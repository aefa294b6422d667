import Domain

import RTSP

/// A request as a camera reads it.
struct AskedRequest: Hashable {
  var method: String
  var url: String
  var headers: RTSPHeaders

  init(_ bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
    let words = lines[0].split(separator: " ")
    method = String(words[0])
    url = String(words[1])
    headers = RTSPHeaders()
    for line in lines.dropFirst() where line.contains(":") {
      let pair = line.split(separator: ":", maxSplits: 1)
      headers.append(String(pair[0]), String(pair[1]))
    }
  }
}

/// What a simulated camera answers.
struct Reply {
  var status = "200 OK"
  var headers: [(String, String)] = []
  var body: [UInt8] = []
  /// Instead of the request's own.
  var sequence: Int?
  var isSilent = false
  var delay: Duration = .zero
  var closes = false

  static var none: Reply { Reply(isSilent: true) }
}

/// A camera in simulated time, each of whose answers a test may bend.
final class SimulatedCamera {
  var description = Descriptions.session([Descriptions.h264])
  var session = "4711"
  /// As told; the camera ends a session that shows no sign of life for so long.
  var timeout: Int? = 60
  var endsIdleSessions = false
  var publicMethods = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
  var pictureEvery: Duration = .milliseconds(100)
  /// How it asks for a password; `nil` for none.
  var challenge: (() -> [String])?
  var accepts: (AskedRequest) -> Bool = { _ in true }
  var countsAsLife: (AskedRequest) -> Bool = { _ in true }
  /// Bends an answer: the answer that would be given goes in.
  var bend: (AskedRequest, Reply) -> Reply = { $1 }
  var ssrc: UInt32 = 0x1234_5678
  var sendsMedia = true

  private(set) var isPlaying = false
  private(set) var alive = MonotonicTime.seconds(0)
  private(set) var transports: [String] = []
  var sequence: UInt16 = 65530
  var timestamp: UInt32 = 0

  func connected() {
    isPlaying = false
    transports = []
  }

  func answer(_ request: AskedRequest, now: MonotonicTime) -> Reply {
    if countsAsLife(request) { alive = now }
    if request.method != "OPTIONS" || request.headers["Authorization"] != nil, let challenge, !accepts(request) {
      return bend(request, Reply(status: "401 Unauthorized", headers: challenge().map { ("WWW-Authenticate", $0) }))
    }
    let reply = bend(request, plain(request))
    if reply.status.hasPrefix("2"), !reply.isSilent {
      if request.method == "PLAY" {
        isPlaying = true
        alive = now
      }
      if request.method == "SETUP" { transports.append(request.headers["Transport"] ?? "") }
      if request.method == "TEARDOWN" { isPlaying = false }
    }
    return reply
  }

  func shouldEnd(now: MonotonicTime) -> Bool {
    endsIdleSessions && isPlaying && now - alive > .seconds(timeout ?? 60)
  }

  private func plain(_ request: AskedRequest) -> Reply {
    let lasts = timeout.map { ";timeout=\($0)" } ?? ""
    switch request.method {
    case "OPTIONS": return Reply(headers: [("Public", publicMethods)])
    case "DESCRIBE":
      return Reply(
        headers: [("Content-Type", "application/sdp"), ("Content-Base", request.url + "/")], body: description)
    case "SETUP":
      let wanted = request.headers["Transport"] ?? ""
      let given = wanted.contains("TCP") ? wanted : wanted + ";server_port=7000-7001"
      return Reply(headers: [("Session", session + lasts), ("Transport", given)])
    default: return Reply(headers: [("Session", session)])
    }
  }
}

/// A session and a simulated camera in simulated time.
final class Exchange {
  var session: RTSPSession
  let camera: SimulatedCamera
  var now = MonotonicTime.seconds(1000)
  var decide: (SessionEvidence) -> DeviceDecision = { _ in .trusted }
  private(set) var asked: [AskedRequest] = []
  private(set) var judged: [SessionEvidence] = []
  private(set) var notes: [SessionNote] = []
  private(set) var delivered: [Int: Int] = [:]
  private(set) var missing = 0
  private(set) var prepared: [PreparedTrack] = []
  private(set) var clocks: [SenderReport] = []
  private(set) var connections: [RequestURL] = []
  private(set) var datagrams = 0
  private(set) var end: SessionEnd?
  private(set) var deadline: MonotonicTime?
  private(set) var reports = 0
  private var later: [(MonotonicTime, SessionInput)] = []
  private var nextPicture: MonotonicTime?
  private var playedAt: MonotonicTime?

  init(_ session: RTSPSession, _ camera: SimulatedCamera) {
    self.session = session
    self.camera = camera
  }

  var methods: [String] { asked.map(\.method) }

  func open() { feed(.connected) }

  /// Lets time pass until the session has ended or `duration` is over.
  func run(_ duration: Duration) {
    let until = now + duration
    while end == nil {
      let soon = later.map(\.0).min()
      let due = [deadline, soon, camera.isPlaying && camera.sendsMedia ? nextPicture : nil].compactMap { $0 }.min()
      guard let due, due <= until else { break }
      now = max(now, due)
      step()
    }
    if end == nil { now = until }
  }

  func feed(_ input: SessionInput) {
    for action in session.handle(input, now: now) { perform(action) }
  }

  private func step() {
    if camera.shouldEnd(now: now) {
      camera.connected()
      feed(.closed)
    }
    let ready = later.enumerated().filter { $0.element.0 <= now }.map(\.offset)
    let inputs = ready.map { later[$0].1 }
    for place in ready.reversed() { later.remove(at: place) }
    for input in inputs { feed(input) }
    if camera.isPlaying, camera.sendsMedia, let due = nextPicture, due <= now { sendPicture() }
    if let due = deadline, due <= now {
      deadline = nil
      feed(.time)
    }
  }

  /// A picture of two packets.
  private func sendPicture() {
    nextPicture = now + camera.pictureEvery
    camera.timestamp &+= 9000
    for isLast in [false, true] {
      let packet = Packets.rtp(
        camera.sequence, timestamp: camera.timestamp, ssrc: camera.ssrc, marker: isLast)
      camera.sequence &+= 1
      let isUDP = camera.transports.first.map { !$0.contains("TCP") } ?? false
      feed(isUDP ? .datagram(track: 0, packet) : .received(Packets.frame(0, packet)))
    }
  }

  private func perform(_ action: SessionAction) {
    switch action {
    case .send(let bytes): send(bytes)
    case .judge(let evidence):
      judged.append(evidence)
      later.append((now, .judged(decide(evidence))))
    case .openPorts(let track):
      let port = UInt16(6000 + 2 * track)
      later.append((now, .portsOpened(track: track, TransportPair(media: port, control: port + 1))))
    case .prepared(let tracks): prepared = tracks
    case .deliver(let track, _, let missing):
      delivered[track, default: 0] += 1
      self.missing += missing
    case .clock(_, let report): clocks.append(report)
    case .reconnect(let place):
      connections.append(place)
      camera.connected()
      later.removeAll()
      later.append((now + .milliseconds(10), .connected))
    case .deadline(let due): deadline = due
    case .note(let note): notes.append(note)
    case .ended(let reason): end = reason
    case .sendDatagram: datagrams += 1
    case .playing, .peerPorts: break
    }
  }

  private func send(_ bytes: [UInt8]) {
    guard bytes.first != UInt8(ascii: "$") else {
      reports += 1
      return
    }
    let request = AskedRequest(bytes)
    guard !request.method.hasPrefix("RTSP/") else { return }
    asked.append(request)
    let reply = camera.answer(request, now: now)
    if request.method == "PLAY", camera.isPlaying { nextPicture = now + .milliseconds(20) }
    let due = now + reply.delay + .milliseconds(1)
    if !reply.isSilent {
      var lines = ["RTSP/1.0 \(reply.status)"]
      lines.append("CSeq: \(reply.sequence.map(String.init) ?? request.headers["CSeq"] ?? "")")
      lines += reply.headers.map { "\($0.0): \($0.1)" }
      if !reply.body.isEmpty { lines.append("Content-Length: \(reply.body.count)") }
      later.append((due, .received(RTSPTests.bytes(lines.joined(separator: "\r\n") + "\r\n\r\n") + reply.body)))
    }
    if reply.closes { later.append((due, .closed)) }
  }
}
