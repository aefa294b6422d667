import Domain
import FFmpeg
import Testing

/// What libav's RTSP client makes of cameras that don't play.
@Suite(.serialized) struct OpeningTests {
  private func request(
    _ port: UInt16, user: String? = nil, password: String? = nil, audio: Bool = false, limit: Duration = .seconds(5),
    basic: Bool = true
  ) throws -> StreamRequest {
    StreamRequest(
      address: try CameraAddress(scheme: .rtsp, host: "porch.lan", port: port, path: "/main"),
      numericHost: "127.0.0.1", user: user, password: password.map { Secret($0) }, wantsAudio: audio,
      openLimit: limit, silenceLimit: .milliseconds(400), allowsBasic: basic)
  }

  private func failure(_ request: StreamRequest, _ token: InterruptToken = InterruptToken()) -> FFmpegError? {
    do {
      _ = try StreamSource.open(request, token: token)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("401 Unauthorized", FFmpegError.Kind.unauthorised), ("403 Forbidden", .unauthorised),
    ("404 Not Found", .notFound), ("453 Not Enough Bandwidth", .other), ("500 Internal Server Error", .other),
  ])
  func refusalsKeepTheirMeaning(status: String, kind: FFmpegError.Kind) throws {
    let camera = try FakeCamera.answering(status)
    defer { camera.stop() }
    let error = try #require(failure(try request(camera.port)))
    #expect(error.kind == kind)
    #expect(error.text == "the camera answered \(status)")
  }

  @Test func aWrongPasswordIsTriedOnceWithDigest() throws {
    let camera = try FakeCamera.answering(
      "401 Unauthorized", headers: ["WWW-Authenticate: Digest realm=\"cam\", nonce=\"abc\", algorithm=MD5"])
    defer { camera.stop() }
    let error = failure(try request(camera.port, user: "recorder", password: "wrong"))
    #expect(error?.kind == .unauthorised)
    #expect(camera.requests.count == 2)
    #expect(camera.requests.last?.contains("Authorization: Digest username=\"recorder\"") == true)
  }

  @Test(arguments: ["Digest realm=\"stranger\", nonce=\"abc\", algorithm=MD5", "Basic realm=\"stranger\""])
  func aStrangerIsNotSentThePassword(challenge: String) throws {
    let camera = try FakeCamera.answering(
      "401 Unauthorized", headers: ["Server: Elsewhere/1.0", "WWW-Authenticate: \(challenge)"])
    defer { camera.stop() }
    var request = try request(camera.port, user: "recorder", password: "right")
    request.mayLogIn = { $0.realm == "cam" && $0.server == "Here/1.0" }
    let error = try #require(failure(request))
    #expect(error.kind == .withheld)
    #expect(error.greeting?.realm == "stranger")
    #expect(error.greeting?.server == "Elsewhere/1.0")
    #expect(!camera.requests.contains { $0.contains("Authorization") })
  }

  @Test func whoIsKnownIsSentThePassword() throws {
    let camera = try FakeCamera.answering(
      "401 Unauthorized", headers: ["WWW-Authenticate: Digest realm=\"cam\", nonce=\"abc\", algorithm=MD5"])
    defer { camera.stop() }
    var request = try request(camera.port, user: "recorder", password: "wrong")
    request.mayLogIn = { $0.realm == "cam" }
    #expect(failure(request)?.kind == .unauthorised)
    #expect(camera.requests.filter { $0.contains("Authorization") }.count == 1)
  }

  @Test func aFailureTellsWhoAnswered() throws {
    let camera = try FakeCamera.answering("404 Not Found", headers: ["Server: Here/1.0"])
    defer { camera.stop() }
    #expect(failure(try request(camera.port))?.greeting?.server == "Here/1.0")
    let nobody = try request(camera.port)
    camera.stop()
    #expect(failure(nobody)?.greeting == nil)
  }

  @Test func aPasswordOfAnyCharactersArrivesWhole() throws {
    let camera = try FakeCamera.answering("401 Unauthorized", headers: ["WWW-Authenticate: Basic realm=\"cam\""])
    defer { camera.stop() }
    _ = failure(try request(camera.port, user: "a:b@c", password: "p@ss/w:rd?#%41 ü"))
    // base64 of "a:b@c:p@ss/w:rd?#%41 ü"
    #expect(camera.requests.last?.contains("Authorization: Basic YTpiQGM6cEBzcy93OnJkPyMlNDEgw7w=\r\n") == true)
    let log = FFmpegLog.drain().lines.map(\.text).joined()
    #expect(!log.contains("ss/w"))
  }

