import Domain
import FFmpeg
import Testing

/// A real H.264 clip over RTP inside the RTSP connection, read by the real client.
@Suite(.serialized) struct PlayingTests {
  /// 25 frames a second, a keyframe every 10, 320x180.
  private func clip(_ clips: Clips) throws -> [[[UInt8]]] {
    let path = try clips.make(
      "clip.h264", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-frames:v", "30", "-c:v", "libx264", "-preset",
      "ultrafast", "-g", "10", "-bf", "0", "-x264-params", "slices=1", "-pix_fmt", "yuv420p")
    return try Clips.accessUnits(annexB: path)
  }

  private func request(
    _ port: UInt16, audio: Bool = false, silence: Duration = .seconds(5)
  ) throws -> StreamRequest {
    StreamRequest(
      address: try CameraAddress(scheme: .rtsp, host: "127.0.0.1", port: port, path: "/main"),
      numericHost: "127.0.0.1", wantsAudio: audio, openLimit: .seconds(5), silenceLimit: silence)
  }

  @Test func packetsAreWholeAccessUnitsWithTimesFromTheFirstOn() throws {
    let clips = try Clips()
    let units = try clip(clips)
    let camera = try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media)) { connection in
      var sender = RTPSender(connection: connection)
      for (index, unit) in units.enumerated() { sender.send(unit: unit, time: 90_000 &+ 3600 &* UInt32(index)) }
    }
    defer { camera.stop() }
    let source = try StreamSource.open(request(camera.port), token: InterruptToken())
    #expect(source.video.codec == .h264)
    #expect(source.video.timeBase == TimeBase(numerator: 1, denominator: 90000))
    #expect(source.video.parameterSets.isEmpty)
    #expect(source.audio == nil)
    let (packets, end) = source.readToTheEnd()
    #expect(end == .ended)
    // The last unit is complete only when the next one begins; libav gives it at the end.
    #expect(packets.count == 30)
    #expect(packets.map(\.pts) == (0..<30).map { Int64($0 * 3600) })
    #expect(packets.indices.filter { packets[$0].isKeyframe } == [0, 10, 20])
    // Packets stay whole after later reads: each holds the bytes that were sent, with start codes.
    for (packet, unit) in zip(packets, units) {
      #expect(packet.bytes == unit.flatMap { [0, 0, 0, 1] + $0 } || packet.bytes == unit.flatMap { [0, 0, 1] + $0 })
    }
    #expect(PictureSize.read(codec: .h264, parameterSets: [], keyframe: packets[0])?.width == 320)
    #expect(PictureSize.read(codec: .h264, parameterSets: [], keyframe: packets[0])?.height == 180)
    #expect(PictureSize.read(codec: .h264, parameterSets: [], keyframe: packets[1]) == nil)
  }

  /// The keyframe's own time is the one that libav leaves out; the times are those of a stream with B-frames.
  @Test(arguments: [[0, 1, 2, 3, 4], [0, 2, 1, 4, 3], [0, 3, 1, 2, 6], [0, 4, 2, 1, 3]])
  func theFirstTimeIsWorkedOutAlsoWithBFrames(order: [Int]) throws {
    let clips = try Clips()
    let units = try clip(clips)
    let camera = try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media)) { connection in
      var sender = RTPSender(connection: connection)
      for (unit, place) in zip(units, order) { sender.send(unit: unit, time: 90_000 &+ 3600 &* UInt32(place)) }
    }
    defer { camera.stop() }
    let source = try StreamSource.open(request(camera.port), token: InterruptToken())
    #expect(source.readToTheEnd().packets.map(\.pts) == order.map { Int64($0 * 3600) })
  }

  @Test func soundAndReportsDoNotCountAsPictures() throws {
    let clips = try Clips()
    let units = try clip(clips)
    let media = FakeCamera.h264Media + ["m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=control:track1"]
    let camera = try FakeCamera.describing(FakeCamera.sdp(media)) { connection in
      var video = RTPSender(connection: connection)
      var audio = RTPSender(connection: connection, channel: 2, payloadType: 0)
      for (index, unit) in units.prefix(5).enumerated() { video.send(unit: unit, time: 3600 &* UInt32(index)) }
      // Sound for much longer than the limit, 20 ms at a time, and a sender report now and then.
      for index in 0..<500 {
        audio.send(payload: [UInt8](repeating: 0xff, count: 160), time: 160 &* UInt32(index), marker: false)
        pause(milliseconds: 20)
      }
    }
    defer { camera.stop() }
    let request = try request(camera.port, audio: true, silence: .milliseconds(500))
    let source = try StreamSource.open(request, token: InterruptToken())
    #expect(source.audio?.codec == .pcmMulaw)
    #expect(source.audio?.sampleRate == 8000)
    #expect(source.audio?.channels == 1)
    let began = ContinuousClock.now
    let (packets, end) = source.readToTheEnd()
    let took = ContinuousClock.now - began
    let kinds = packets.map(\.kind)
    #expect(end == .timedOut)
    #expect(took < .seconds(8))
    #expect(kinds.filter { $0 == .video }.count >= 4)
    #expect(kinds.filter { $0 == .audio }.count >= 10)
  }

  /// What is under way when a session ends is half a picture, and no packet: by the camera's doing, by silence, by our own.
  @Test(arguments: [FFmpegError.Kind.ended, .timedOut, .cancelled])
  func halfAPictureIsLeftOut(end: FFmpegError.Kind) throws {
    let clips = try Clips()
    let units = try clip(clips)
    let half = [Array(units[10][units[10].count - 1].prefix(2600))]
    let camera = try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media)) { connection in
      var sender = RTPSender(connection: connection)
      for (index, unit) in units.prefix(10).enumerated() {
        sender.send(unit: unit, time: 90_000 &+ 3600 &* UInt32(index))
      }
      // A keepalive's answer in between, with a body of its own.
      connection.send("RTSP/1.0 200 OK\r\nCSeq: 9\r\nContent-Length: 5\r\n\r\n$\u{0}\u{0}\u{1}x")
      sender.send(unit: half, time: 126_000, isWhole: false)
      if end != .ended { connection.waitForEnd() }
    }
    defer { camera.stop() }
    let token = InterruptToken()
    let source = try StreamSource.open(request(camera.port, silence: .milliseconds(800)), token: token)
    var packets: [Packet] = []
    for _ in 0..<10 { packets.append(try source.read()) }
    if end == .cancelled {
      FakeCamera.onThread {
        pause(milliseconds: 300)
        token.cancel()
      }
    }
    let (rest, kind) = source.readToTheEnd()
    #expect(kind == end)
    #expect(rest.isEmpty)
    #expect(packets.map(\.pts) == (0..<10).map { Int64($0 * 3600) })
  }

  @Test func soundThatIsNotReadIsLeftOutAndNoted() throws {
    let media = FakeCamera.h264Media + ["m=audio 0 RTP/AVP 97", "a=rtpmap:97 opus/48000/2", "a=control:track1"]
    let camera = try FakeCamera.describing(FakeCamera.sdp(media))
    defer { camera.stop() }
    let source = try StreamSource.open(request(camera.port, audio: true), token: InterruptToken())
    #expect(source.audio == nil)
    #expect(source.notes == ["sound is left out: opus isn't read"])
    // The session that plays never set the sound up.
    let last = camera.requests.lastIndex { $0.hasPrefix("DESCRIBE") } ?? 0
    #expect(camera.requests[last...].filter { $0.hasPrefix("SETUP") }.count == 1)
  }

  @Test func aacComesWithItsConfiguration() throws {
    let media =
      FakeCamera.h264Media + [
        "m=audio 0 RTP/AVP 97", "a=rtpmap:97 mpeg4-generic/16000/1",
        "a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408",
        "a=control:track1",
      ]
    let camera = try FakeCamera.describing(FakeCamera.sdp(media)) { connection in
      var audio = RTPSender(connection: connection, channel: 2, payloadType: 97)
      // RFC 3640: one header of 16 bits (size 4, index 0), then the frame.
      audio.send(payload: [0, 16, 0, 4 << 3, 0xde, 0xad, 0xbe, 0xef], time: 1024, marker: true)
      connection.waitForEnd()
    }
    defer { camera.stop() }
    let source = try StreamSource.open(request(camera.port, audio: true), token: InterruptToken())
    #expect(source.audio?.codec == .aac)
    #expect(source.audio?.config == [0x14, 0x08])
    #expect(source.audio?.sampleRate == 16000)
    let packet = try source.read()
    #expect(packet.kind == .audio)
    #expect(packet.bytes == [0xde, 0xad, 0xbe, 0xef])
  }

  @Test func soundThatNobodyWantsIsNotAskedFor() throws {
    let media = ["m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=control:track1"] + FakeCamera.h264Media
    let camera = try FakeCamera.describing(FakeCamera.sdp(media))
    defer { camera.stop() }
    _ = try StreamSource.open(request(camera.port), token: InterruptToken())
    #expect(camera.requests.filter { $0.hasPrefix("SETUP") }.count == 1)
    #expect(camera.requests.contains { $0.hasPrefix("SETUP rtsp://127.0.0.1:\(camera.port)/main/track0") })
  }

  @Test func overUDPPicturesComeToAndLostPacketsAreCounted() throws {
    let clips = try Clips()
    let units = try clip(clips)
    let camera = try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media), overUDP: true) { connection in
      var sender = RTPSender(connection: connection)
      for (index, unit) in units.enumerated() {
        if index == 5 || index == 15 { sender.skip() }
        sender.send(unit: unit, time: 90_000 &+ 3600 &* UInt32(index))
        // Sockets hold only so much, and libav waits 200 ms for what is missing.
        pause(milliseconds: 20)
      }
      connection.waitForEnd()
    }
    defer { camera.stop() }
    var request = try request(camera.port, silence: .seconds(2))
    request.transport = .udp
    let source = try StreamSource.open(request, token: InterruptToken())
    let (packets, end) = source.readToTheEnd()
    #expect(end == .timedOut)
    #expect(source.lossCount == 2)
    #expect(packets.count == 30)
    #expect(packets.first?.pts == 0)
    #expect(camera.requests.contains { $0.contains("Transport: RTP/AVP/UDP;unicast;client_port=") })
  }

  @Test func parameterSetsOfTheDescriptionComeWithStartCodes() throws {
    let media = [
      "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000",
      "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z00AKeKQFAe2AtwEBAaQeJEV,aO48gA==", "a=control:track0",
    ]
    let camera = try FakeCamera.describing(FakeCamera.sdp(media))
    defer { camera.stop() }
    let source = try StreamSource.open(request(camera.port), token: InterruptToken())
    #expect(source.video.parameterSets.prefix(6) == [0, 0, 0, 1, 0x67, 0x4d])
    #expect(source.video.parameterSets.suffix(8) == [0, 0, 0, 1, 0x68, 0xee, 0x3c, 0x80])
  }

  @Test func whatTheCameraSaysOfItselfIsKept() throws {
    let camera = try FakeCamera { connection, _ in
      while let request = connection.request() {
        if request.contains("Authorization: Digest") {
          switch request.prefix(while: { $0 != " " }) {
          case "DESCRIBE":
            connection.answer(
              "200 OK", to: request, headers: ["Server: Porch/1.2"], body: FakeCamera.sdp(FakeCamera.h264Media))
          case "SETUP":
            connection.answer(
              "200 OK", to: request, headers: ["Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"])
          default: connection.answer("200 OK", to: request)
          }
        } else {
          connection.answer(
            "401 Unauthorized", to: request,
            headers: [
              "WWW-Authenticate: Basic realm=\"plain\"",
              "WWW-Authenticate: Digest realm=\"Porch 0815\", nonce=\"a\"",
            ])
        }
      }
    }
    defer { camera.stop() }
    var request = try request(camera.port)
    request.user = "recorder"
    request.password = Secret("secret")
    request.allowsBasic = false
    let source = try StreamSource.open(request, token: InterruptToken())
    #expect(source.greeting.server == "Porch/1.2")
    #expect(source.greeting.realm == "Porch 0815")
    #expect(source.greeting.authentication == "Digest")
    #expect(source.greeting.description?.contains("s=Fake") == true)
    #expect(source.notes.isEmpty)
  }

  @Test func cancellingEndsAReadAtOnce() throws {
    let camera = try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media))
    defer { camera.stop() }
    let token = InterruptToken()
    var request = try request(camera.port)
    request.silenceLimit = .seconds(30)
    let source = try StreamSource.open(request, token: token)
    FakeCamera.onThread {
      pause(milliseconds: 100)
      token.cancel()
    }
    let began = ContinuousClock.now
    #expect(source.readToTheEnd().end == .cancelled)
    #expect(ContinuousClock.now - began < .seconds(3))
  }
}

extension StreamSource {
  /// Every packet, and why there are no more.
  func readToTheEnd() -> (packets: [Packet], end: FFmpegError.Kind) {
    var packets: [Packet] = []
    do {
      while true { packets.append(try read()) }
    } catch {
      return (packets, error.kind)
    }
  }
}
