internal import Domain

/// Lets through the packets of one source (RFC 3550 section 8), and drops those of another session that a camera mixes in.
///
/// A camera may also begin a new source in the middle of a session. Which of both it is shows when the source so far falls
/// silent: until then the new one's packets wait, within bounds, and nothing of them is lost when they turn out to be ours.
struct SourceFilter: Sendable {
  enum Verdict: Hashable, Sendable {
    /// Of the source so far, or its first packet.
    case pass
    /// Another source has taken over: its packets so far, in order.
    case changed([RTPPacket])
    /// Kept back for now.
    case wait
  }

  static let mostWaiting = 4096
  static let mostWaitingBytes = 8 << 20
  /// How long the source so far must have been silent, at least.
  static let silence = Duration.seconds(1)

  private(set) var current: UInt32?
  private var lastHeard: MonotonicTime
  /// Whether the current source was only told, and no packet of it has come.
  private var isExpectedOnly: Bool
  private var waiting: [RTPPacket] = []
  private var waitingBytes = 0
  /// Packets of other sources that were dropped.
  private(set) var foreign = 0
  /// Times that another source took over.
  private(set) var changes = 0

  /// - Parameter expected: the source that the camera's `Transport` header tells.
  init(expected: UInt32?, now: MonotonicTime) {
    current = expected
    lastHeard = now
    isExpectedOnly = expected != nil
  }

  /// - Parameter spacing: the usual interval between frames of this track.
  mutating func take(_ packet: RTPPacket, spacing: Duration, now: MonotonicTime) -> Verdict {
    guard let current else {
      self.current = packet.ssrc
      lastHeard = now
      return .pass
    }
    if packet.ssrc == current {
      lastHeard = now
      isExpectedOnly = false
      drop()
      return .pass
    }
    if let first = waiting.first, first.ssrc != packet.ssrc { drop() }
    waiting.append(packet.compacted)
    waitingBytes += packet.bytes.count
    let isFull = waiting.count >= Self.mostWaiting || waitingBytes >= Self.mostWaitingBytes
    guard isFull || now - lastHeard >= max(Self.silence, spacing * 2) else { return .wait }
    if !isExpectedOnly { changes += 1 }
    defer { clear() }
    self.current = packet.ssrc
    lastHeard = now
    isExpectedOnly = false
    return .changed(waiting)
  }

  /// The source has said that it ends (RFC 3550 section 6.6): the next one is believed at once.
  mutating func ended(_ sources: [UInt32]) {
    guard let current, sources.contains(current) else { return }
    self.current = nil
    if !isExpectedOnly { changes += 1 }
  }

  private mutating func drop() {
    foreign += waiting.count
    clear()
  }

  private mutating func clear() {
    waiting.removeAll()
    waitingBytes = 0
  }
}
