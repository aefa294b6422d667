internal import CFFmpeg
public import Domain

/// Decodes one video stream on the calling thread. One thread, and by default the loop filter on: skipping it lets pictures
/// drift and lights up motion that isn't there.
public final class VideoDecoder {
  /// The largest picture that is decoded; a larger one is refused before memory is taken for it.
  public struct Limit: Hashable, Sendable {
    public let pixels: Int
    public init(pixels: Int) { self.pixels = min(max(pixels, 1), 8192 * 8192) }
    public static let standard = Limit(pixels: 4096 * 2304)
  }

  /// How well pictures are decoded.
  public enum Care: Sendable {
    /// As the standard says.
    case whole
    /// Without the loop filter, which is a sixth of a keyframe's cost: for single keyframes that are made much smaller, where
    /// the edges between blocks don't show. Pictures that follow would go wrong more and more.
    case toShrink
  }

  private let codec: VideoCodec
  private let limit: Limit
  private let parameterSets: [UInt8]
  private let context: CodecContext
  private let scratch: FrameHandle

  /// - Parameter parameterSets: as `VideoStream` gives them; may be empty when they come in band.
  public init(
    codec: VideoCodec, parameterSets: [UInt8] = [], limit: Limit = .standard, care: Care = .whole
  ) throws(FFmpegError) {
    FFmpegLog.install()
    let id = codec == .h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC
    guard let decoder = avcodec_find_decoder(id) else {
      throw FFmpegError(code: hearth_av_decoder_not_found, operation: "open decoder")
    }
    let context = try CodecContext(decoder)
    context.pointer.pointee.thread_count = 1
    context.pointer.pointee.max_pixels = Int64(limit.pixels)
    if care == .toShrink { context.pointer.pointee.skip_loop_filter = AVDISCARD_ALL }
    try context.setExtradata(parameterSets)
    try check(avcodec_open2(context.pointer, decoder, nil), "open decoder")
    self.codec = codec
    self.limit = limit
    self.parameterSets = parameterSets
    self.context = context
    scratch = try FrameHandle()
  }

  /// Decodes one packet and hands each finished picture to `body` (none, one, or with B-frames several).
  ///
  /// - Throws: `.invalidData` for a packet that can't be decoded (go on with the next one), `.tooLarge` for a picture
  ///   beyond the limit (end the stream).
  public func decode(_ packet: Packet, _ body: (Picture) -> Void) throws(FFmpegError) {
    guard packet.byteCount > 0 else { return }
    var count = 0
    do {
      let code = avcodec_send_packet(context.pointer, packet.pointer)
      count += try receive(body)
      if code == hearth_av_again {
        // Pictures waited; now there is room.
        try check(avcodec_send_packet(context.pointer, packet.pointer), "decode")
        count += try receive(body)
      } else {
        try check(code, "decode")
      }
    } catch {
      try refuseTooLarge(packet)
      throw error
    }
    // libav's H.264 decoder passes over a picture that is too large without an error.
    if count == 0, packet.isKeyframe { try refuseTooLarge(packet) }
  }

  /// Hands out the pictures that wait for later ones; decoding starts anew afterwards, at a keyframe.
  public func flush(_ body: (Picture) -> Void) throws(FFmpegError) {
    try check(avcodec_send_packet(context.pointer, nil), "end decoding")
    _ = try receive(body)
    avcodec_flush_buffers(context.pointer)
  }

  private func receive(_ body: (Picture) -> Void) throws(FFmpegError) -> Int {
    var count = 0
    while true {
      let code = avcodec_receive_frame(context.pointer, scratch.pointer)
      if code == hearth_av_again || code == hearth_av_eof { return count }
      try check(code, "decode")
      count += 1
      body(Picture(try FrameHandle(moving: scratch.pointer)))
    }
  }

  private func refuseTooLarge(_ packet: Packet) throws(FFmpegError) {
    let size = PictureSize.read(codec: codec, parameterSets: parameterSets, keyframe: packet)
    guard let size, size.width * size.height > limit.pixels else { return }
    throw FFmpegError(
      .tooLarge, operation: "decode",
      text: "a picture of \(size.width)x\(size.height) is larger than the \(limit.pixels) pixels that are decoded")
  }
}

/// The owner of one AVCodecContext.
final class CodecContext {
  let pointer: UnsafeMutablePointer<AVCodecContext>

  init(_ codec: UnsafePointer<AVCodec>) throws(FFmpegError) {
    pointer = try require(avcodec_alloc_context3(codec), "open codec")
  }

  deinit {
    var pointer: UnsafeMutablePointer<AVCodecContext>? = pointer
    avcodec_free_context(&pointer)
  }

  func setExtradata(_ bytes: [UInt8]) throws(FFmpegError) {
    guard !bytes.isEmpty else { return }
    let size = bytes.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)
    let memory = try require(av_mallocz(size), "open codec")
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    pointer.pointee.extradata = memory.assumingMemoryBound(to: UInt8.self)
    pointer.pointee.extradata_size = Int32(bytes.count)
  }
}

/// The owner of one AVFrame.
final class FrameHandle {
  let pointer: UnsafeMutablePointer<AVFrame>

  init() throws(FFmpegError) { pointer = try require(av_frame_alloc(), "take a frame") }

  /// Takes over what `source` refers to and leaves it empty.
  convenience init(moving source: UnsafeMutablePointer<AVFrame>) throws(FFmpegError) {
    try self.init()
    av_frame_move_ref(pointer, source)
  }

  deinit {
    var pointer: UnsafeMutablePointer<AVFrame>? = pointer
    av_frame_free(&pointer)
  }
}
