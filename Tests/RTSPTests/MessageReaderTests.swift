import Domain
import TestSupport
import Testing

import RTSP

@Suite struct MessageReaderTests {
  static func read(_ pieces: [[UInt8]], channels: InterleavedChannels = InterleavedChannels()) throws -> [RTSPMessage] {
    var reader = MessageReader()
    reader.channels = channels
    var found: [RTSPMessage] = []
    for piece in pieces {
      reader.append(piece)
      while let message = try reader.next() { found.append(message) }
    }
    return found
  }

  private func responses(_ text: String) throws -> [RTSPResponse] {
    try Self.read([bytes(text)]).compactMap { if case .response(let response) = $0 { response } else { nil } }
  }

  private static var twoTracks: InterleavedChannels {
    var channels = InterleavedChannels()
    channels.add(media: 0, control: 1, payloadTypes: [96])
    return channels
  }

  private static let answer = bytes("RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 12\r\n\r\n")

  @Test(arguments: 0..<60)
  func anyChunkingGivesTheSameMessages(_ seed: Int) throws {
    var dice = SeededGenerator(UInt64(seed))
    var stream = bytes(
      "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: 9\r\n\r\nv=0\r\ns=x\n")
    stream += bytes("OPTIONS rtsp://192.168.1.9/ RTSP/1.0\r\nCSeq: 7\r\n\r\n")
    for number in 0..<30 {
      stream += Packets.frame(0, Packets.rtp(UInt16(number), payload: [UInt8](repeating: 0x24, count: number * 3)))
      if number % 7 == 0 { stream += Self.answer }
      if number % 5 == 0 { stream += Packets.frame(1, Packets.senderReport()) }
    }
    let whole = try Self.read([stream], channels: Self.twoTracks)
    #expect(whole.count == 2 + 30 + 5 + 6)
    let cut = try Self.read(chunks(stream, &dice), channels: Self.twoTracks)
    #expect(cut == whole)
    #expect(try Self.read(stream.map { [$0] }, channels: Self.twoTracks) == whole)
  }

  @Test(arguments: [
    "RTSP/1.0 200 OK\r\nCSeq: 3\r\nServer: a\r\n\r\n", "RTSP/1.0 200 OK\nCSeq: 3\nServer: a\n\n",
    "RTSP/1.0 200\r\ncseq:3\r\nSERVER:  a \r\n\r\n", "RTSP/1.0  200 \r\nCSeq : 3\r\nserver:a\r\n\r\n",
    "\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 3\r\nno colon here\r\nServer: a\r\n\r\n",
    "rtsp/1.0 200 ok\r\nCSeq: 3\r\nServer:\r\n a\r\n\r\n",
    "junk\0\u{1}\r\nmore junk RTSP/1.0 200 OK\r\nCSeq: 3\r\nServer: a\r\n\r\n",
    "RTSP/1.0 200OK\r\nCSeq: 3\r\nServer: a\r\nServer: b\r\n\r\n", "RTSP/2.0 200 OK\r\nCSeq: 3, 4\r\nServer: a\r\n\r\n",
  ])
  func headsAsCamerasWriteThem(_ text: String) throws {
    let response = try #require(try responses(text).first)
    #expect(response.status == 200)
    #expect(response.sequence == 3)
    #expect(response.headers["server"] == "a")
  }

