import Domain
import RTSP
import TestSupport
import Testing

/// Cameras that public reports tell of, each as a script: what it does, and what is right. The thread is named where there is one.
@Suite struct CameraCaseTests {
  private func play(
    _ camera: SimulatedCamera, for duration: Duration = .seconds(30), path: String = "/main", user: String? = nil,
    learned: LearnedCamera = LearnedCamera(), _ change: (inout SessionConfiguration) -> Void = { _ in }
  ) throws -> Exchange {
    let session = try RTSPSession(
      path: path, user: user, password: user.map { _ in "right-one" }, learned: learned, change)
    let exchange = Exchange(session, camera)
    exchange.open()
    exchange.run(duration)
    return exchange
  }

  private func isPlaying(_ exchange: Exchange) -> Bool { exchange.session.state == .playing && exchange.missing == 0 }

  // MARK: Passwords

  /// A camera that checks Digest as RFC 7616 says.
  private func asking(_ algorithm: DigestAlgorithm?, qop: String? = nil, header: @escaping (String) -> [String])
    -> SimulatedCamera
  {
    let camera = SimulatedCamera()
    camera.challenge = { header("n0nce") }
    camera.accepts = { request in
      DigestCheck.isRight(
        request, user: "viewer", password: "right-one", realm: "IP Camera(GH455)", algorithm: algorithm ?? .md5)
    }
    return camera
  }

  /// go2rtc#2344: hardened firmware asks by SHA-256 alone.
  @Test(
    arguments: [nil, .md5, .md5Session, .sha256, .sha256Session] as [DigestAlgorithm?],
    [nil, "auth", "auth,auth-int", "auth-int"])
  func everyKnownWayOfDigestLogsIn(_ algorithm: DigestAlgorithm?, _ qop: String?) throws {
    let camera = asking(algorithm) { nonce in
      let named = algorithm.map { ", algorithm=\"\($0.rawValue)\"" } ?? ""
      let quality = qop.map { ", qop=\"\($0)\"" } ?? ""
      return ["Digest realm=\"IP Camera(GH455)\", nonce=\"\(nonce)\", stale=\"FALSE\"\(named)\(quality)"]
    }
    let exchange = try play(camera, user: "viewer")
    #expect(isPlaying(exchange), "\(exchange.end.map { "\($0)" } ?? "")")
    #expect(exchange.judged.map(\.stage) == [.password, .description])
    #expect(exchange.session.learned.asksByDigest && exchange.session.learned.acceptedPassword)
  }

  @Test func anUnknownAlgorithmIsNoWrongPassword() throws {
    let camera = asking(nil) { ["Digest realm=\"r\", nonce=\"\($0)\", algorithm=SHA-512-256"] }
    let exchange = try play(camera, user: "viewer")
    #expect(exchange.end == .unknownAuthentication(["SHA-512-256"]))
    #expect(exchange.asked.allSatisfy { $0.headers["Authorization"] == nil }, "no try that could lock the account")
  }

  @Test func aWrongPasswordIsTriedOnce() throws {
    let camera = SimulatedCamera()
    var number = 0
    camera.challenge = {
      number += 1
      return ["Digest realm=\"r\", nonce=\"\(number)\", stale=FALSE"]
    }
    camera.accepts = { _ in false }
    let exchange = try play(camera, user: "viewer")
    #expect(exchange.end == .wrongPassword && exchange.end?.isWrongPassword == true)
    #expect(exchange.asked.filter { $0.headers["Authorization"] != nil }.count == 1)
    #expect(!exchange.session.learned.acceptedPassword)
  }

  @Test func aCameraThatAskedByDigestNeverGetsBasic() throws {
    var learned = LearnedCamera()
    learned.asksByDigest = true
    let camera = SimulatedCamera()
    camera.challenge = { ["Basic realm=\"IP Camera\""] }
    camera.accepts = { _ in false }
    let exchange = try play(camera, user: "viewer", learned: learned)
    #expect(exchange.end == .downgraded && exchange.end?.isAnotherDevice == true)
    #expect(exchange.asked.allSatisfy { $0.headers["Authorization"] == nil })
  }