  @Test func aReadablePasswordIsNotSentUnlessAllowed() throws {
    let camera = try FakeCamera.answering("401 Unauthorized", headers: ["WWW-Authenticate: Basic realm=\"cam\""])
    defer { camera.stop() }
    let error = failure(try request(camera.port, user: "recorder", password: "secret", basic: false))
    #expect(error?.kind == .unauthorised)
    #expect(camera.requests.count == 1)
    #expect(!camera.requests.contains { $0.contains("Authorization") })
  }

  @Test func credentialsThatWouldBeCutAreRefused() throws {
    let error = failure(try request(9, user: "recorder", password: String(repeating: "%", count: 50)))
    #expect(error?.kind == .other)
    #expect(error?.text.contains("127") == true)
  }

  @Test(arguments: ["porch.lan", "127.1", "", "127.0.0.1:80", "fe80::1%eth0/x", "::1]"])
  func onlyNumbersAreConnectedTo(host: String) throws {
    var request = try request(554)
    request.numericHost = host
    #expect(failure(request)?.text == "the resolved address is not a number")
  }

  @Test func nobodyListeningIsRefused() throws {
    let camera = try FakeCamera.answering("200 OK")
    camera.stop()
    let request = try request(camera.port)
    // The listener goes a moment after `stop`.
    var kind: FFmpegError.Kind?
    for _ in 0..<100 where kind != .refused { kind = failure(request)?.kind }
    #expect(kind == .refused)
  }

