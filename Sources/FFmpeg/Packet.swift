internal import CFFmpeg
public import Domain

/// Compressed bytes of one stream as they came: for video one access unit, for sound one or several frames.
///
/// Holds its own reference to libav's buffer, so it stays valid after the next read and may wait in a pre-roll.
// @unchecked Sendable: the AVPacket is written only before the packet is handed out by `StreamSource.read` (`StartTimes`
// may add a time); afterwards every access reads, and libav's buffer reference counts are atomic.
public final class Packet: @unchecked Sendable {
  public enum Kind: Hashable, Sendable { case video, audio }

  let pointer: UnsafeMutablePointer<AVPacket>
  public let kind: Kind
  /// When the bytes came out of libav.
  public let arrival: MonotonicTime

  /// Takes over what `source` refers to and leaves it empty.
  init(moving source: UnsafeMutablePointer<AVPacket>, kind: Kind) throws(FFmpegError) {
    pointer = try require(av_packet_alloc(), "take a packet")
    self.kind = kind
    // Microseconds of `CLOCK_MONOTONIC`, on Linux.
    arrival = MonotonicTime(microseconds: av_gettime_relative())
    av_packet_move_ref(pointer, source)
  }

  deinit {
    var pointer: UnsafeMutablePointer<AVPacket>? = pointer
    av_packet_free(&pointer)
  }

  public var byteCount: Int { Int(pointer.pointee.size) }

  /// Hands out the bytes without copying them; they are valid within `body` only. H.264 and H.265 from a camera are in
  /// Annex B form (start codes); AAC is raw frames without ADTS.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    let bytes = UnsafeRawBufferPointer(start: pointer.pointee.data, count: byteCount)
    let result = try body(bytes)
    // The object frees the bytes; it must outlive the closure.
    withExtendedLifetime(self) {}
    return result
  }

  /// A copy of the bytes.
  public var bytes: [UInt8] { withBytes { Array($0) } }

  /// Presentation time in the stream's time base; `nil` when the camera's first packets have none yet.
  public var pts: Int64? { Self.time(pointer.pointee.pts) }

  /// Decoding time in the stream's time base.
  public var dts: Int64? { Self.time(pointer.pointee.dts) }

  /// In the stream's time base; 0 when unknown.
  public var duration: Int64 { pointer.pointee.duration }

  /// Whether decoding can begin here (IDR, or a recovery point that libav counts as one). Always true for sound.
  public var isKeyframe: Bool { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }

  /// Whether libav knows that bytes are missing or broken.
  public var isDamaged: Bool { pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }

  /// New parameter sets or AudioSpecificConfig that came beside the bytes, when they changed.
  public var newParameters: [UInt8]? {
    var size = 0
    guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, &size), size > 0 else { return nil }
    return Array(UnsafeBufferPointer(start: data, count: size))
  }

  private static func time(_ value: Int64) -> Int64? { value == hearth_av_no_pts ? nil : value }
}
