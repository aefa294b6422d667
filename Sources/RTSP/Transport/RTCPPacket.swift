/// A sender report's clock (RFC 3550 section 6.4.1): which moment of the camera's clock an RTP timestamp is.
public struct SenderReport: Hashable, Sendable {
  /// The source that reports.
  public var ssrc: UInt32
  /// The camera's clock in NTP's form: seconds since 1900 in the upper 32 bits, fractions of 2^-32 s below. 0 when it has none.
  public var ntp: UInt64
  /// The same moment on the RTP timestamp's clock.
  public var timestamp: UInt32
  /// Packets sent so far.
  public var packets: UInt32

  /// A report; see the properties.
  public init(ssrc: UInt32, ntp: UInt64, timestamp: UInt32, packets: UInt32) {
    self.ssrc = ssrc
    self.ntp = ntp
    self.timestamp = timestamp
    self.packets = packets
  }

  /// The middle 32 bits of `ntp`, which receiver reports repeat (LSR).
  var middle: UInt32 { UInt32(truncatingIfNeeded: ntp >> 16) }
}

/// What is read of RTCP (RFC 3550 section 6).
public enum RTCPPacket: Hashable, Sendable {
  case senderReport(SenderReport)
  /// The sources that have ended (section 6.6).
  case goodbye([UInt32])
  /// Anything else, by its type.
  case other(type: UInt8)

  /// Whether the second byte of a packet is one of RTCP's types (RFC 5761 section 4): RTP's never are these.
  static func isType(_ byte: UInt8) -> Bool { (192...223).contains(byte) }

  /// Reads a compound packet (section 6.1). What is right up to a damaged part is given; there may be one packet alone, as many
  /// cameras send it.
  ///
  /// - Returns: the packets, and whether all of the bytes could be read.
  public static func all(in bytes: ArraySlice<UInt8>) -> (packets: [RTCPPacket], isWhole: Bool) {
    var packets: [RTCPPacket] = []
    var at = bytes.startIndex
    while at < bytes.endIndex {
      guard at + 4 <= bytes.endIndex, bytes[at] >> 6 == 2, isType(bytes[at + 1]) else { return (packets, false) }
      let end = at + 4 * (Int(bytes.number16(at: at + 2)) + 1)
      guard end <= bytes.endIndex, let packet = read(bytes[at..<end]) else { return (packets, false) }
      packets.append(packet)
      at = end
    }
    return (packets, !packets.isEmpty)
  }

  private static func read(_ bytes: ArraySlice<UInt8>) -> RTCPPacket? {
    let start = bytes.startIndex
    let count = Int(bytes[start] & 31)
    switch bytes[start + 1] {
    case 200:
      guard bytes.count >= 28 + 24 * count else { return nil }
      return .senderReport(
        SenderReport(
          ssrc: bytes.number32(at: start + 4),
          ntp: UInt64(bytes.number32(at: start + 8)) << 32 | UInt64(bytes.number32(at: start + 12)),
          timestamp: bytes.number32(at: start + 16), packets: bytes.number32(at: start + 20)))
    case 203:
      guard bytes.count >= 4 + 4 * count else { return nil }
      return .goodbye((0..<count).map { bytes.number32(at: start + 4 + 4 * $0) })
    case let type: return .other(type: type)
    }
  }
}

/// What a receiver tells a sender (RFC 3550 section 6.4.2), as one compound packet with a name (section 6.5.1).
public struct ReceiverReport: Hashable, Sendable {
  /// Our own source.
  public var reporter: UInt32
  /// The source that is reported on.
  public var source: UInt32
  /// Of 256 packets expected since the last report, how many were lost.
  public var fractionLost: UInt8
  /// Lost since the beginning; written as 24 bits.
  public var lost: Int
  /// The extended highest sequence number.
  public var highest: UInt32
  /// In ticks of the format's clock (section 6.4.1).
  public var jitter: UInt32
  /// The middle of the last sender report's NTP time; 0 for none.
  public var lastReport: UInt32
  /// Since that came, in 1/65536 s.
  public var delay: UInt32

  /// A report; see the properties.
  public init(
    reporter: UInt32, source: UInt32, fractionLost: UInt8 = 0, lost: Int = 0, highest: UInt32 = 0, jitter: UInt32 = 0,
    lastReport: UInt32 = 0, delay: UInt32 = 0
  ) {
    self.reporter = reporter
    self.source = source
    self.fractionLost = fractionLost
    self.lost = lost
    self.highest = highest
    self.jitter = jitter
    self.lastReport = lastReport
    self.delay = delay
  }

  /// The bytes on the wire, with a source description that names us `name`.
  public func serialized(name: String = "hearth") -> [UInt8] {
    var bytes: [UInt8] = [0x81, 201, 0, 7]
    bytes += Self.bytes(reporter) + Self.bytes(source)
    bytes += Self.bytes(UInt32(fractionLost) << 24 | UInt32(min(max(lost, 0), 0x7f_ffff)))
    bytes += Self.bytes(highest) + Self.bytes(jitter) + Self.bytes(lastReport) + Self.bytes(delay)
    let item = [1, UInt8(min(name.utf8.count, 200))] + Array(name.utf8.prefix(200))
    // At least one zero byte ends the items, and fills the word.
    let words = 1 + (item.count / 4 + 1)
    bytes += [0x81, 202, 0, UInt8(words)] + Self.bytes(reporter) + item
    bytes += [UInt8](repeating: 0, count: 4 * (item.count / 4 + 1) - item.count)
    return bytes
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
