public import Domain

/// Puts packets that came by UDP into the order of their numbers, waiting a little for those that are missing.
///
/// Bounded: at most `capacity` packets, each waited with for at most `patience`.
public struct ReorderBuffer: Sendable {
  private struct Waiting {
    let packet: RTPPacket
    let since: MonotonicTime
  }

  /// The most packets that wait.
  public let capacity: Int
  /// The longest that a packet waits for one before it.
  public let patience: Duration
  private var expected: UInt16?
  /// In the order of their numbers.
  private var waiting: [Waiting] = []

  /// An empty buffer.
  public init(capacity: Int = 64, patience: Duration = .milliseconds(150)) {
    self.capacity = max(1, capacity)
    self.patience = patience
  }

  /// When something has to be given up waiting for, at the earliest.
  public var deadline: MonotonicTime? { waiting.map(\.since).min().map { $0 + patience } }

  /// Takes a packet, and gives those that can go on: in order, without gaps as long as waiting can help. What is late or came
  /// twice goes through at once; the numbers tell.
  public mutating func take(_ packet: RTPPacket, now: MonotonicTime) -> [RTPPacket] {
    guard let expected else {
      self.expected = packet.sequence &+ 1
      return [packet]
    }
    let ahead = Int(Int16(bitPattern: packet.sequence &- expected))
    if ahead < 0 { return [packet] }
    if ahead == 0, waiting.isEmpty { return begin(packet) }
    if ahead > SequenceTracker.farthest {
      // The numbering restarted.
      return flush() + begin(packet)
    }
    insert(Waiting(packet: packet.compacted, since: now), ahead: ahead, expected)
    return release(now: now)
  }

  /// Gives what was waited with long enough.
  public mutating func release(now: MonotonicTime) -> [RTPPacket] {
    var ready: [RTPPacket] = []
    while let first = waiting.first {
      // Behind it stands what came twice while it waited.
      let isNext = Int16(bitPattern: first.packet.sequence &- (expected ?? 0)) <= 0
      let isOverdue = waiting.count > capacity || waiting.contains { $0.since + patience <= now }
      guard isNext || isOverdue else { break }
      waiting.removeFirst()
      if Int16(bitPattern: first.packet.sequence &- (expected ?? 0)) >= 0 { expected = first.packet.sequence &+ 1 }
      ready.append(first.packet)
    }
    return ready
  }

  /// Gives everything that waits.
  public mutating func flush() -> [RTPPacket] {
    defer { waiting.removeAll() }
    return waiting.map(\.packet)
  }

  /// Forgets the numbering: another source begins.
  public mutating func beginAgain() -> [RTPPacket] {
    expected = nil
    return flush()
  }

  private mutating func begin(_ packet: RTPPacket) -> [RTPPacket] {
    expected = packet.sequence &+ 1
    return [packet]
  }

  private mutating func insert(_ new: Waiting, ahead: Int, _ expected: UInt16) {
    let place = waiting.lastIndex { Int(Int16(bitPattern: $0.packet.sequence &- expected)) <= ahead }
    waiting.insert(new, at: place.map { $0 + 1 } ?? 0)
  }
}
