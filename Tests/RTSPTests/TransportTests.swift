import Domain
import RTSP
import TestSupport
import Testing

@Suite struct TransportHeaderTests {
  @Test func headersAsCamerasWriteThem() {
    let tcp = TransportHeader("RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=4cacc3d1;mode=\"play\"")
    #expect(tcp.transport == .tcp && tcp.interleaved == TransportPair(media: 2, control: 3) && tcp.ssrc == 0x4cac_c3d1)
    let udp = TransportHeader(" rtp/avp/udp; unicast; client_port=6000-6001; Server_Port = 7000 ;source=192.168.1.20")
    #expect(udp.transport == .udp && udp.serverPorts == TransportPair(media: 7000, control: 7001))
    #expect(udp.source == "192.168.1.20" && udp.interleaved == nil)
    #expect(TransportHeader("RTP/AVP;unicast;interleaved=0-1").transport == .tcp)
    #expect(TransportHeader("RTP/AVP;multicast;destination=232.1.1.1").isMulticast)
    #expect(TransportHeader("RTP/AVP/TCP;interleaved=0-1,RTP/AVP;unicast").transport == .tcp)
  }

  @Test(arguments: [
    "", ";;;", "RTP/AVP/TCP;interleaved=300-301", "RTP/AVP/TCP;interleaved=-1", "x;ssrc=zzz;server_port=99999",
  ])
  func nonsenseIsNothing(_ text: String) {
    let header = TransportHeader(text)
    #expect(header.interleaved == nil && header.serverPorts == nil && header.ssrc == nil)
  }
}

@Suite struct RTPPacketTests {
  @Test func plainAndDressedPacketsAreRead() throws {
    let plain = try #require(RTPPacket(Packets.rtp(7, timestamp: 9, ssrc: 5, marker: true)[...]))
    #expect(plain.sequence == 7 && plain.timestamp == 9 && plain.ssrc == 5 && plain.isMarked && plain.payloadType == 96)
    #expect(plain.payload.count == 8)
    // Two contributing sources, a header extension of one word, three bytes of padding.
    var dressed = Packets.rtp(7)
    dressed[0] = 0x80 | 0x20 | 0x10 | 2
    dressed.insert(contentsOf: [1, 1, 1, 1, 2, 2, 2, 2, 0xab, 0xac, 0, 1, 9, 9, 9, 9], at: 12)
    dressed += [0, 0, 3]
    let read = try #require(RTPPacket(([0xff] + dressed)[1...]))
    #expect(Array(read.bytes[read.payload]) == [0x61, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test func paddingAloneIsAnEmptyPayload() throws {
    var packet = Packets.rtp(7, payload: [0, 0, 0, 4])
    packet[0] |= 0x20
    #expect(try #require(RTPPacket(packet[...])).payload.isEmpty)
  }

  @Test(arguments: [0, 1, 11]) func shortOnesAreNone(_ count: Int) {
    #expect(RTPPacket(Packets.rtp(7).prefix(count)) == nil)
  }

  @Test func lengthsBeyondThePacketAreNone() {
    for first: UInt8 in [0x40, 0x8f, 0x90, 0xa0] {
      var packet = Packets.rtp(7, payload: first == 0xa0 ? [9] : [1, 2, 3])
      packet[0] = first
      if first == 0xa0 { packet[12] = 14 }
      #expect(RTPPacket(packet[...]) == nil, "\(first)")
    }
  }
}

