internal import CFFmpeg

/// Turns a decoded picture into a JPEG, made smaller by averaging boxes of pixels.
public struct JPEGEncoder: Sendable {
  /// The picture is made smaller until it is at most this wide; never larger than it is.
  public var maxWidth: Int
  /// 1 (smallest file) to 100 (best picture).
  public var quality: Int

  public init(maxWidth: Int, quality: Int = 75) {
    self.maxWidth = maxWidth
    self.quality = quality
  }

  /// The finished JPEG (JFIF, full range, 4:2:0).
  ///
  /// - Throws: `.unsupportedCodec` when the picture's pixels are of a form that isn't converted (the name says which).
  public func encode(_ picture: Picture) throws(FFmpegError) -> [UInt8] {
    FFmpegLog.install()
    guard let encoder = avcodec_find_encoder(AV_CODEC_ID_MJPEG) else {
      throw FFmpegError(code: hearth_av_encoder_not_found, operation: "open JPEG encoder")
    }
    let (width, height) = Self.size(of: picture, maxWidth: maxWidth)
    // 2 is the encoder's finest quantiser, 31 its coarsest.
    let quantiser = Int32(31 - (min(max(quality, 1), 100) - 1) * 29 / 99)
    let context = try CodecContext(encoder)
    context.pointer.pointee.width = Int32(width)
    context.pointer.pointee.height = Int32(height)
    context.pointer.pointee.pix_fmt = AV_PIX_FMT_YUVJ420P
    context.pointer.pointee.color_range = AVCOL_RANGE_JPEG
    context.pointer.pointee.time_base = AVRational(num: 1, den: 25)
    context.pointer.pointee.thread_count = 1
    context.pointer.pointee.flags |= AV_CODEC_FLAG_QSCALE
    context.pointer.pointee.global_quality = FF_QP2LAMBDA * quantiser
    try check(avcodec_open2(context.pointer, encoder, nil), "open JPEG encoder")

    let frame = try FrameHandle()
    frame.pointer.pointee.width = Int32(width)
    frame.pointer.pointee.height = Int32(height)
    frame.pointer.pointee.format = AV_PIX_FMT_YUVJ420P.rawValue
    frame.pointer.pointee.color_range = AVCOL_RANGE_JPEG
    frame.pointer.pointee.quality = FF_QP2LAMBDA * quantiser
    frame.pointer.pointee.pts = 0
    try check(av_frame_get_buffer(frame.pointer, 0), "take a picture")
    try PictureScaler.scale(picture, into: frame)

    try check(avcodec_send_frame(context.pointer, frame.pointer), "encode JPEG")
    try check(avcodec_send_frame(context.pointer, nil), "encode JPEG")
    var packet: UnsafeMutablePointer<AVPacket>? = try require(av_packet_alloc(), "encode JPEG")
    defer { av_packet_free(&packet) }
    try check(avcodec_receive_packet(context.pointer, packet), "encode JPEG")
    guard let data = packet?.pointee.data, let size = packet?.pointee.size else { return [] }
    return Array(UnsafeBufferPointer(start: data, count: Int(size)))
  }

  /// The size that keeps the picture's shape within `maxWidth`.
  static func size(of picture: Picture, maxWidth: Int) -> (width: Int, height: Int) {
    let limit = max(maxWidth, 16)
    guard picture.width > limit else { return (picture.width, picture.height) }
    return (limit, max(1, (picture.height * limit + picture.width / 2) / picture.width))
  }
}
