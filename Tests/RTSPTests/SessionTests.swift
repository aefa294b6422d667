import Domain
import RTSP
import Testing

@Suite struct SessionTests {
  @Test func aSessionIsOpenedPlayedAndTornDown() throws {
    let exchange = Exchange(try RTSPSession(), SimulatedCamera())
    exchange.open()
    exchange.run(.seconds(100))
    #expect(exchange.end == nil && exchange.session.state == .playing)
    #expect(exchange.methods.prefix(5) == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER"])
    #expect(exchange.asked[0].url == "rtsp://192.168.1.20:554/main")
    #expect(exchange.asked[2].url == "rtsp://192.168.1.20:554/main/track0")
    #expect(exchange.asked[3].url == "rtsp://192.168.1.20:554/main/")
    #expect(exchange.asked[3].headers["Session"] == "4711")
    #expect(exchange.delivered[0].map { $0 > 1990 } ?? false && exchange.missing == 0)
    #expect(exchange.judged.map(\.stage) == [.description] && exchange.judged[0].authentication == "none")
    #expect(exchange.prepared.map(\.track.format.encoding) == ["H264"])
    #expect(exchange.reports >= 18, "receiver reports each 5 s")
    #expect(exchange.asked.filter { $0.method == "GET_PARAMETER" }.count == 3, "each half timeout")
    exchange.feed(.stop)
    #expect(exchange.methods.last == "TEARDOWN" && exchange.end == nil)
    exchange.run(.seconds(2))
    #expect(exchange.end == .stopped)
    #expect(exchange.session.learned.transport == .tcp)
  }

  @Test func aStopWhoseAnswerNeverComesEndsAllTheSame() throws {
    let camera = SimulatedCamera()
    camera.bend = { $0.method == "TEARDOWN" ? .none : $1 }
    let exchange = Exchange(try RTSPSession(), camera)
    exchange.open()
    exchange.run(.seconds(3))
    exchange.feed(.stop)
    exchange.run(.seconds(2))
    #expect(exchange.end == .stopped)
  }

  @Test func everySendAndDeadlineIsOneOfAFewWhileItPlays() throws {
    let exchange = Exchange(try RTSPSession(), SimulatedCamera())
    exchange.open()
    exchange.run(.seconds(10))
    // A packet alone asks for nothing but its delivery.
    let actions = exchange.session.handle(
      .received(Packets.frame(0, Packets.rtp(exchange.camera.sequence, ssrc: exchange.camera.ssrc))), now: exchange.now)
    #expect(actions.count == 1)
  }

  // MARK: The device

  @Test func noPasswordIsSentBeforeTheDeviceIsJudged() throws {
    for decision in [DeviceDecision.untrusted, .refused] {
      let camera = SimulatedCamera()
      camera.challenge = { ["Digest realm=\"IP Camera\", nonce=\"abc\"", "Basic realm=\"IP Camera\""] }
      camera.accepts = { _ in false }
      camera.bend = { $1.with("Server", "Rtsp Server/3.0") }
      let exchange = Exchange(try RTSPSession(user: "admin", password: "Canary"), camera)
      exchange.decide = { _ in decision }
      exchange.open()
      exchange.run(.seconds(30))
      #expect(exchange.end == .passwordWithheld)
      #expect(exchange.asked.allSatisfy { $0.headers["Authorization"] == nil })
      let evidence = try #require(exchange.judged.first)
      #expect(evidence.stage == .password && evidence.realm == "IP Camera" && evidence.authentication == "Digest")
      #expect(evidence.server == "Rtsp Server/3.0")
      var device = DeviceEvidence(host: "192.168.1.20", port: 554, path: "/main")
      device.take(evidence)
      #expect(device.realm == "IP Camera" && device.authentication == "Digest" && device.server == "Rtsp Server/3.0")
    }
  }

