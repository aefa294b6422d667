/// An RTP packet (RFC 3550 section 5.1). The bytes are those that came; the header is read, nothing is changed.
public struct RTPPacket: Hashable, Sendable {
  /// The whole packet; shares its storage with what was read.
  public let bytes: ArraySlice<UInt8>
  /// 0 to 127.
  public let payloadType: UInt8
  /// For video, usually the last packet of a frame.
  public let isMarked: Bool
  /// The 16 bits of the packet.
  public let sequence: UInt16
  /// In ticks of the format's clock.
  public let timestamp: UInt32
  /// The synchronisation source: one for each sender of a session.
  public let ssrc: UInt32
  /// The part of `bytes` that is media: behind contributing sources and header extension, without padding.
  public let payload: Range<Int>

  /// The shortest packet.
  static let headerLength = 12

  /// Reads a packet.
  ///
  /// - Returns: `nil` when the version isn't 2, or a length goes beyond the packet. An empty payload is fine (padding alone, as
  ///   some send to keep a way open).
  public init?(_ bytes: ArraySlice<UInt8>) {
    let start = bytes.startIndex
    guard bytes.count >= Self.headerLength, bytes[start] >> 6 == 2 else { return nil }
    var first = start + Self.headerLength + 4 * Int(bytes[start] & 15)
    if bytes[start] & 0x10 != 0 {
      // Header extension, section 5.3.1: its length is in words of 32 bits.
      guard first + 4 <= bytes.endIndex else { return nil }
      first += 4 + 4 * Int(bytes.number16(at: first + 2))
    }
    var end = bytes.endIndex
    if bytes[start] & 0x20 != 0 {
      // The last byte counts the padding, itself included.
      guard let padding = bytes.last, padding > 0 else { return nil }
      end -= Int(padding)
    }
    guard first <= end else { return nil }
    self.bytes = bytes
    isMarked = bytes[start + 1] & 0x80 != 0
    payloadType = bytes[start + 1] & 0x7f
    sequence = bytes.number16(at: start + 2)
    timestamp = bytes.number32(at: start + 4)
    ssrc = bytes.number32(at: start + 8)
    payload = first..<end
  }

  /// The same packet in storage of its own: a packet that is kept for a while must not keep the chunk that it was read in.
  var compacted: RTPPacket { RTPPacket(Array(bytes)[...]) ?? self }
}

extension ArraySlice<UInt8> {
  /// Two bytes as a number, the higher one first. The caller has checked that they are there.
  func number16(at place: Int) -> UInt16 { UInt16(self[place]) << 8 | UInt16(self[place + 1]) }
  /// Four bytes as a number, the highest one first. The caller has checked that they are there.
  func number32(at place: Int) -> UInt32 { UInt32(number16(at: place)) << 16 | UInt32(number16(at: place + 2)) }
}
