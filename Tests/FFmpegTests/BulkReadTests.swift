import Domain
import FFmpeg
import Glibc
import Synchronization
import Testing

/// Large reads under libav's small ones: fewer of them, and never a byte of another session.
@Suite(.serialized) struct BulkReadTests {
  private func units(_ clips: Clips, pattern: String) throws -> [[[UInt8]]] {
    let path = try clips.make(
      "\(pattern).h264", "-f", "lavfi", "-i", "\(pattern)=s=320x180:r=25", "-frames:v", "40", "-c:v", "libx264",
      "-preset", "ultrafast", "-g", "10", "-bf", "0", "-x264-params", "slices=1", "-pix_fmt", "yuv420p")
    return try Clips.accessUnits(annexB: path)
  }

  private func camera(_ units: [[[UInt8]]]) throws -> FakeCamera {
    try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media)) { connection in
      var sender = RTPSender(connection: connection)
      for (index, unit) in units.enumerated() { sender.send(unit: unit, time: 90_000 &+ 3600 &* UInt32(index)) }
    }
  }

  private func open(_ camera: FakeCamera) throws -> StreamSource {
    let address = try CameraAddress(scheme: .rtsp, host: "127.0.0.1", port: camera.port, path: "/main")
    let request = StreamRequest(
      address: address, numericHost: "127.0.0.1", wantsAudio: false, openLimit: .seconds(5), silenceLimit: .seconds(5))
    return try StreamSource.open(request, token: InterruptToken())
  }

  private func shows(_ packets: [Packet], _ units: [[[UInt8]]]) -> Bool {
    zip(packets, units).allSatisfy { packet, unit in
      packet.bytes == unit.flatMap { [0, 0, 0, 1] + $0 } || packet.bytes == unit.flatMap { [0, 0, 1] + $0 }
    }
  }

  @Test func oneReadBringsManyPictures() throws {
    let units = try units(try Clips(), pattern: "testsrc2")
    let camera = try camera(units)
    defer { camera.stop() }
    let source = try open(camera)
    source.linger(.milliseconds(80))
    let (packets, end) = source.readToTheEnd()
    #expect(end == .ended)
    #expect(packets.count == 40 && shows(packets, units))
    #expect(source.readCount > 0 && source.readCount < 20)
  }

  /// A camera that sends a few pictures, and then nothing for as long as the client stays.
  private func fewPictures(_ units: [[[UInt8]]]) throws -> FakeCamera {
    try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media)) { connection in
      var sender = RTPSender(connection: connection)
      for (index, unit) in units.prefix(5).enumerated() {
        sender.send(unit: unit, time: 90_000 &+ 3600 &* UInt32(index))
      }
      connection.waitForEnd()
    }
  }

  /// How long the first of those pictures takes.
  private func firstPicture(_ camera: FakeCamera, _ units: [[[UInt8]]], bell: Int32) throws -> Duration {
    let source = try open(camera)
    source.linger(.milliseconds(1500), bell: bell)
    let clock = ContinuousClock()
    let began = clock.now
    #expect(shows([try source.read()], units))
    return clock.now - began
  }

  @Test func aBellEndsTheWaitAndIsThenSilent() throws {
    let units = try units(try Clips(), pattern: "testsrc2")
    let camera = try fewPictures(units)
    defer { camera.stop() }
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let patient = try firstPicture(camera, units, bell: ends[0])
    #expect(patient >= .milliseconds(1500))
    var one: UInt64 = 1
    #expect(write(ends[1], &one, 8) == 8)
    let rung = try firstPicture(camera, units, bell: ends[0])
    #expect(rung < patient / 2)
    #expect(try firstPicture(camera, units, bell: ends[0]) >= .milliseconds(1500))
  }

  /// What doesn't fit into one read has waited with the rest, and doesn't wait again: else a stream of many bytes would lag
  /// further and further behind.
  @Test func aLargeStreamDoesNotFallBehind() throws {
    let units = try units(try Clips(), pattern: "testsrc2")
    let bytes = units.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } }
    // Twice what one read in each span would take, for eight spans.
    let span = Duration.milliseconds(300)
    let rounds = 16 * (128 << 10) / bytes + 1
    let pause = UInt32(8 * 300_000 / (rounds * units.count))
    let clock = ContinuousClock()
    let sent = Mutex<ContinuousClock.Instant?>(nil)
    let camera = try FakeCamera.describing(FakeCamera.sdp(FakeCamera.h264Media)) { connection in
      var sender = RTPSender(connection: connection)
      for index in 0..<rounds * units.count {
        sender.send(unit: units[index % units.count], time: 90_000 &+ 3600 &* UInt32(index))
        usleep(pause)
      }
      sent.withLock { $0 = clock.now }
      connection.waitForEnd()
    }
    defer { camera.stop() }
    let source = try open(camera)
    source.linger(span)
    for _ in 0..<rounds * units.count - 1 { _ = try source.read() }
    let lag = try #require(sent.withLock { $0 }).duration(to: clock.now)
    #expect(lag < span * 2)
  }

  /// The next session's socket has the number of the one before, whose bytes were read and not asked for.
  @Test func whatOneSessionLeftBehindNeverReachesTheNext() throws {
    let clips = try Clips()
    let (first, second) = (try units(clips, pattern: "testsrc2"), try units(clips, pattern: "smptebars"))
    let (one, other) = (try camera(first), try camera(second))
    defer {
      one.stop()
      other.stop()
    }
    for _ in 0..<5 {
      do {
        let source = try open(one)
        source.linger(.milliseconds(50))
        #expect(shows([try source.read()], first))
      }
      let source = try open(other)
      let (packets, _) = source.readToTheEnd()
      #expect(packets.count == 40 && shows(packets, second))
    }
  }

  /// Only one of them is read in bulk, and neither takes the other's bytes.
  @Test func twoSessionsOnOneThreadStayApart() throws {
    let clips = try Clips()
    let (first, second) = (try units(clips, pattern: "testsrc2"), try units(clips, pattern: "smptebars"))
    let (one, other) = (try camera(first), try camera(second))
    defer {
      one.stop()
      other.stop()
    }
    let (a, b) = (try open(one), try open(other))
    var packets: ([Packet], [Packet]) = ([], [])
    for _ in 0..<30 {
      packets.0.append(try a.read())
      packets.1.append(try b.read())
    }
    #expect(shows(packets.0, first) && shows(packets.1, second))
  }
}
