import Domain
import Fuzz
import RTSP
import TestSupport
import Testing

/// Whatever a camera sends: nothing traps, hangs or grows, and nothing is sent that it could have put there.
@Suite struct RTSPFuzzTests {
  private static let head = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Camera/1.0\r\nPublic: OPTIONS, GET_PARAMETER\r\n\r\n"
  private static let challenge =
    "RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\n"
    + "WWW-Authenticate: Basic realm=\"r\"\r\n\r\n"
  private static let setup =
    "RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 12;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=12345678\r\n\r\n"
  private static let play = "RTSP/1.0 200 OK\r\nCSeq: 5\r\nSession: 12\r\nRTP-Info: url=track0;seq=1;rtptime=0\r\n\r\n"

  private static func described(_ sequence: Int) -> [UInt8] {
    let sdp = Descriptions.session([Descriptions.opus, Descriptions.h264, Descriptions.aac])
    let text =
      "RTSP/1.0 200 OK\r\nCSeq: \(sequence)\r\nContent-Type: application/sdp\r\nContent-Base: rtsp://192.168.1.20/main/\r\nContent-Length: \(sdp.count)\r\n\r\n"
    return bytes(text) + sdp
  }

  private static let media: [UInt8] = {
    var stream: [UInt8] = []
    for number in UInt16(0)..<12 {
      stream += Packets.frame(0, Packets.rtp(number, timestamp: UInt32(number) * 3600, marker: true))
      if number.isMultiple(of: 4) { stream += Packets.frame(1, Packets.senderReport()) }
    }
    return stream
  }()

  private static let words = [
    "RTSP/1.0 ", "\r\n\r\n", "\r\n ", "Content-Length: ", "CSeq: ", "$", "$\0\0\0", "WWW-Authenticate: Digest ",
    "nonce=\"",
    "algorithm=", "Session: ", "Transport: ", "interleaved=", "Location: rtsp://192.168.1.20/",
    "REDIRECT a RTSP/1.0\r\n", "a=", "m=",
    "\"", ",", ";", "=", "*", "application/sdp",
  ]

  @Test func anyStreamOfMessagesAndFramesIsRead() {
    let seeds = [
      bytes(Self.head) + Self.media, Self.described(1) + bytes(Self.head), bytes(Self.challenge + Self.head),
      bytes("OPTIONS rtsp://a/ RTSP/1.0\r\nCSeq: 2\r\n\r\n" + Self.play) + Self.media,
    ]
    Fuzz.run(seeds, words: Self.words, few: 1500) { input, round in
      var dice = SeededGenerator(UInt64(round))
      var reader = MessageReader()
      reader.channels.add(media: 0, control: 1, payloadTypes: [96])
      var taken = 0
      do throws(MessageError) {
        for piece in chunks(input, &dice, longest: 400) {
          reader.append(piece)
          while let message = try reader.next() {
            switch message {
            case .frame(let frame): taken += frame.packet.count + 4
            case .skipped(let count): taken += count
            case .response, .request: break
            }
          }
          if round % 3 == 0, reader.isWaitingForBody { _ = try reader.takeBodyAsItIs() }
          #expect(reader.pendingBytes <= 65539 + 32768 + 400, "round \(round)")
        }
      } catch {}
      #expect(taken <= input.count, "round \(round)")
    }
  }

