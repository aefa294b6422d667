import CameraWorker
import Domain
import Glibc
import Seal
import Testing
import WorkerProtocol

/// A viewer's side of the socket, which reads when it is told to.
private final class Viewer {
  let connection: Connection
  private let descriptor: Int32
  private var reader = SocketFrameReader()

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
    connection = Connection(descriptor: ends[0])
    descriptor = ends[1]
  }

  deinit { close(descriptor) }

  /// Sends and reads until nothing is left.
  func receiveAll() throws -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      #expect(connection.flush())
      let got = read(descriptor, &buffer, buffer.count)
      guard got > 0 else { return messages }
      reader.append(buffer[..<got])
      while let (_, payload) = try reader.next() { messages.append(payload) }
    }
  }
}

@Suite struct ConnectionTests {
  private func message(_ kind: LiveMessage.Kind, _ number: UInt8, bytes: Int = 100) -> [UInt8] {
    SocketFrame.encode(.live, [kind.rawValue, number] + [UInt8](repeating: 0, count: bytes))
  }

  private func isWhole(_ messages: [[UInt8]], _ expected: [(LiveMessage.Kind, UInt8)]) -> Bool {
    messages.map { Array($0.prefix(2)) } == expected.map { [$0.0.rawValue, $0.1] }
  }

  private func dropped(_ count: UInt32) -> [UInt8] { message(.dropped, UInt8(clamping: count)) }

  @Test func aViewerFirstNeedsAHeaderAndThenEachFrame() throws {
    let viewer = try Viewer()
    let connection = viewer.connection
    #expect(connection.need(generation: 1, isKeyframe: false, hasGroup: false) == .nothing)
    #expect(connection.need(generation: 1, isKeyframe: false, hasGroup: true) == .header)
    connection.begin(
      generation: 1, head: [message(.initialisation, 0)], [message(.fragment, 1), message(.fragment, 2)])
    #expect(connection.need(generation: 1, isKeyframe: false, hasGroup: true) == .frame)
    connection.send(frame: message(.fragment, 3), droppedMessage: dropped)
    #expect(
      isWhole(try viewer.receiveAll(), [(.initialisation, 0), (.fragment, 1), (.fragment, 2), (.fragment, 3)]))
    // Other parameters: nothing of the old generation fits any more.
    #expect(connection.need(generation: 2, isKeyframe: true, hasGroup: false) == .header)
  }

  @Test func aSlowViewerLosesWhatWaitsAndGoesOnWithAKeyframe() throws {
    let viewer = try Viewer()
    let connection = viewer.connection
    connection.begin(generation: 1, head: [message(.initialisation, 0)], [message(.fragment, 1)])
    // Nothing is read while frames of 1 MiB come: four of them may wait.
    for number in UInt8(2)..<6 {
      #expect(connection.need(generation: 1, isKeyframe: false, hasGroup: true) == .frame)
      connection.send(frame: message(.fragment, number, bytes: 1 << 20), droppedMessage: dropped)
    }
    // The fifth did not fit: all that waited is gone, and only a keyframe is of use now.
    #expect(connection.need(generation: 1, isKeyframe: false, hasGroup: true) == .nothing)
    #expect(connection.need(generation: 1, isKeyframe: true, hasGroup: true) == .frame)
    connection.send(frame: message(.fragment, 9), droppedMessage: dropped)
    // The header is never taken back; frames 1 to 5 and the one that was asked about are missing.
    #expect(isWhole(try viewer.receiveAll(), [(.initialisation, 0), (.dropped, 6), (.fragment, 9)]))
    #expect(connection.need(generation: 1, isKeyframe: false, hasGroup: true) == .frame)
  }

  @Test func aMessageThatIsHalfSentIsNeverCutOff() throws {
    let viewer = try Viewer()
    let connection = viewer.connection
    connection.begin(generation: 1, head: [], [message(.fragment, 1, bytes: 3 << 20)])
    // The socket takes the first part of it.
    #expect(connection.flush())
    for number in UInt8(2)..<8 {
      connection.send(frame: message(.fragment, number, bytes: 1 << 20), droppedMessage: dropped)
    }
    let messages = try viewer.receiveAll()
    #expect(messages.first.map { Array($0.prefix(2)) } == [LiveMessage.Kind.fragment.rawValue, 1])
    #expect(messages.first?.count == 2 + 3 << 20)
  }

  @Test func soundIsLeftOutForAViewerWithoutAPictureOfIt() throws {
    let viewer = try Viewer()
    let connection = viewer.connection
    connection.send(sound: message(.sound, 1), generation: 1)
    connection.begin(generation: 1, head: [message(.initialisation, 0)], [])
    connection.send(sound: message(.sound, 2), generation: 1)
    connection.send(sound: message(.sound, 3), generation: 2)
    #expect(isWhole(try viewer.receiveAll(), [(.initialisation, 0), (.sound, 2)]))
  }

  @Test func aClientThatNeverReadsFactsIsGivenUpAndGetsNothingMore() throws {
    let viewer = try Viewer()
    let connection = viewer.connection
    connection.send(.json, [UInt8](repeating: 0x20, count: 1 << 20))
    // The socket takes the first part of it, so that the stream ends within a message.
    #expect(connection.flush())
    for _ in 0..<6 { connection.send(.json, [UInt8](repeating: 0x20, count: 1 << 20)) }
    #expect(connection.isFinished)
    connection.send(.json, [0x20])
    #expect(connection.isFinished && !connection.hasOutgoing)
    #expect(connection.flush())
  }
}