@Suite struct RTCPTests {
  @Test func compoundPacketsAreRead() {
    let compound =
      Packets.senderReport(ssrc: 3) + [0x81, 202, 0, 2] + UInt32(3).bytes + [1, 0, 0, 0] + Packets.goodbye(ssrc: 3)
    let (packets, isWhole) = RTCPPacket.all(in: compound[...])
    #expect(
      packets == [
        .senderReport(SenderReport(ssrc: 3, ntp: 0x8000_0000_4000_0000, timestamp: 90000, packets: 7)),
        .other(type: 202), .goodbye([3]),
      ])
    #expect(isWhole)
  }

  @Test func aReportWithABlockAboutUsIsReadToItsEnd() {
    var report = Packets.senderReport(ssrc: 3) + [UInt8](repeating: 7, count: 24)
    report[0] = 0x81
    report[3] = 12
    let (packets, isWhole) = RTCPPacket.all(in: (report + Packets.goodbye(ssrc: 3))[...])
    #expect(packets.count == 2 && packets.last == .goodbye([3]) && isWhole)
  }

  @Test(
    arguments: [
      [0x81, 200, 0, 1, 0xae, 0x52, 0x8b, 0x43], [0x81, 200, 0xff, 0xff], [0x80, 96, 0, 0],
      [0x9f, 203, 0, 1, 0, 0, 0, 0], [0x80],
    ] as [[UInt8]])
  func damagedOnesGiveNothing(_ bytes: [UInt8]) {
    let (packets, isWhole) = RTCPPacket.all(in: bytes[...])
    #expect(packets.isEmpty && !isWhole)
    let (before, _) = RTCPPacket.all(in: (Packets.senderReport() + bytes)[...])
    #expect(before.count == 1, "what is right up to there is given")
  }

  @Test func reportsAreReadByOurOwnReader() {
    for name in ["", "a", "ab", "abc", "hearth", String(repeating: "n", count: 300)] {
      let report = ReceiverReport(reporter: 1, source: 2, fractionLost: 3, lost: -4, highest: 5)
      let bytes = report.serialized(name: name)
      let (packets, isWhole) = RTCPPacket.all(in: bytes[...])
      #expect(packets == [.other(type: 201), .other(type: 202)] && isWhole && bytes.count.isMultiple(of: 4), "\(name)")
    }
    let lost = ReceiverReport(reporter: 1, source: 2, fractionLost: 3, lost: 0x12_3456).serialized()
    #expect(Array(lost[12..<16]) == [3, 0x12, 0x34, 0x56])
  }
}

@Suite struct SequenceTests {
  @Test func lossDuplicatesAndLatecomersAreCounted() {
    var tracker = SequenceTracker()
    let arrivals = [65534, 65535, 0, 3, 2, 2, 1, 4].map { tracker.take($0) }
    #expect(
      arrivals == [
        .new(missing: 0), .new(missing: 0), .new(missing: 0), .new(missing: 2), .late, .duplicate, .late,
        .new(missing: 0),
      ])
    #expect(tracker.lost == 0 && tracker.reordered == 2 && tracker.duplicates == 1 && tracker.received == 7)
  }

  @Test func aJumpBeginsAgain() {
    var tracker = SequenceTracker()
    _ = tracker.take(10)
    #expect(tracker.take(20000) == .restart)
    #expect(tracker.take(20001) == .new(missing: 0))
    #expect(tracker.take(19000) == .restart)
    #expect(tracker.lost == 0 && tracker.restarts == 2)
  }

  @Test(arguments: 0..<5)
  func whatIsMissingIsCountedToThePacket(_ seed: Int) {
    var dice = SeededGenerator(UInt64(seed))
    var tracker = SequenceTracker()
    var lost = 0
    for number in 0..<100_000 {
      if number > 0, number < 99_999, Int.random(in: 0..<50, using: &dice) == 0 {
        lost += 1
      } else {
        _ = tracker.take(UInt16(truncatingIfNeeded: number))
      }
    }
    #expect(tracker.lost == lost && tracker.received == 100_000 - lost && tracker.restarts == 0)
  }
}

@Suite struct ReorderBufferTests {
  private func packet(_ sequence: Int) throws -> RTPPacket {
    try #require(RTPPacket(Packets.rtp(UInt16(truncatingIfNeeded: sequence))[...]))
  }

  @Test(arguments: 0..<20)
  func shuffledPacketsComeOutInOrder(_ seed: Int) throws {
    var dice = SeededGenerator(UInt64(seed))
    var buffer = ReorderBuffer()
    var order = Array(65000..<66000)
    for start in stride(from: 1, to: order.count - 8, by: 8) { order[start..<start + 8].shuffle(using: &dice) }
    var out: [UInt16] = []
    for (step, number) in order.enumerated() {
      out += buffer.take(try packet(number), now: .milliseconds(Int64(step))).map(\.sequence)
    }
    #expect(out == (65000..<66000).map { UInt16(truncatingIfNeeded: $0) })
  }