  @Test func anyDescriptionIsReadAndResolved() throws {
    let seeds = [
      Descriptions.session([Descriptions.h264, Descriptions.aac, Descriptions.talk]),
      Descriptions.session([Descriptions.h265, Descriptions.metadata], control: "rtsp://a/b?c", lineEnd: "\n"),
    ]
    let request = RequestURL(
      try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 554, path: "/main?x=1"), host: "192.168.1.20")
    Fuzz.run(seeds, words: Self.words + ["rtpmap:", "fmtp:", "control:", "framerate:", "sendonly"], few: 1000) {
      input, round in
      let description = SessionDescription(input)
      #expect(description.media.count <= SessionDescription.mostMedia, "round \(round)")
      for media in description.media {
        for url in ControlURL.candidates(media.control, base: request, request: request) {
          #expect(url.text.hasPrefix("rtsp://192.168.1.20:554/"), "round \(round)")
          #expect(url.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "round \(round)")
        }
        #expect(media.frameRate.map { $0 > 0 && $0 <= 1000 } ?? true, "round \(round)")
      }
      if let chosen = try? TrackSelection(description, wantsAudio: true) {
        #expect(!chosen.video.standaloneDescription.isEmpty && chosen.video.clockRate > 0, "round \(round)")
      }
    }
  }

  @Test func anyChallengeIsReadAndAnsweredInOneLine() throws {
    let seeds = [
      bytes(
        "Digest realm=\"a, b\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=SHA-256-sess, stale=true, opaque=\"o\""),
      bytes("Basic realm=\"x\", Digest realm=\"y\" nonce=n; qop=auth,auth-int, Negotiate"),
    ]
    let url = RequestURL(try CameraAddress(scheme: .rtsp, host: "10.0.0.1", port: 554, path: "/a"), host: "10.0.0.1")
    Fuzz.run(seeds, words: Self.words, few: 1500) { input, round in
      var headers = RTSPHeaders()
      headers.append("WWW-Authenticate", String(decoding: input, as: UTF8.self))
      var authenticator = Authenticator(
        user: "viewer", password: Secret("Canary-secret"), policy: CredentialPolicy(hasAskedByDigest: true),
        clientNonce: "c")
      let verdict = authenticator.challenged(by: headers, attempt: .none)
      guard verdict == .answer, let sent = authenticator.authorization(method: .describe, url: url) else { return }
      #expect(sent.attempt != .basic && !sent.header.contains("Canary"), "round \(round)")
      let request = RTSPRequest(.describe, url, headers: ["Authorization": sent.header])
      let lines = String(decoding: request.serialized(sequence: 1), as: UTF8.self).split(separator: "\r\n")
      #expect(lines.count == 3, "round \(round)")
    }
  }

  @Test func anyPacketIsTakenOrDropped() throws {
    let track = try TrackSelection(SessionDescription(Descriptions.session([Descriptions.h264])), wantsAudio: false)
      .video
    let seeds = [Packets.rtp(1), Packets.senderReport(), Packets.goodbye(), Packets.senderReport() + Packets.goodbye()]
    var receivers = [MediaTransport.tcp, .udp].map {
      TrackReceiver(track, transport: $0, expectedSource: nil, reporter: 7, now: .seconds(0))
    }
    Fuzz.run(seeds, few: 4000) { input, round in
      let now = MonotonicTime.milliseconds(Int64(round) * 7)
      for place in receivers.indices {
        let output = receivers[place].take(input[...], now: now) + receivers[place].release(now: now)
        for case .packet(let packet, _) in output {
          #expect(
            packet.payload.lowerBound <= packet.payload.upperBound && packet.payload.upperBound <= packet.bytes.endIndex
          )
        }
        if round % 50 == 0 { _ = receivers[place].report(now: now) }
      }
    }
    #expect(receivers.allSatisfy { $0.statistics.received > 0 && $0.statistics.malformed > 0 })
  }

  /// A whole session against a camera whose every answer is damaged.
  @Test func anySessionEndsOrGoesOnWithoutTheSecret() throws {
    let script = [
      bytes(Self.head), bytes(Self.challenge), Self.described(3), bytes(Self.setup), bytes(Self.play), Self.media,
    ]
    let answers = script.reduce(into: [[UInt8]]()) { $0.append($1) }
    var played = 0
    try Fuzz.run(answers, words: Self.words, few: 1500) { input, round in
      var session = try RTSPSession(user: "admin", password: "Canary-secret", seed: UInt64(round)) {
        $0.wantsAudio = true
      }
      var actions = session.handle(.connected, now: .seconds(1))
      let damaged = round % script.count
      for (step, answer) in script.enumerated() {
        let now = MonotonicTime.seconds(Int64(step + 1))
        actions += session.handle(.received(step == damaged ? input : answer), now: now)
        if case .awaitingJudgement = session.state { actions += session.handle(.judged(.trusted), now: now) }
        if case .openingPorts(let track) = session.state {
          actions += session.handle(.portsOpened(track: track, TransportPair(media: 6000, control: 6001)), now: now)
        }
      }
      if session.state == .playing { played += 1 }
      for later in 1...8 { actions += session.handle(.time, now: .seconds(Int64(later) * 30)) }
      #expect(actions.count < 2000, "round \(round)")
      for case .send(let sent) in actions where sent.first != UInt8(ascii: "$") {
        let text = String(decoding: sent, as: UTF8.self)
        #expect(!text.contains("Canary") && text.hasSuffix("\r\n\r\n"), "round \(round)")
        // Only answers name another place than the camera.
        if !text.hasPrefix("RTSP/1.0 ") {
          let url = text.split(separator: " ").dropFirst().first ?? ""
          #expect(url.hasPrefix("rtsp://192.168.1.20:"), "round \(round)")
        }
      }
    }
    #expect(played > 0)
  }
}
