/// Follows the sequence numbers of one source (RFC 3550 appendix A.1): what is missing, came twice, late, or restarted.
public struct SequenceTracker: Hashable, Sendable {
  /// What a packet is by its number.
  public enum Arrival: Hashable, Sendable {
    /// The first, the next, or one after `missing` others that haven't come.
    case new(missing: Int)
    /// One that was missing, after later ones.
    case late
    /// One that came before.
    case duplicate
    /// The numbers jumped too far for loss: counting begins again here.
    case restart
  }

  /// The farthest jump forward that counts as loss (RFC 3550 appendix A.1, MAX_DROPOUT), and how far back a packet may be late.
  static let farthest = 3000
  static let window = 64

  /// The highest number so far, extended by its wraps; `nil` before the first packet.
  public private(set) var highest: UInt32?
  /// The extended number that the counting began with.
  private var first: UInt32 = 0
  /// The last 64 numbers up to `highest`, the newest in the lowest bit: whether each has come.
  private var seen: UInt64 = 0
  /// Packets missing so far; one that came late is taken off.
  public private(set) var lost = 0
  /// Packets that came after later ones.
  public private(set) var reordered = 0
  /// Packets that came twice.
  public private(set) var duplicates = 0
  /// Jumps of the numbering.
  public private(set) var restarts = 0
  /// Packets counted, without duplicates.
  public private(set) var received = 0
  /// Packets counted since the numbering began (again).
  private var receivedInRun = 0

  /// No packet yet.
  public init() {}

  /// Takes the next packet's number.
  public mutating func take(_ sequence: UInt16) -> Arrival {
    guard let highest else {
      begin(sequence)
      return .new(missing: 0)
    }
    let ahead = Int(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest)))
    switch ahead {
    case 1...Self.farthest:
      seen = ahead < Self.window ? seen << UInt64(ahead) | 1 : 1
      self.highest = highest &+ UInt32(ahead)
      lost += ahead - 1
      count()
      return .new(missing: ahead - 1)
    case (1 - Self.window)...0:
      return takeOld(UInt64(-ahead))
    default:
      restarts += 1
      begin(sequence)
      return .restart
    }
  }

  /// The source was replaced by another: numbering begins again, the counts go on.
  public mutating func beginAgain() { highest = nil }

  /// Packets that should have come since the numbering began (RFC 3550 appendix A.3).
  var expectedInRun: Int { highest.map { Int($0 &- first) + 1 } ?? 0 }
  /// Of those, the ones that haven't come; negative with duplicates is not possible here.
  var lostInRun: Int { max(0, expectedInRun - receivedInRun) }

  private mutating func begin(_ sequence: UInt16) {
    // One wrap ahead, so that a packet from just before the first one has a number too.
    first = UInt32(sequence) + 0x10000
    highest = first
    seen = 1
    receivedInRun = 0
    count()
  }

  private mutating func count() {
    received += 1
    receivedInRun += 1
  }

  private mutating func takeOld(_ back: UInt64) -> Arrival {
    guard seen >> back & 1 == 0 else {
      duplicates += 1
      return .duplicate
    }
    seen |= 1 << back
    reordered += 1
    let isFromBefore = (highest ?? 0) &- UInt32(back) < first
    if !isFromBefore { lost = max(0, lost - 1) }
    received += 1
    if !isFromBefore { receivedInRun += 1 }
    return .late
  }
}
