import Glibc
import Seal
import Synchronization
package import WorkerProtocol

/// One client of the worker's socket. Any thread may queue messages for it; only the socket thread sends them.
package final class Connection: Sendable {
  private struct Outgoing {
    var messages: [[UInt8]] = []
    /// The first message that is not sent whole, and how much of it is.
    var next = 0
    var sent = 0
    var bytes = 0
    var isClosing = false
    /// Frames left out since the last message that said so.
    var dropped: UInt32 = 0
    var waitsForKeyframe = true
    /// What may be queued: more right after joining, when a whole group of pictures goes out at once.
    var limit = 0
    var generation: UInt32 = 0
    /// Messages before this one are never taken back: a viewer can do nothing without them.
    var kept = 0
  }

  let descriptor: Int32
  private let outgoing = Mutex(Outgoing())
  private let hears = Atomic<Bool>(false)

  package static let liveLimit = 4 << 20
  private static let picture = LiveMessage.Kind.fragment.rawValue
  private static let factsLimit = 1 << 20

  /// Takes the descriptor over; it is closed with the object.
  package init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  package var hasOutgoing: Bool { outgoing.withLock { $0.next < $0.messages.count } }

  /// Everything was said: the connection ends once it is sent.
  package func finish() { outgoing.withLock { $0.isClosing = true } }
  package var isFinished: Bool { outgoing.withLock { $0.isClosing && $0.next >= $0.messages.count } }

  /// Queues a message that must not be lost; a client that doesn't read is given up.
  package func send(_ type: SocketFrameType, _ payload: [UInt8]) {
    outgoing.withLock { outgoing in
      // Given up, or told everything: the stream may end within a message, and nothing can follow that.
      guard !outgoing.isClosing else { return }
      guard outgoing.bytes + payload.count <= Self.factsLimit + Self.liveLimit else {
        outgoing.isClosing = true
        outgoing.messages = []
        outgoing.next = 0
        outgoing.sent = 0
        outgoing.bytes = 0
        return
      }
      Self.append(SocketFrame.encode(type, payload), to: &outgoing)
    }
  }

  /// This live client asked for sound.
  package func hear() { hears.store(true, ordering: .relaxed) }
  package var wantsSound: Bool { hears.load(ordering: .relaxed) }

  /// What a live client needs next.
  package enum LiveNeed { case header, frame, nothing }

  /// Asks before a frame is made for this client.
  package func need(generation: UInt32, isKeyframe: Bool, hasGroup: Bool) -> LiveNeed {
    outgoing.withLock { outgoing in
      if outgoing.generation != generation { return isKeyframe || hasGroup ? .header : .nothing }
      if outgoing.waitsForKeyframe, !isKeyframe {
        outgoing.dropped += 1
        return .nothing
      }
      return .frame
    }
  }

  /// Begins a generation: everything of it that is in memory goes out at once.
  package func begin(generation: UInt32, head: [[UInt8]], _ messages: [[UInt8]]) {
    outgoing.withLock { outgoing in
      outgoing.generation = generation
      outgoing.waitsForKeyframe = false
      outgoing.dropped = 0
      for message in head { Self.append(message, to: &outgoing) }
      outgoing.kept = outgoing.messages.count
      for message in messages { Self.append(message, to: &outgoing) }
      outgoing.limit = max(Self.liveLimit, outgoing.bytes + Self.liveLimit)
    }
  }

  /// Queues a frame, or drops what waits when the client is too slow.
  ///
  /// - Parameter droppedMessage: makes the message that says how many frames are missing.
  package func send(frame: [UInt8], droppedMessage: (UInt32) -> [UInt8]) {
    outgoing.withLock { outgoing in
      guard outgoing.bytes + frame.count <= outgoing.limit else {
        Self.dropWaiting(&outgoing)
        outgoing.dropped += 1
        outgoing.waitsForKeyframe = true
        return
      }
      if outgoing.dropped > 0 {
        Self.append(droppedMessage(outgoing.dropped), to: &outgoing)
        outgoing.dropped = 0
      }
      outgoing.waitsForKeyframe = false
      Self.append(frame, to: &outgoing)
    }
  }

  /// Queues some sound of a generation, unless the client has no picture of it or is too slow for that.
  package func send(sound: [UInt8], generation: UInt32) {
    outgoing.withLock { outgoing in
      guard outgoing.generation == generation, !outgoing.waitsForKeyframe,
        outgoing.bytes + sound.count <= outgoing.limit
      else { return }
      Self.append(sound, to: &outgoing)
    }
  }

  /// Sends as much as the client takes without waiting.
  ///
  /// - Returns: `false` when the client is gone.
  package func flush() -> Bool {
    outgoing.withLock { outgoing in
      while outgoing.next < outgoing.messages.count {
        let message = outgoing.messages[outgoing.next]
        let put = message.withUnsafeBytes {
          Glibc.send(
            descriptor, $0.baseAddress.map { $0 + outgoing.sent }, $0.count - outgoing.sent,
            Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if put < 0 { return errno == EAGAIN || errno == EINTR }
        outgoing.sent += put
        guard outgoing.sent == message.count else { continue }
        outgoing.sent = 0
        outgoing.bytes -= message.count
        outgoing.messages[outgoing.next] = []
        outgoing.next += 1
      }
      outgoing.messages.removeAll(keepingCapacity: true)
      outgoing.next = 0
      outgoing.kept = 0
      if outgoing.limit > Self.liveLimit { outgoing.limit = Self.liveLimit }
      return true
    }
  }

  private static func append(_ message: [UInt8], to outgoing: inout Outgoing) {
    outgoing.messages.append(message)
    outgoing.bytes += message.count
  }

  /// Takes back every message that no byte was sent of, except a generation's head.
  private static func dropWaiting(_ outgoing: inout Outgoing) {
    let keep = max(outgoing.sent > 0 ? outgoing.next + 1 : outgoing.next, outgoing.kept)
    guard keep < outgoing.messages.count else { return }
    for message in outgoing.messages[keep...] { outgoing.bytes -= message.count }
    let pictures = outgoing.messages[keep...].count { $0.dropFirst(SocketFrame.headerSize).first == Self.picture }
    outgoing.dropped += UInt32(pictures)
    outgoing.messages.removeSubrange(keep...)
  }
}