  /// hikvision_next#289: 401 to the right password for some time after a reboot.
  @Test func aCameraThatBootsIsTriedAgainByTheSchedule() throws {
    var retry = PasswordRetry()
    var learned = LearnedCamera()
    var waited = Duration.zero
    var isUp = true
    func camera() -> SimulatedCamera {
      let camera = asking(nil) { ["Digest realm=\"IP Camera(GH455)\", nonce=\"\($0)\""] }
      let check = camera.accepts
      camera.accepts = { isUp && check($0) }
      return camera
    }
    learned = try play(camera(), user: "viewer").session.learned
    #expect(learned.acceptedPassword)
    isUp = false
    var tries = 0
    while tries < 6 {
      let exchange = try play(camera(), user: "viewer", learned: learned)
      if isPlaying(exchange) { break }
      #expect(exchange.end == .wrongPassword)
      guard case .retry(let wait) = retry.refused(tookItBefore: exchange.session.learned.acceptedPassword) else {
        break
      }
      tries += 1
      waited += wait
      isUp = waited >= .seconds(25)
    }
    #expect(tries == 2 && waited == .seconds(35))
  }

  @Test func aCameraThatClosesAfterItsChallengeIsAskedByANewConnection() throws {
    let camera = asking(.sha256) {
      ["Digest realm=\"IP Camera(GH455)\", nonce=\"\($0)\", algorithm=SHA-256, qop=\"auth\""]
    }
    camera.bend = { $1.status.hasPrefix("401") ? $1.closing : $1 }
    let exchange = try play(camera, user: "viewer")
    #expect(isPlaying(exchange) && exchange.connections.count == 1)
    #expect(exchange.judged.map(\.stage) == [.password, .password, .description])
  }

  // MARK: Descriptions

  /// gortsplib#501: sound, then the way back to the camera, the picture last. frigate#5698: two sounds.
  @Test func thePictureLastAndATalkBackChannelAreSetUpRightly() throws {
    let camera = SimulatedCamera()
    camera.description = Descriptions.session([
      Descriptions.opus, Descriptions.talk, Descriptions.pcmu, Descriptions.h264,
    ])
    let exchange = try play(camera) { $0.wantsAudio = true }
    #expect(isPlaying(exchange))
    let setups = exchange.asked.filter { $0.method == "SETUP" }
    #expect(setups.map(\.url.lastPart) == ["track0", "track1"])
    #expect(setups.map { $0.headers["Transport"]?.suffix(3) } == ["0-1", "2-3"])
    #expect(setups[1].headers["Session"] == "4711")
  }

