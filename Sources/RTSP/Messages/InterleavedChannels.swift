/// What is known of the channels of a session (RFC 2326 section 12.39, `interleaved`): by this a frame is told from bytes
/// that happen to look like one, when the stream has lost its place.
public struct InterleavedChannels: Hashable, Sendable {
  /// A channel's payload types (RFC 3550 section 5.1), or `nil` for one that carries RTCP.
  private var payloadTypes: [UInt8: Set<UInt8>?] = [:]

  /// No channels: before SETUP.
  public init() {}

  /// Whether no channel is known.
  public var isEmpty: Bool { payloadTypes.isEmpty }

  /// Adds a track's two channels.
  ///
  /// - Parameter types: the payload types that were described for the track; empty when unknown.
  public mutating func add(media: UInt8, control: UInt8, payloadTypes types: Set<UInt8>) {
    payloadTypes[media] = .some(types)
    payloadTypes[control] = .some(nil)
  }

  /// Whether a frame on this channel belongs to the session.
  public func contains(_ channel: UInt8) -> Bool { payloadTypes[channel] != nil }

  /// Whether what follows a frame's head can be a packet of its channel. Looks at the first two bytes: version 2 and a
  /// payload type of the track, or an RTCP packet type (RFC 3550 sections 5.1, 6.4, 12.1).
  func isPlausible(channel: UInt8, length: Int, packet: ArraySlice<UInt8>) -> Bool {
    guard let types = payloadTypes[channel], length >= 8, let first = packet.first, first >> 6 == 2 else {
      return false
    }
    guard let second = packet.dropFirst().first else { return true }
    if RTCPPacket.isType(second) { return true }
    guard let types else { return false }
    return length >= 12 && (types.isEmpty || types.contains(second & 0x7f))
  }
}