  @Test func silenceEndsAtTheLimit() throws {
    let camera = try FakeCamera { connection, _ in connection.waitForEnd() }
    defer { camera.stop() }
    let request = try request(camera.port, limit: .milliseconds(300))
    let took = ContinuousClock().measure { #expect(failure(request)?.kind == .timedOut) }
    #expect(took < .seconds(2))
  }

  @Test func halfAnAnswerEndsAtTheLimit() throws {
    let camera = try FakeCamera { connection, _ in
      _ = connection.request()
      connection.send("RTSP/1.0 200 OK\r\nCSeq: 1\r\n")
      connection.waitForEnd()
    }
    defer { camera.stop() }
    let error = failure(try request(camera.port, limit: .milliseconds(300)))
    #expect(error?.kind == .timedOut)
    #expect(error?.text == "the camera stopped answering")
  }

  @Test func anotherThreadCanCancel() throws {
    let camera = try FakeCamera { connection, _ in connection.waitForEnd() }
    defer { camera.stop() }
    let token = InterruptToken()
    FakeCamera.onThread {
      while camera.connections == 0 {}
      token.cancel()
    }
    let request = try request(camera.port, limit: .seconds(20))
    let took = ContinuousClock().measure { #expect(failure(request, token)?.kind == .cancelled) }
    #expect(took < .seconds(5))
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
    "\u{1}\u{2}garbage without an end",
    String(repeating: "x", count: 10000),
  ])
  func otherProtocolsAreNamed(answer: String) throws {
    let camera = try FakeCamera { connection, _ in
      _ = connection.request()
      connection.send(answer)
    }
    defer { camera.stop() }
    #expect(failure(try request(camera.port))?.kind == .notRTSP)
  }

  @Test func closingWithoutAnAnswerIsAnEnd() throws {
    let camera = try FakeCamera { connection, _ in _ = connection.request() }
    defer { camera.stop() }
    #expect(failure(try request(camera.port))?.kind == .ended)
  }

  @Test(arguments: [301, 302, 303, 305])
  func redirectsAreNeverFollowed(status: Int) throws {
    let elsewhere = try FakeCamera.answering("200 OK")
    defer { elsewhere.stop() }
    let camera = try FakeCamera.answering(
      "\(status) Moved", headers: ["Location: rtsp://127.0.0.1:\(elsewhere.port)/main"])
    defer { camera.stop() }
    let error = failure(try request(camera.port))
    #expect(error?.kind == .redirected)
    #expect(elsewhere.connections == 0)
    #expect(camera.connections == 1)
  }

  /// The description's answer is where cameras redirect; the witness is asked after it, the protocol list before.
  @Test(arguments: [
    "rtsp://127.0.0.1:PORT/other", "rtsps://127.0.0.1:PORT/other", "http://127.0.0.1:PORT/x", "file:/etc/passwd",
  ])
  func aRedirectOfTheDescriptionIsNotFollowed(location: String) throws {
    let elsewhere = try FakeCamera.answering("200 OK")
    defer { elsewhere.stop() }
    let target = location.split(separator: "PORT", omittingEmptySubsequences: false).joined(
      separator: "\(elsewhere.port)")
    let camera = try FakeCamera { connection, camera in
      while let request = connection.request() {
        camera.note(request)
        if request.hasPrefix("DESCRIBE") {
          connection.answer("302 Found", to: request, headers: ["Location: \(target)"])
        } else {
          connection.answer("200 OK", to: request)
        }
      }
    }
    defer { camera.stop() }
    #expect(failure(try request(camera.port))?.kind == .redirected)
    #expect(elsewhere.connections == 0)
    #expect(camera.connections == 1)
  }

  @Test(arguments: ["104857600", "-1", "9223372036854775808", "many"])
  func descriptionsOfAbsurdLengthAreRefused(length: String) throws {
    let camera = try FakeCamera { connection, _ in
      while let request = connection.request() {
        guard request.hasPrefix("DESCRIBE") else {
          connection.answer("200 OK", to: request)
          continue
        }
        connection.answer("200 OK", to: request, headers: ["Content-Length: \(length)"])
        connection.waitForEnd()
      }
    }
    defer { camera.stop() }
    #expect(failure(try request(camera.port))?.kind == .invalidData)
  }

  @Test func aSessionWithoutVideoIsNamed() throws {
    let camera = try FakeCamera.describing(
      FakeCamera.sdp(["m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=control:track0"]))
    defer { camera.stop() }
    #expect(failure(try request(camera.port, audio: true))?.kind == .noVideo)
    #expect(failure(try request(camera.port))?.kind == .noVideo)
  }

  @Test(arguments: [
    ("m=video 0 RTP/AVP 26", "JPEG/90000", "mjpeg"), ("m=video 0 RTP/AVP 96", "AV1/90000", "AV1"),
    ("m=video 0 RTP/AVP 96", "MP4V-ES/90000", "mpeg4"), ("m=video 0 RTP/AVP 96", "x-pf-asf/1000", "x-pf-asf"),
    ("m=video 0 RTP/AVP 96", "VP8/90000", "vp8"),
  ])
  func otherCodecsAreRefusedBeforePlaying(media: String, map: String, name: String) throws {
    let payload = media.split(separator: " ").last ?? ""
    let camera = try FakeCamera.describing(FakeCamera.sdp([media, "a=rtpmap:\(payload) \(map)", "a=control:track0"]))
    defer { camera.stop() }
    #expect(failure(try request(camera.port))?.kind == .unsupportedCodec(name))
    #expect(!camera.requests.contains { $0.hasPrefix("PLAY") })
  }

  /// libav would find the streams of such a container only while it plays.
  @Test func aContainerIsNoVideo() throws {
    let camera = try FakeCamera.describing(
      FakeCamera.sdp(["m=video 0 RTP/AVP 33", "a=rtpmap:33 MP2T/90000", "a=control:track0"]))
    defer { camera.stop() }
    #expect(failure(try request(camera.port))?.kind == .noVideo)
    #expect(!camera.requests.contains { $0.hasPrefix("PLAY") })
  }

  @Test(arguments: [("192.0.2.7", true), ("elsewhere.example", true), ("127.0.0.1", false)])
  func overUDPOnlyTheCameraItselfIsSentTo(source: String, isRefused: Bool) throws {
    let camera = try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media), overUDP: true, udpSource: source)
    defer { camera.stop() }
    var request = try request(camera.port)
    request.transport = .udp
    #expect(failure(request)?.kind == (isRefused ? .redirected : nil))
    #expect(camera.requests.contains { $0.hasPrefix("PLAY") } == !isRefused)
  }
}