  @Test func whileTheJudgementIsAwaitedNothingIsSent() throws {
    let camera = SimulatedCamera()
    camera.challenge = { ["Basic realm=\"r\""] }
    var session = try RTSPSession(user: "admin", password: "Canary")
    _ = session.handle(.connected, now: .seconds(1))
    _ = session.handle(.received(bytes("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")), now: .seconds(1))
    let actions = session.handle(
      .received(bytes("RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n")),
      now: .seconds(1))
    var evidence = SessionEvidence()
    evidence.authentication = "Basic"
    evidence.realm = "r"
    #expect(actions == [.judge(evidence)])
    #expect(session.state == .awaitingJudgement(evidence))
    for late in [2, 60, 600] as [Int64] { #expect(session.handle(.time, now: .seconds(late)).isEmpty) }
    let after = session.handle(.judged(.trusted), now: .seconds(601))
    guard case .send(let sent)? = after.first else { throw MessageError.notRTSP }
    #expect(AskedRequest(sent).headers["Authorization"] == "Basic YWRtaW46Q2FuYXJ5")
  }

  @Test func anUntrustedDeviceMayBeReadWithoutThePassword() throws {
    let camera = SimulatedCamera()
    let exchange = Exchange(try RTSPSession(user: "admin", password: "Canary"), camera)
    exchange.decide = { _ in .untrusted }
    exchange.open()
    exchange.run(.seconds(5))
    #expect(exchange.session.state == .playing)
    // It asks for the password only now.
    camera.challenge = { ["Basic realm=\"r\""] }
    camera.accepts = { _ in false }
    exchange.run(.seconds(60))
    #expect(exchange.asked.allSatisfy { $0.headers["Authorization"] == nil })
  }

  @Test func aRefusedDescriptionEndsBeforeAnythingIsSetUp() throws {
    let exchange = Exchange(try RTSPSession(), SimulatedCamera())
    exchange.decide = { $0.stage == .description ? .refused : .trusted }
    exchange.open()
    exchange.run(.seconds(5))
    #expect(exchange.end == .notTheCamera && !exchange.methods.contains("SETUP"))
    #expect(exchange.judged.first?.description?.contains("s=Front door") == true)
  }

  @Test func aNewConnectionIsJudgedAnew() throws {
    let camera = SimulatedCamera()
    camera.challenge = { ["Digest realm=\"r\", nonce=\"n\""] }
    camera.accepts = { $0.headers["Authorization"] != nil }
    camera.bend = { $0.method == "DESCRIBE" && $1.status.hasPrefix("401") ? $1.closing : $1 }
    let exchange = Exchange(try RTSPSession(user: "admin", password: "p"), camera)
    var connections = 0
    exchange.decide = { _ in
      connections += 1
      return connections == 1 ? .trusted : .refused
    }
    exchange.open()
    exchange.run(.seconds(5))
    #expect(exchange.connections.count == 1 && exchange.end == .passwordWithheld)
  }

  // MARK: Ends

  @Test(arguments: [
    ("DESCRIBE", "403 Forbidden", SessionEnd.forbidden), ("DESCRIBE", "404 Not Found", .notFound),
    ("DESCRIBE", "453 Not Enough Bandwidth", .sessionLimit), ("SETUP", "453 Not Enough Bandwidth", .sessionLimit),
    ("DESCRIBE", "503 Service Unavailable", .busy), ("PLAY", "500 Oops", .refused(.play, "500 Oops")),
    ("SETUP", "500", .refused(.setup, "500")), ("SETUP", "404 Not Found", .notFound),
    ("DESCRIBE", "302 Moved", .refused(.describe, "302 Moved")),
  ])
  func everyNoHasItsReasonAndWords(_ method: String, _ status: String, _ expected: SessionEnd) throws {
    let camera = SimulatedCamera()
    camera.bend = { $0.method == method ? Reply(status: status) : $1 }
    let exchange = Exchange(try RTSPSession(path: "/user=admin&password=Canary"), camera)
    exchange.open()
    exchange.run(.seconds(60))
    #expect(exchange.end == expected)
    #expect(!expected.isWrongPassword, "403 too says nothing about the password")
    #expect(exchange.session.learned.grantsOneSession == (expected == .sessionLimit))
    if method == "PLAY" { #expect(exchange.methods.last == "TEARDOWN") }
    let address = try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 554, path: "/user=admin&password=Canary")
    let text = SessionEndText(expected, address: address)
    #expect(!text.cause.isEmpty && !text.next.isEmpty && !(text.cause + text.next).contains("Canary"))
  }

  @Test(arguments: ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"])
  func aRequestThatIsNeverAnsweredEndsInTime(_ method: String) throws {
    let camera = SimulatedCamera()
    camera.sendsMedia = false
    camera.bend = { $0.method == method ? .none : $1 }
    let exchange = Exchange(try RTSPSession(), camera)
    exchange.open()
    exchange.run(.seconds(40))
    if method == "OPTIONS" {
      #expect(exchange.methods.contains("PLAY"), "OPTIONS is not needed")
    } else {
      #expect(exchange.end == .noAnswer(try #require(RTSPMethod(rawValue: method))))
    }
  }

  @Test func aConnectionThatClosesIsToldWithItsMoment() throws {
    let camera = SimulatedCamera()
    camera.bend = { $0.method == "SETUP" ? Reply(isSilent: true, closes: true) : $1 }
    let exchange = Exchange(try RTSPSession(), camera)
    exchange.open()
    exchange.run(.seconds(5))
    #expect(exchange.end == .closed(during: .setup))
  }

  @Test func otherProtocolsAreToldAtOnce() throws {
    var session = try RTSPSession()
    _ = session.handle(.connected, now: .seconds(1))
    let actions = session.handle(.received(bytes("HTTP/1.0 400 Bad Request\r\n\r\n")), now: .seconds(1))
    #expect(actions.last == .ended(.notRTSP) && session.state == .ended(.notRTSP))
    #expect(session.handle(.time, now: .seconds(9)).isEmpty)
  }

  @Test func aPromisedBodyThatNeverComesIsTakenAsItIs() throws {
    var session = try RTSPSession()
    _ = session.handle(.connected, now: .seconds(1))
    _ = session.handle(.received(bytes("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")), now: .seconds(1))
    let head = bytes("RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 4000\r\n\r\n")
    let waiting = session.handle(.received(head + Descriptions.session([Descriptions.h264])), now: .seconds(1))
    #expect(waiting == [.deadline(.seconds(3))])
    let taken = session.handle(.time, now: .seconds(3))
    #expect(taken.first == .note(.shortBody))
    #expect(taken.contains { if case .judge = $0 { true } else { false } })
  }

  @Test func theServersOwnRequestsAreAnswered() throws {
    let exchange = Exchange(try RTSPSession(), SimulatedCamera())
    exchange.open()
    exchange.run(.seconds(2))
    let actions = exchange.session.handle(
      .received(
        bytes(
          "OPTIONS rtsp://a RTSP/1.0\r\nCSeq: 41\r\n\r\nANNOUNCE rtsp://a RTSP/1.0\r\nCSeq: 42\r\nContent-Length: 2\r\n\r\nhiRECORD rtsp://a RTSP/1.0\r\nCSeq: 43\r\n\r\n"
        )), now: exchange.now)
    let answers = actions.compactMap {
      if case .send(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
    #expect(
      answers == [
        "RTSP/1.0 200 OK\r\nCSeq: 41\r\n\r\n", "RTSP/1.0 200 OK\r\nCSeq: 42\r\n\r\n",
        "RTSP/1.0 501 Not Implemented\r\nCSeq: 43\r\n\r\n",
      ])
    #expect(actions.contains(.note(.announced("ANNOUNCE"))))
  }

  // MARK: What is learnt

  @Test func whatWasLearntSurvivesOlderAndNewerVersions() throws {
    var learned = LearnedCamera()
    learned.asksByDigest = true
    learned.transport = .udp
    learned.keepalive.ineffective = [.options]
    learned.keepalive.effective = .setParameter
    #expect(try JSONText.decode(JSONText.encode(learned)) == learned)
    #expect(try JSONText.decode("{}") == LearnedCamera())
    #expect(try JSONText.decode("{\"asksByDigest\":true,\"later\":[1]}").asksByDigest)
  }
}

extension Reply {
  func with(_ name: String, _ value: String) -> Reply {
    var reply = self
    reply.headers.append((name, value))
    return reply
  }

  var closing: Reply {
    var reply = self
    reply.closes = true
    return reply
  }
}
