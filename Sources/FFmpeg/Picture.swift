internal import CFFmpeg
public import Domain

/// One decoded picture. Keeps libav's buffer, so it may be kept (for a thumbnail) after the next packet.
// @unchecked Sendable: nothing is written after `init`, and libav's buffer reference counts are atomic.
public final class Picture: @unchecked Sendable {
  private let frame: FrameHandle
  public let width: Int
  public let height: Int
  /// Presentation time in the stream's time base; `nil` when no packet had one.
  public let pts: Int64?
  public let isKeyframe: Bool
  /// Whether parts are guessed, because of lost or broken packets.
  public let isDamaged: Bool
  /// Whether brightness runs from 0 to 255 instead of 16 to 235.
  public let isFullRange: Bool

  init(_ frame: FrameHandle) {
    let picture = frame.pointer.pointee
    self.frame = frame
    width = Int(picture.width)
    height = Int(picture.height)
    pts = picture.best_effort_timestamp == hearth_av_no_pts ? nil : picture.best_effort_timestamp
    isKeyframe = hearth_av_frame_is_key(frame.pointer) != 0
    isDamaged = picture.flags & AV_FRAME_FLAG_CORRUPT != 0 || picture.decode_error_flags != 0
    let format = AVPixelFormat(rawValue: picture.format)
    isFullRange =
      picture.color_range == AVCOL_RANGE_JPEG || format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P
      || format == AV_PIX_FMT_YUVJ444P
  }

  /// Hands out the brightness plane: `height` rows, each `stride` bytes after the one before, `width` of them pixels.
  /// Values are as coded (see `isFullRange`). Pictures of more than eight bits are shifted to eight first.
  ///
  /// - Throws: `.unsupportedCodec` for pixels that have no brightness plane.
  public func withLuma<R>(_ body: (_ bytes: Span<UInt8>, _ stride: Int) -> R) throws(FFmpegError) -> R {
    let layout = try layout()
    let plane = try plane(0, layout)
    if layout.depth == 8 {
      defer { withExtendedLifetime(self) {} }
      let count = plane.stride * (height - 1) + width
      return body(UnsafeBufferPointer(start: plane.start, count: count).span, plane.stride)
    }
    var eight = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      let row = plane.row(y).withMemoryRebound(to: UInt16.self, capacity: width) {
        UnsafeBufferPointer(start: $0, count: width)
      }
      for x in 0..<width { eight[y * width + x] = UInt8(truncatingIfNeeded: min(row[x] >> layout.shift, 255)) }
    }
    withExtendedLifetime(self) {}
    return body(eight.span, width)
  }

  // MARK: For the scaler

  /// How the pixels lie in memory: planar brightness and colour of 8 to 16 bits, colour at full or half size.
  struct Layout {
    let depth: Int
    /// Colour planes are `1 << chromaX` times narrower and `1 << chromaY` times lower; `nil` for grey pictures.
    let chroma: (x: Int, y: Int)?
    /// From `depth` bits to eight.
    var shift: Int { depth - 8 }
  }

  struct Plane {
    let start: UnsafePointer<UInt8>
    let stride: Int
    let width: Int
    let height: Int
    func row(_ y: Int) -> UnsafePointer<UInt8> { start + y * stride }
  }

  func layout() throws(FFmpegError) -> Layout {
    let format = AVPixelFormat(rawValue: frame.pointer.pointee.format)
    guard let description = av_pix_fmt_desc_get(format)?.pointee else { throw Self.unread("of an unknown form") }
    let name = description.name.map { String(cString: $0) } ?? "?"
    let flags = Int32(truncatingIfNeeded: description.flags)
    let first = description.comp.0
    let depth = Int(first.depth)
    let isGrey = description.nb_components == 1
    // Little-endian planar YUV or grey; H.264 can also say RGB, which no camera does.
    guard flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BE) == 0,
      isGrey || (flags & AV_PIX_FMT_FLAG_PLANAR != 0 && description.nb_components == 3), (8...16).contains(depth),
      first.plane == 0, first.offset == 0, first.shift == 0, first.step == (depth > 8 ? 2 : 1)
    else { throw Self.unread(name) }
    if isGrey { return Layout(depth: depth, chroma: nil) }
    let (second, third) = (description.comp.1, description.comp.2)
    guard second.plane == 1, third.plane == 2, second.depth == first.depth, second.step == first.step else {
      throw Self.unread(name)
    }
    return Layout(depth: depth, chroma: (Int(description.log2_chroma_w), Int(description.log2_chroma_h)))
  }

  func plane(_ index: Int, _ layout: Layout) throws(FFmpegError) -> Plane {
    let picture = frame.pointer.pointee
    let (data, stride) =
      switch index {
      case 0: (picture.data.0, picture.linesize.0)
      case 1: (picture.data.1, picture.linesize.1)
      default: (picture.data.2, picture.linesize.2)
      }
    let (x, y) = index == 0 ? (0, 0) : layout.chroma ?? (0, 0)
    let plane = (width: (width + (1 << x) - 1) >> x, height: (height + (1 << y) - 1) >> y)
    guard let data, width > 0, height > 0, Int(stride) >= plane.width * (layout.depth > 8 ? 2 : 1) else {
      throw Self.unread("without its plane \(index)")
    }
    return Plane(start: UnsafePointer(data), stride: Int(stride), width: plane.width, height: plane.height)
  }

  private static func unread(_ name: String) -> FFmpegError {
    FFmpegError(.unsupportedCodec(name), operation: "read picture", text: "pixels \(name) aren't read")
  }
}

/// The size of the pictures, read from parameter sets.
public struct PictureSize: Hashable, Sendable {
  /// Pixels as shown, after cropping.
  public let width: Int
  public let height: Int

  /// Reads the size from a keyframe, after the parameter sets of the description in case it holds none itself; `nil`
  /// when there are none or they can't be read. Decodes nothing and takes no memory for pictures.
  public static func read(codec: VideoCodec, parameterSets: [UInt8], keyframe: Packet) -> PictureSize? {
    let id = codec == .h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC
    guard keyframe.byteCount > 0, let parser = av_parser_init(Int32(id.rawValue)) else { return nil }
    defer { av_parser_close(parser) }
    guard let decoder = avcodec_find_decoder(id), let context = try? CodecContext(decoder),
      (try? context.setExtradata(parameterSets)) != nil
    else { return nil }
    parser.pointee.flags |= PARSER_FLAG_COMPLETE_FRAMES
    var output: UnsafeMutablePointer<UInt8>?
    var outputSize: Int32 = 0
    // A packet's buffer is padded, as libav's readers want it.
    _ = av_parser_parse2(
      parser, context.pointer, &output, &outputSize, keyframe.pointer.pointee.data, keyframe.pointer.pointee.size,
      hearth_av_no_pts, hearth_av_no_pts, 0)
    withExtendedLifetime(keyframe) {}
    let (width, height) = (Int(parser.pointee.width), Int(parser.pointee.height))
    return width > 0 && height > 0 ? PictureSize(width: width, height: height) : nil
  }
}