  @Test func repeatedAndFoldedFieldsAreKept() throws {
    let response = try #require(
      try responses(
        "RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\nwww-authenticate: Digest realm=\"a\",\r\n\tnonce=\"b\"\r\n\r\n"
      ).first)
    #expect(response.headers.values("WWW-Authenticate") == ["Basic realm=\"a\"", "Digest realm=\"a\", nonce=\"b\""])
  }

  @Test func aBodyThatIsLongerThanPromisedIsReadToItsEnd() throws {
    let sdp = String(decoding: Descriptions.session([Descriptions.h264]), as: UTF8.self)
    for short in [3, 5, 18, 19, 20, 21, sdp.utf8.count - 10] {
      let text =
        "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: \(sdp.utf8.count - short)\r\n\r\n\(sdp)"
      let response = try #require(try responses(text).first)
      #expect(String(decoding: response.body, as: UTF8.self) == sdp, "\(short) short")
    }
  }

  @Test func aBodyThatIsShorterThanPromisedIsTakenAsItIs() throws {
    let sdp = Descriptions.session([Descriptions.h264])
    var reader = MessageReader()
    reader.append(
      bytes("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: 5000\r\n\r\n") + sdp)
    #expect(try reader.next() == nil)
    #expect(reader.isWaitingForBody)
    guard case .response(let response)? = try reader.takeBodyAsItIs() else { throw MessageError.notRTSP }
    #expect(response.body == sdp)
    #expect(!response.isBodyWhole)
    #expect(!reader.isWaitingForBody)
  }

  @Test func theNextAnswerEndsABodyThatPromisedTooMuch() throws {
    let text =
      "RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 60\r\n\r\nv=0\r\ns=x\r\nRTSP/1.0 404 Not Found\r\nCSeq: 2\r\n\r\n"
    let found = try responses(text)
    #expect(found.map(\.status) == [200, 404])
    #expect(found.first?.body == bytes("v=0\r\ns=x\r\n"))
  }

  @Test func aDescriptionWithoutALengthIsReadToItsEnd() throws {
    let sdp = Descriptions.session([Descriptions.h264])
    var reader = MessageReader()
    reader.append(bytes("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n\r\n") + sdp)
    #expect(try reader.next() == nil)
    guard case .response(let taken)? = try reader.takeBodyAsItIs() else { throw MessageError.notRTSP }
    #expect(taken.body == sdp)
    reader.append(bytes("RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n") + sdp + Self.answer)
    guard case .response(let next)? = try reader.next() else { throw MessageError.notRTSP }
    #expect(next.body == sdp)
    guard case .response(let last)? = try reader.next() else { throw MessageError.notRTSP }
    #expect(last.sequence == 4)
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\n\r\n", String(repeating: "SSH-2.0 ", count: 600),
  ])
  func otherProtocolsAreToldApart(_ text: String) {
    #expect(throws: MessageError.notRTSP) { try Self.read([bytes(text)]) }
  }

  @Test func whatIsTooLongEndsTheReading() {
    let line = "RTSP/1.0 200 OK\r\nServer: " + String(repeating: "a", count: 9000)
    #expect(throws: MessageError.tooLong) { try Self.read([bytes(line)]) }
    let head = "RTSP/1.0 200 OK\r\n" + String(repeating: "X: \(String(repeating: "b", count: 1000))\r\n", count: 40)
    #expect(throws: MessageError.tooLong) { try Self.read([bytes(head)]) }
    #expect(throws: MessageError.tooLong) {
      try Self.read([bytes("RTSP/1.0 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n")])
    }
  }

  @Test func lengthsThatAreNoNumbersAreNoBody() throws {
    for length in ["-1", "x", "99999999999999999999999", ""] {
      let found = try responses("RTSP/1.0 200 OK\r\nContent-Length: \(length)\r\n\r\nRTSP/1.0 404 No\r\n\r\n")
      #expect(found.map(\.status) == [200, 404], "\(length)")
    }
  }

  // MARK: Frames

  private static func stream(_ count: Int) -> [[UInt8]] {
    (0..<count).map { number in
      Packets.frame(
        0, Packets.rtp(UInt16(number), payload: (0..<200).map { UInt8(truncatingIfNeeded: $0 * 7 + number) }))
    }
  }

  private func sequences(_ messages: [RTSPMessage]) -> [UInt16] {
    messages.compactMap { if case .frame(let frame) = $0 { RTPPacket(frame.packet)?.sequence } else { nil } }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 20, 100, 216, 300], 0..<12)
  func lostBytesCostTheFramesThatTheyWereIn(_ lost: Int, _ seed: Int) throws {
    var dice = SeededGenerator(UInt64(seed * 1000 + lost))
    let frames = Self.stream(20)
    let at = Int.random(in: 216 * 3..<216 * 12, using: &dice)
    var stream = Self.answer + frames.flatMap { $0 }
    stream.removeSubrange(Self.answer.count + at..<Self.answer.count + at + lost)
    let touched = Set(UInt16(at / 216)...UInt16((at + lost - 1) / 216))
    let untouched = Set(0..<20).subtracting(touched)
    let whole = sequences(try Self.read([stream], channels: Self.twoTracks))
    #expect(Set(whole).isSuperset(of: untouched), "\(lost) at \(at): \(whole)")
    #expect(whole == whole.sorted())
    // A chunk that ends where a torn frame seems to end costs the next one too: a frame isn't kept back for its successor.
    let cut = sequences(try Self.read(chunks(stream, &dice, longest: 300), channels: Self.twoTracks))
    #expect(untouched.subtracting(cut).count <= 1, "\(lost) at \(at): \(cut)")
    #expect(cut == cut.sorted())
  }

  @Test(arguments: [1, 2, 7, 50, 500], 0..<8)
  func foreignBytesBetweenFramesCostThemselves(_ count: Int, _ seed: Int) throws {
    var dice = SeededGenerator(UInt64(seed * 1000 + count))
    var stream = Self.answer
    for (number, frame) in Self.stream(20).enumerated() {
      stream += frame
      if number == 9 { stream += (0..<count).map { _ in UInt8.random(in: 0x80...0xff, using: &dice) } }
    }
    let found = sequences(try Self.read([stream], channels: Self.twoTracks))
    #expect(found == Array(0..<20))
  }

  @Test func tinyAndForeignFramesCostThemselves() throws {
    var stream = Self.answer
    for (number, frame) in Self.stream(20).enumerated() {
      stream += frame
      if number % 3 == 0 { stream += Packets.frame(0, [UInt8](repeating: 0, count: number % 8)) }
      if number % 4 == 0 { stream += Packets.frame(9, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) }
      if number % 5 == 0 { stream += bytes("\r\n") }
    }
    #expect(sequences(try Self.read([stream], channels: Self.twoTracks)) == Array(0..<20))
  }

  @Test func aFrameIsGivenAsSoonAsItIsThere() throws {
    var reader = MessageReader()
    reader.channels = Self.twoTracks
    reader.append(Self.answer)
    _ = try reader.next()
    let frame = Self.stream(1)[0]
    reader.append(Array(frame.dropLast()))
    #expect(try reader.next() == nil)
    reader.append([frame[frame.count - 1]])
    #expect(try reader.next() != nil)
    #expect(reader.pendingBytes == 0)
  }

  @Test func aStreamThatIsNeverFoundAgainEnds() throws {
    var reader = MessageReader()
    reader.channels = Self.twoTracks
    reader.append(Self.answer)
    _ = try reader.next()
    #expect(throws: MessageError.lostFraming) {
      for _ in 0..<64 {
        reader.append([UInt8](repeating: 0xee, count: 32768))
        while try reader.next() != nil {}
      }
    }
    #expect(reader.pendingBytes <= 65536)
  }

  @Test func requestsCantBeSplitByTheirValues() throws {
    let url = RequestURL(
      try .init(scheme: .rtsp, host: "192.168.1.20", port: 554, path: "/main?a=b"), host: "192.168.1.20")
    let request = RTSPRequest(.describe, url, headers: ["Accept": "application/sdp\r\nX-Evil: 1"])
    let text = String(decoding: request.serialized(sequence: 2), as: UTF8.self)
    #expect(
      text
        == "DESCRIBE rtsp://192.168.1.20:554/main?a=b RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp  X-Evil: 1\r\n\r\n"
    )
    #expect("\(request)" == "DESCRIBE 192.168.1.20 port 554")
  }
}