  /// Answers with the shapes of MediaMTX's: three challenges, absolute controls, Opus next to G.711, the session told in SETUP alone.
  @Test func aRestreamerIsRead() throws {
    let root = "rtsp://192.168.1.20:554/main/"
    let camera = asking(.sha256) { nonce in
      [
        "Digest realm=\"IP Camera(GH455)\", nonce=\"\(nonce)\", algorithm=\"MD5\"",
        "Digest realm=\"IP Camera(GH455)\", nonce=\"\(nonce)\", algorithm=\"SHA-256\"",
        "Basic realm=\"IP Camera(GH455)\"",
      ]
    }
    let sections = [
      ["m=video 0 RTP/AVP 96", "a=control:\(root)trackID=0"] + Descriptions.h264[1...2],
      ["m=audio 0 RTP/AVP 97", "a=control:\(root)trackID=1", "a=rtpmap:97 opus/48000/2"],
      ["m=audio 0 RTP/AVP 8", "a=control:\(root)trackID=2", "a=rtpmap:8 PCMA/8000"],
    ]
    camera.description = Descriptions.session(sections, control: root)
    camera.bend = { $1.with("Server", "gortsplib") }
    let exchange = try play(camera, user: "viewer") { $0.wantsAudio = true }
    #expect(isPlaying(exchange) && exchange.judged.last?.server == "gortsplib")
    #expect(
      exchange.asked.filter { $0.method == "SETUP" }.map(\.url) == [root + "trackID=0", root + "trackID=2"])
    #expect(exchange.asked.last { $0.method == "PLAY" }?.url == root)
    #expect(exchange.prepared.map(\.track.format.encoding) == ["H264", "PCMA"])
  }

  /// go2rtc#728: one session is granted, its sound can't be kept.
  @Test func oneSessionIsEnough() throws {
    let camera = SimulatedCamera()
    camera.description = Descriptions.session([Descriptions.opus, Descriptions.h264])
    let exchange = try play(camera) { $0.wantsAudio = true }
    #expect(isPlaying(exchange))
    #expect(exchange.notes.contains(.audioNotKept(["OPUS"])))
    #expect(exchange.asked.filter { $0.method == "SETUP" }.count == 1)
  }

  @Test func soundThatIsRefusedCostsNoPicture() throws {
    let camera = SimulatedCamera()
    camera.description = Descriptions.session([Descriptions.pcmu, Descriptions.h264])
    camera.bend = { $0.url.lastPart == "track1" ? Reply(status: "500 No") : $1 }
    let exchange = try play(camera) { $0.wantsAudio = true }
    #expect(isPlaying(exchange) && exchange.notes.contains(.audioRefused("500 No")))
    #expect(exchange.prepared.count == 1)
  }

  /// keshavdv/unifi-cam-proxy#340: one viewer for all streams.
  @Test func aCameraWithOneViewerIsRemembered() throws {
    let camera = SimulatedCamera()
    camera.bend = { $0.method == "SETUP" ? Reply(status: "453 Not Enough Bandwidth") : $1 }
    let exchange = try play(camera)
    #expect(exchange.end == .sessionLimit && exchange.session.learned.grantsOneSession)
  }

  // MARK: Addresses

  /// retina#9, gortsplib#121, #120, zoneminder#911: path, Content-Base, control, and the only place that is answered.
  @Test(
    arguments: [
      ("/main", nil, "track0", "/main/track0"),
      (
        "/cam/realmonitor?channel=1&subtype=0", "rtsp://192.168.1.20/cam/realmonitor?channel=1&subtype=0/", "trackID=0",
        "/cam/realmonitor?channel=1&subtype=0/trackID=0"
      ),
      ("/?rtsp_tunnel", nil, "rtsp://192.168.1.20:554/?rtsp_tunnel&stream=video", "/?rtsp_tunnel&stream=video"),
      ("/main", "rtsp://192.168.1.108:554/main/", "track0", "/main/track0"),
      // The first reading is refused: another one is right.
      ("/live?x=1", "rtsp://192.168.1.20/wrong/", "track0", "/live?x=1/track0"),
      ("/live?x=1", nil, "track0", "/live/track0?x=1"),
      ("/main", nil, "/track0", "/track0"),
    ] as [(String, String?, String, String)])
  func oddControlsAreSetUp(_ path: String, _ base: String?, _ control: String, _ answered: String) throws {
    let camera = SimulatedCamera()
    let lines = Descriptions.h264.dropLast() + ["a=control:\(control)"]
    camera.description = Descriptions.session([Array(lines)], control: base == nil ? nil : "*")
    let expected = "rtsp://192.168.1.20:554" + answered
    camera.bend = { request, reply in
      if request.method == "SETUP", request.url != expected { return Reply(status: "404 Not Found") }
      guard request.method == "DESCRIBE" else { return reply }
      var bent = reply
      bent.headers = [("Content-Type", "application/sdp")] + (base.map { [("Content-Base", $0)] } ?? [])
      return bent
    }
    let exchange = try play(camera, path: path)
    #expect(isPlaying(exchange), "\(exchange.asked.map(\.url))")
    #expect(exchange.asked.allSatisfy { $0.url.hasPrefix("rtsp://192.168.1.20:554/") }, "never to another host")
  }

  @Test(arguments: [
    "404 Not Found", "455 Method Not Valid In This State", "457 Invalid Range", "459 Aggregate Operation Not Allowed",
  ])
  func aPlayThatIsRefusedIsAskedAnotherWay(_ status: String) throws {
    let camera = SimulatedCamera()
    camera.bend = { request, reply in
      guard request.method == "PLAY" else { return reply }
      let isRight =
        switch status.prefix(3) {
        case "457": request.headers["Range"] == nil
        case "459": request.url.lastPart == "track0"
        default: request.url == "rtsp://192.168.1.20:554/main"
        }
      return isRight ? reply : Reply(status: status)
    }
    #expect(isPlaying(try play(camera)))
  }

  /// go2rtc#1881: a gateway sends its clients to another port of its address.
  @Test func aRedirectOnTheSameAddressIsFollowed() throws {
    let camera = SimulatedCamera()
    camera.bend = {
      $0.method == "DESCRIBE" && $0.url.contains(":554/")
        ? Reply(
          status: "302 Moved Temporarily",
          headers: [("Location", "rtsp://u:Canary@192.168.1.20:8554/real?token=Canary")]) : $1
    }
    let exchange = try play(camera)
    #expect(isPlaying(exchange))
    #expect(exchange.connections.map(\.text) == ["rtsp://192.168.1.20:8554/real?token=Canary"])
    #expect(exchange.notes.contains(.redirected(to: "rtsp://192.168.1.20:8554/real")))
    #expect(exchange.asked.last?.url.hasPrefix("rtsp://192.168.1.20:8554/real") == true)
  }

  @Test func aRedirectedConnectionGetsNoPasswordBeforeItIsJudged() throws {
    let camera = asking(nil) { ["Digest realm=\"IP Camera(GH455)\", nonce=\"\($0)\""] }
    camera.bend = {
      $0.method == "SETUP" && $0.url.contains(":554/")
        ? Reply(status: "302 Moved", headers: [("Location", "rtsp://192.168.1.20:8554/main")]) : $1
    }
    let exchange = try play(camera, user: "viewer")
    #expect(isPlaying(exchange))
    #expect(exchange.judged.map(\.stage) == [.password, .description, .password, .description])
    let moved = exchange.asked.filter { $0.url.contains(":8554/") }
    #expect(moved.prefix(2).map(\.method) == ["OPTIONS", "DESCRIBE"])
    #expect(moved.prefix(2).allSatisfy { $0.headers["Authorization"] == nil })
  }

  @Test(arguments: [
    ("rtsp://203.0.113.9/main", "rtsp://203.0.113.9:554/main"),
    ("rtsp://admin:Canary@other.example:8554/a?p=Canary", "rtsp://other.example:8554/a"),
    ("rtsps://192.168.1.20/main", "rtsps://192.168.1.20:322/main"),
    ("http://192.168.1.20/\u{1b}[31m", "http://192.168.1.20:554/ [31m"),
    ("rtsp://203.0.113.9/user=admin&password=Canary", "rtsp://203.0.113.9:554/..."),
  ])
  func aRedirectElsewhereIsToldAndNotFollowed(_ location: String, _ shown: String) throws {
    let camera = SimulatedCamera()
    camera.bend = { $0.method == "DESCRIBE" ? Reply(status: "301 Moved", headers: [("Location", location)]) : $1 }
    let exchange = try play(camera, user: "viewer")
    #expect(exchange.end == .redirected(to: shown) && exchange.connections.isEmpty)
  }

  @Test func redirectsThatGoRoundEnd() throws {
    let camera = SimulatedCamera()
    camera.bend = {
      $0.method == "DESCRIBE" ? Reply(status: "302", headers: [("Location", "rtsp://192.168.1.20/again")]) : $1
    }
    let exchange = try play(camera)
    #expect(exchange.end == .redirected(to: "rtsp://192.168.1.20:554/again") && exchange.connections.count == 3)
  }

  @Test func aRedirectWhilePlayingTearsDownAndFollows() throws {
    let exchange = try play(SimulatedCamera(), for: .seconds(3))
    exchange.feed(
      .received(
        bytes(
          "REDIRECT rtsp://192.168.1.20/main RTSP/1.0\r\nCSeq: 9\r\nLocation: rtsp://192.168.1.20:8554/main\r\n\r\n")))
    #expect(exchange.methods.last == "TEARDOWN")
    exchange.run(.seconds(3))
    #expect(exchange.session.state == .playing && exchange.asked.last?.url.contains(":8554/") == true)
  }

  // MARK: Transport

  /// frigate#6222: TCP is refused.
  @Test(arguments: ["461 Unsupported Transport", "406 Not Acceptable"])
  func aCameraThatRefusesTCPIsReadByUDP(_ status: String) throws {
    let camera = SimulatedCamera()
    camera.bend = {
      $0.method == "SETUP" && $0.headers["Transport"]?.contains("TCP") == true ? Reply(status: status) : $1
    }
    let exchange = try play(camera)
    #expect(isPlaying(exchange) && exchange.notes.contains(.udpInstead(.answered(status))))
    #expect(
      exchange.asked.filter { $0.method == "SETUP" }.last?.headers["Transport"]
        == "RTP/AVP;unicast;client_port=6000-6001")
    #expect(exchange.datagrams >= 2 + 5, "two that open the way, and a report each 5 s")
    // Remembered: the next session asks for UDP at once.
    let next = try play(camera, learned: exchange.session.learned)
    #expect(isPlaying(next) && next.notes.isEmpty)
    // Where it isn't allowed, the end says what helps.
    let strict = try play(camera) { $0.fallsBackToUDP = false }
    #expect(strict.end == .transportRefused(.tcp, status))
    let address = try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 554, path: "/")
    #expect(SessionEndText(.transportRefused(.tcp, status), address: address).next.contains("--transport udp"))
  }

  @Test func aCameraThatIsSilentOverTCPIsReadByUDP() throws {
    let camera = SimulatedCamera()
    camera.bend = { request, reply in
      if request.method == "SETUP" { camera.sendsMedia = request.headers["Transport"]?.contains("TCP") == false }
      return reply
    }
    let exchange = try play(camera, for: .seconds(60))
    #expect(isPlaying(exchange) && exchange.notes == [.udpInstead(.silent)])
    #expect(exchange.methods.contains("TEARDOWN") && exchange.session.learned.transport == .udp)
  }

  @Test func mediaFromAnotherAddressAreRefused() throws {
    let camera = SimulatedCamera()
    camera.bend = {
      $0.method == "SETUP"
        ? Reply(headers: [("Session", "1"), ("Transport", "RTP/AVP;unicast;source=203.0.113.9;server_port=5000-5001")])
        : $1
    }
    let exchange = try play(camera) { $0.transport = .udp }
    #expect(exchange.end == .sendsFromElsewhere("203.0.113.9") && exchange.datagrams == 0)
  }

  // MARK: Time

  /// nodelink-js#40: DESCRIBE is answered after 12 s, when the camera has woken up.
  @Test func aCameraThatWakesUpIsWaitedFor() throws {
    let camera = SimulatedCamera()
    camera.bend = { request, reply in
      var bent = reply
      if request.method == "DESCRIBE" { bent.delay = .seconds(12) }
      return bent
    }
    let exchange = try play(camera)
    #expect(isPlaying(exchange) && exchange.asked.filter { $0.method == "DESCRIBE" }.count == 1)
  }

  /// mediamtx#1743: a picture in 16 s is slow, not silent.
  @Test func aSlowStreamIsNoSilentCamera() throws {
    let camera = SimulatedCamera()
    camera.pictureEvery = .seconds(16)
    let exchange = try play(camera, for: .seconds(600))
    #expect(isPlaying(exchange) && exchange.connections.isEmpty)
    #expect(exchange.delivered[0].map { $0 >= 74 } ?? false)
  }

  @Test func aStreamThatPausesBetweenBurstsIsNoSilentCamera() throws {
    let camera = SimulatedCamera()
    let exchange = try play(camera, for: .seconds(1))
    for pause in [8, 12, 18, 20, 20, 20] {
      camera.pictureEvery = .seconds(pause)
      exchange.run(.seconds(pause))
      camera.pictureEvery = .milliseconds(200)
      exchange.run(.seconds(30))
    }
    #expect(isPlaying(exchange))
  }

  @Test func aLearntTransportThatIsRefusedIsForgotten() throws {
    var learned = LearnedCamera()
    learned.transport = .udp
    let camera = SimulatedCamera()
    camera.bend = {
      $0.method == "SETUP" && $0.headers["Transport"]?.contains("TCP") == false ? Reply(status: "461 No") : $1
    }
    let exchange = try play(camera, learned: learned)
    #expect(exchange.end == .transportRefused(.udp, "461 No") && exchange.session.learned.transport == nil)
    #expect(isPlaying(try play(camera, learned: exchange.session.learned)))
  }

  @Test func aCameraThatHangsUpOnThePasswordGetsItTwiceAtMost() throws {
    let camera = SimulatedCamera()
    camera.challenge = { ["Digest realm=\"r\", nonce=\"1\""] }
    camera.accepts = { _ in false }
    camera.bend = { $0.headers["Authorization"] != nil ? Reply(isSilent: true, closes: true) : $1 }
    let exchange = try play(camera, user: "viewer")
    #expect(exchange.end == .closed(during: .describe))
    #expect(exchange.asked.filter { $0.headers["Authorization"] != nil }.count == 2)
  }

  @Test func aCameraThatFallsSilentIsLeftInTime() throws {
    let exchange = try play(SimulatedCamera(), for: .seconds(20))
    exchange.camera.sendsMedia = false
    let begun = exchange.now
    exchange.run(.seconds(60))
    #expect(exchange.end == .silent(.seconds(10)))
    #expect(exchange.now - begun <= .seconds(10) && exchange.methods.last == "TEARDOWN")
  }

  // MARK: Keepalives

  /// retina#136 (Tapo C220): names GET_PARAMETER, answers it 400 with an old number, and counts OPTIONS alone.
  @Test func aKeepaliveThatIsRefusedIsReplacedAtOnce() throws {
    let camera = SimulatedCamera()
    camera.timeout = 15
    camera.pictureEvery = .seconds(1)
    camera.endsIdleSessions = true
    camera.countsAsLife = { $0.method == "OPTIONS" }
    camera.bend = {
      guard $0.method == "GET_PARAMETER" else { return $1 }
      var reply = Reply(status: "400 Bad Request")
      reply.sequence = ($0.headers["CSeq"].flatMap { Int($0) } ?? 1) - 1
      return reply
    }
    let exchange = try play(camera, for: .seconds(300))
    #expect(isPlaying(exchange))
    #expect(exchange.notes == [.keepalive([.options])])
    #expect(exchange.session.learned.keepalive.effective == .options)
    #expect(exchange.asked.filter { $0.method == "GET_PARAMETER" }.count == 1)
  }

  /// SharpRTSP#126 (Axis M5525): a keepalive is answered 401 with a new nonce.
  @Test func aKeepaliveWithANewNonceIsAnswered() throws {
    var nonce = 0
    let camera = SimulatedCamera()
    camera.timeout = 15
    camera.pictureEvery = .seconds(1)
    camera.endsIdleSessions = true
    camera.challenge = { ["Digest realm=\"AXIS_ACCC8E\", nonce=\"\(nonce)\", algorithm=MD5, qop=\"auth\""] }
    camera.accepts = {
      DigestCheck.isRight($0, user: "viewer", password: "right-one", realm: "AXIS_ACCC8E", algorithm: .md5)
        && $0.headers["Authorization"]?.contains("nonce=\"\(nonce)\"") == true
    }
    camera.countsAsLife = { $0.headers["Authorization"] != nil }
    let exchange = try play(camera, for: .seconds(20), user: "viewer")
    for _ in 0..<10 {
      nonce += 1
      exchange.run(.seconds(20))
    }
    #expect(isPlaying(exchange) && exchange.notes.isEmpty)
  }

  /// Streamedian#73: the method that counts isn't named. Whichever it is, no session is lost to it twice.
  @Test(arguments: KeepaliveMethod.allCases, [15, 60, 120])
  func aSessionIsLostToItsTimeoutAtMostOnce(_ counts: KeepaliveMethod, _ timeout: Int) throws {
    var learned = LearnedCamera()
    var lost = 0
    for _ in 0..<5 {
      let camera = SimulatedCamera()
      camera.timeout = timeout
      camera.pictureEvery = .seconds(2)
      camera.endsIdleSessions = true
      camera.publicMethods = "DESCRIBE, OPTIONS, PAUSE, PLAY, SETUP, TEARDOWN"
      camera.countsAsLife = { $0.method == counts.rawValue }
      let exchange = try play(camera, for: .seconds(timeout * 10), learned: learned)
      learned = exchange.session.learned
      if exchange.end != nil {
        #expect(exchange.end == .closed(during: nil))
        lost += 1
      }
    }
    #expect(lost == (counts == .options ? 0 : 1))
  }

  @Test func aCameraThatRefusesEveryKeepaliveIsAskedOneByOneAndThenOnlyOnce() throws {
    let camera = SimulatedCamera()
    camera.pictureEvery = .seconds(1)
    camera.bend = { request, reply in
      KeepaliveMethod(rawValue: request.method) != nil && camera.isPlaying
        ? Reply(status: "501 Not Implemented") : reply
    }
    let exchange = try play(camera, for: .seconds(300))
    #expect(isPlaying(exchange) && exchange.notes == [.keepalive([.options]), .keepalive([.setParameter])])
    #expect(exchange.asked.count < 4 + 3 + 10)
  }

  /// Whatever a camera answers, in whatever order: the session ends or plays, and asks a bounded number of times.
  @Test(arguments: 0..<400)
  func anyRowOfStatusesEndsOrPlays(_ seed: Int) throws {
    var dice = SeededGenerator(UInt64(seed))
    let statuses = [
      "200 OK", "301 Moved", "302 Found", "400 No", "401 No", "403 No", "404 No", "406 No", "451 No", "453 No",
      "454 No",
      "455 No", "457 No", "459 No", "461 No", "500 No", "503 No", "551 No",
    ]
    let camera = SimulatedCamera()
    camera.pictureEvery = .seconds(5)
    camera.description = Descriptions.session([Descriptions.pcmu, Descriptions.h264])
    let oddness = Int.random(in: 2...8, using: &dice)
    camera.bend = { _, reply in
      guard Int.random(in: 0..<oddness, using: &dice) == 0 else { return reply }
      var bent = reply
      bent.status = statuses.randomElement(using: &dice) ?? ""
      bent.isSilent = Int.random(in: 0..<10, using: &dice) == 0
      bent.closes = Int.random(in: 0..<10, using: &dice) == 0
      if bent.status.hasPrefix("3") { bent.headers.append(("Location", "rtsp://192.168.1.20:8554/other")) }
      if bent.status.hasPrefix("401") {
        let nonce = Int.random(in: 0..<9, using: &dice)
        let offer =
          Bool.random(using: &dice) ? "Basic realm=\"r\"" : "Digest realm=\"r\", nonce=\"\(nonce)\", stale=true"
        bent.headers.append(("WWW-Authenticate", offer))
      }
      return bent
    }
    let exchange = try play(camera, for: .seconds(300), user: "viewer") { $0.wantsAudio = true }
    #expect(exchange.end != nil || exchange.session.state == .playing, "\(exchange.session.state)")
    #expect(exchange.asked.count < 120, "\(exchange.methods)")
  }

  @Test func aMethodThatTheCameraHangsUpOnIsNotSentAgain() throws {
    let camera = SimulatedCamera()
    camera.bend = { $0.method == "GET_PARAMETER" ? Reply(isSilent: true, closes: true) : $1 }
    let exchange = try play(camera, for: .seconds(100))
    #expect(exchange.end == .closed(during: nil) && exchange.notes == [.keepalive([.options])])
    let next = try play(camera, for: .seconds(300), learned: exchange.session.learned)
    #expect(isPlaying(next) && !next.methods.contains("GET_PARAMETER"))
  }

  @Test func keepalivesThatAreNeverAnsweredAreReplaced() throws {
    let camera = SimulatedCamera()
    camera.timeout = 60
    camera.pictureEvery = .seconds(1)
    camera.bend = { $0.method == "GET_PARAMETER" ? .none : $1 }
    let exchange = try play(camera, for: .seconds(200))
    #expect(isPlaying(exchange) && exchange.notes == [.keepalive([.options])])
  }

  @Test func aSessionThatTheCameraForgotIsToldAsThat() throws {
    let camera = SimulatedCamera()
    camera.bend = { $0.method == "GET_PARAMETER" ? Reply(status: "454 Session Not Found") : $1 }
    let exchange = try play(camera, for: .seconds(100))
    #expect(exchange.end == .sessionLost)
  }
}

extension String {
  var lastPart: String { split(separator: "/").last.map(String.init) ?? "" }
}