  @Test func aMissingPacketIsWaitedForAMomentOnly() throws {
    var buffer = ReorderBuffer(capacity: 64, patience: .milliseconds(150))
    #expect(buffer.take(try packet(1), now: .seconds(1)).count == 1)
    #expect(buffer.take(try packet(3), now: .seconds(1)).isEmpty)
    #expect(buffer.deadline == .milliseconds(1150))
    #expect(buffer.release(now: .milliseconds(1149)).isEmpty)
    #expect(buffer.release(now: .milliseconds(1150)).map(\.sequence) == [3])
    #expect(buffer.take(try packet(2), now: .seconds(2)).map(\.sequence) == [2], "late, but not lost")
    #expect(buffer.take(try packet(4), now: .seconds(2)).map(\.sequence) == [4])
  }

  @Test func itNeverGrowsBeyondItsCapacity() throws {
    var buffer = ReorderBuffer(capacity: 8)
    var out = buffer.take(try packet(0), now: .seconds(1)).count
    for number in 2..<100 { out += buffer.take(try packet(number), now: .seconds(1)).count }
    #expect(out >= 99 - 8)
    #expect(
      buffer.take(try packet(99), now: .seconds(1)).count + buffer.flush().count >= 1, "a duplicate blocks nothing")
  }
}

@Suite struct TrackReceiverTests {
  private static func track() throws -> SelectedTrack {
    try TrackSelection(SessionDescription(Descriptions.session([Descriptions.h264])), wantsAudio: false).video
  }

  private func receiver(_ transport: MediaTransport = .tcp, expected: UInt32? = nil) throws -> TrackReceiver {
    TrackReceiver(
      try Self.track(), transport: transport, expectedSource: expected, reporter: 77, now: .seconds(10))
  }

  private func sequences(_ output: [TrackReceiver.Output]) -> [UInt16] {
    output.compactMap { if case .packet(let packet, _) = $0 { packet.sequence } else { nil } }
  }

  @Test func anotherSessionsPacketsAreDroppedAndCounted() throws {
    var receiver = try receiver()
    var out: [UInt16] = []
    for step in 0..<100 {
      let now = MonotonicTime.milliseconds(Int64(10_000 + 40 * step))
      out += sequences(receiver.take(Packets.rtp(UInt16(step), ssrc: 1)[...], now: now))
      if step % 2 == 0 { out += sequences(receiver.take(Packets.rtp(UInt16(9000 + step), ssrc: 2)[...], now: now)) }
      _ = receiver.take(Packets.rtp(UInt16(step), ssrc: 1, type: 97)[...], now: now)
    }
    #expect(out == Array(0..<100))
    #expect(receiver.statistics.foreignSource == 50)
    #expect(receiver.statistics.foreignPayload == 100 && receiver.statistics.lost == 0)
    #expect(receiver.statistics.sourceChanges == 0)
  }

  @Test func aNewSourceOfTheCameraItselfLosesNothing() throws {
    var receiver = try receiver()
    var out: [UInt16] = []
    for step in 0..<200 {
      let now = MonotonicTime.milliseconds(Int64(10_000 + 40 * step))
      let isNew = step >= 100
      out += sequences(
        receiver.take(Packets.rtp(UInt16(isNew ? 40000 + step : step), ssrc: isNew ? 2 : 1)[...], now: now))
    }
    #expect(out == Array(0..<100) + (100..<200).map { UInt16(40000 + $0) })
    #expect(receiver.statistics.sourceChanges == 1 && receiver.statistics.foreignSource == 0)
    #expect(receiver.statistics.lost == 0 && receiver.source == 2)
  }

  @Test func aPacketThatWaitsKeepsNoChunk() throws {
    let chunk = [UInt8](repeating: 0, count: 100_000) + Packets.rtp(1, ssrc: 2)
    var receiver = try receiver()
    _ = receiver.take(Packets.rtp(1, ssrc: 1)[...], now: .seconds(10))
    #expect(receiver.take(chunk[100_000...], now: .seconds(10)).isEmpty)
    let output = receiver.take(Packets.rtp(2, ssrc: 2)[...], now: .seconds(12))
    guard case .packet(let packet, _)? = output.first else { throw MessageError.notRTSP }
    #expect(output.count == 2 && packet.sequence == 1 && packet.bytes.startIndex == 0)
  }

  @Test func aGoodbyeLetsTheNextSourceInAtOnce() throws {
    var receiver = try receiver()
    #expect(receiver.take(Packets.rtp(1, ssrc: 1)[...], now: .seconds(10)).count == 1)
    #expect(receiver.take(Packets.rtp(9, ssrc: 2)[...], now: .seconds(10)).isEmpty)
    #expect(receiver.take(Packets.goodbye(ssrc: 5)[...], now: .seconds(10)).isEmpty)
    #expect(receiver.take(Packets.goodbye(ssrc: 1)[...], now: .seconds(10)).isEmpty)
    #expect(receiver.take(Packets.rtp(10, ssrc: 2)[...], now: .seconds(10)).count == 1)
  }

  @Test func aCameraThatTellsAWrongSourceCostsASecondAndNoPacket() throws {
    var receiver = try receiver(expected: 0xdead)
    var out: [UInt16] = []
    for step in 0..<50 {
      out += sequences(
        receiver.take(Packets.rtp(UInt16(step), ssrc: 1)[...], now: .milliseconds(Int64(10_000 + 40 * step))))
    }
    #expect(out == Array(0..<50))
    #expect(receiver.statistics.sourceChanges == 0)
  }

  @Test func reportsOnTheMediaChannelAreReports() throws {
    var receiver = try receiver()
    #expect(receiver.report(now: .seconds(10)) == nil)
    _ = receiver.take(Packets.rtp(1)[...], now: .seconds(10))
    let output = receiver.take(Packets.senderReport()[...], now: .seconds(11))
    #expect(
      output == [.clock(SenderReport(ssrc: 0x1234_5678, ntp: 0x8000_0000_4000_0000, timestamp: 90000, packets: 7))])
    #expect(receiver.take(Packets.senderReport(ssrc: 9)[...], now: .seconds(11)).isEmpty, "another source's clock")
    _ = receiver.take(Packets.rtp(5)[...], now: .seconds(11))
    let written = receiver.report(now: .seconds(13))
    let report = try #require(written)
    // Three of five lost since the beginning; the last sender report's middle, and two seconds since.
    #expect(report[12] == UInt8(3 * 256 / 5) && Array(report[13..<16]) == [0, 0, 3])
    #expect(Array(report[24..<28]) == [0, 0, 0x40, 0] && Array(report[28..<32]) == UInt32(2 * 65536).bytes)
    #expect(receiver.statistics.lost == 3)
  }

  @Test func whatIsNeitherIsCounted() throws {
    var receiver = try receiver()
    for bytes in [[], [0x80], [0x24, 0, 0, 0], [UInt8](repeating: 0, count: 40)] as [[UInt8]] {
      #expect(receiver.take(bytes[...], now: .seconds(10)).isEmpty)
    }
    #expect(receiver.statistics.malformed == 4)
  }

  @Test func overUDPPacketsAreSortedAndGivenUpInTime() throws {
    var receiver = try receiver(.udp)
    var out = sequences(receiver.take(Packets.rtp(1)[...], now: .seconds(10)))
    out += sequences(receiver.take(Packets.rtp(3)[...], now: .seconds(10)))
    out += sequences(receiver.take(Packets.rtp(2)[...], now: .seconds(10)))
    out += sequences(receiver.take(Packets.rtp(5)[...], now: .seconds(10)))
    #expect(out == [1, 2, 3] && receiver.deadline == .milliseconds(10_150))
    #expect(receiver.release(now: .milliseconds(10_150)).count == 1)
    #expect(receiver.statistics.lost == 1 && receiver.deadline == nil)
  }
}
