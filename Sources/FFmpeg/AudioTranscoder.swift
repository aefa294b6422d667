internal import CFFmpeg

/// One AAC frame with its time.
public struct AudioFrame: Sendable {
  /// Raw AAC, without ADTS.
  public let bytes: [UInt8]
  /// When the frame's first sample sounds, in samples (1 / `sampleRate` seconds) on the axis of the packets' `pts`.
  public let pts: Int64
  /// Samples per channel: 1024.
  public let samples: Int
}

/// Turns a camera's G.711 sound into AAC, so that files and browsers can play it. Keeps the sample rate.
///
/// Sound never stops a picture: after `init` nothing throws; what goes wrong is counted.
public final class AudioTranscoder {
  /// The AudioSpecificConfig for the file's sample entry.
  public let config: [UInt8]
  public let sampleRate: Int
  public let channels: Int
  /// Packets that could not be turned into AAC.
  public private(set) var failures = 0
  public private(set) var lastFailure: FFmpegError?
  /// How often the packets' times jumped, so that the axis was begun anew.
  public private(set) var gaps = 0

  private let context: CodecContext
  private let frame: FrameHandle
  private let packet: PacketHandle
  private let timeBase: TimeBase
  private let table: [Float]
  private let frameSize: Int
  /// Samples that wait for a frame to be full, interleaved.
  private var waiting: [Float] = []
  /// Time of the first waiting sample; `nil` before the first packet.
  private var waitingPTS: Int64?
  /// Frames given to the encoder so far; its own clock, which never jumps.
  private var framesIn: Int64 = 0
  /// Times of the frames that the encoder still holds. Its first output is only its own delay and stands for no frame.
  private var times: [Int64?] = [nil]

  /// - Throws: when `stream` isn't G.711, or libav was built without its AAC encoder.
  public init(_ stream: AudioStream) throws(FFmpegError) {
    FFmpegLog.install()
    switch stream.codec {
    case .pcmMulaw: table = G711.mulaw
    case .pcmAlaw: table = G711.alaw
    case .aac:
      throw FFmpegError(.unsupportedCodec("aac"), operation: "open audio encoder", text: "the sound is AAC already")
    }
    guard (1...2).contains(stream.channels) else {
      throw FFmpegError(
        .other, operation: "open audio encoder", text: "\(stream.channels) channels of G.711 aren't read")
    }
    guard let encoder = avcodec_find_encoder_by_name("aac") else {
      throw FFmpegError(code: hearth_av_encoder_not_found, operation: "open audio encoder")
    }
    let context = try CodecContext(encoder)
    let pointer = context.pointer
    pointer.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
    pointer.pointee.sample_rate = Int32(stream.sampleRate)
    av_channel_layout_default(&pointer.pointee.ch_layout, Int32(stream.channels))
    // Speech at telephone quality: 3 bits a sample are more than it holds.
    pointer.pointee.bit_rate = Int64(stream.sampleRate * stream.channels * 3)
    pointer.pointee.time_base = AVRational(num: 1, den: Int32(stream.sampleRate))
    pointer.pointee.thread_count = 1
    // The configuration apart instead of in each frame, as MP4 wants it.
    pointer.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
    try check(avcodec_open2(pointer, encoder, nil), "open audio encoder")
    guard let data = pointer.pointee.extradata, pointer.pointee.extradata_size >= 2, pointer.pointee.frame_size > 0
    else {
      throw FFmpegError(.other, operation: "open audio encoder", text: "the encoder gives no configuration")
    }
    config = Array(UnsafeBufferPointer(start: data, count: Int(pointer.pointee.extradata_size)))
    sampleRate = stream.sampleRate
    channels = stream.channels
    timeBase = stream.timeBase
    frameSize = Int(pointer.pointee.frame_size)
    frame = try FrameHandle()
    packet = try PacketHandle()
    self.context = context
  }

  /// Takes one packet and gives the frames that became complete.
  public func transcode(_ packet: Packet) -> [AudioFrame] {
    guard packet.kind == .audio, packet.byteCount > 0 else { return [] }
    var result: [AudioFrame] = []
    align(to: packet.pts, &result)
    packet.withBytes { bytes in
      for byte in bytes { waiting.append(table[Int(byte)]) }
    }
    encodeFull(&result)
    return result
  }

  /// Gives what is left, filled up with silence. The transcoder may be used on afterwards.
  public func flush() -> [AudioFrame] {
    var result: [AudioFrame] = []
    fillUp(&result)
    // The encoder looks a frame ahead and overlaps: two frames of silence push out the last one with sound.
    for _ in 0..<4 where times.contains(where: { $0 != nil }) {
      waiting = [Float](repeating: 0, count: frameSize * channels)
      encodeFrame(at: nil, &result)
    }
    waitingPTS = nil
    return result
  }

  // MARK: Time

  /// Camera clocks jitter a little and jump a lot. Up to a tenth of a second is taken as jitter: the axis runs on.
  private func align(to pts: Int64?, _ result: inout [AudioFrame]) {
    let time = pts.map {
      av_rescale_q(
        $0, AVRational(num: timeBase.numerator, den: timeBase.denominator), AVRational(num: 1, den: Int32(sampleRate)))
    }
    guard let start = waitingPTS else {
      waitingPTS = time ?? 0
      return
    }
    let expected = start &+ Int64(waiting.count / channels)
    guard let time, (time &- expected).magnitude > UInt64(sampleRate / 10) else { return }
    gaps += 1
    fillUp(&result)
    waitingPTS = time
  }

  private func fillUp(_ result: inout [AudioFrame]) {
    guard !waiting.isEmpty else { return }
    waiting += [Float](repeating: 0, count: frameSize * channels - waiting.count % (frameSize * channels))
    encodeFull(&result)
  }

  // MARK: Encoding

  private func encodeFull(_ result: inout [AudioFrame]) {
    while waiting.count >= frameSize * channels, let pts = waitingPTS {
      encodeFrame(at: pts, &result)
      waitingPTS = pts &+ Int64(frameSize)
    }
  }

  private func encodeFrame(at pts: Int64?, _ result: inout [AudioFrame]) {
    do {
      try fillFrame()
      times.append(pts)
      try check(avcodec_send_frame(context.pointer, frame.pointer), "encode sound")
      while true {
        let code = avcodec_receive_packet(context.pointer, packet.pointer)
        if code == hearth_av_again || code == hearth_av_eof { break }
        try check(code, "encode sound")
        take(&result)
      }
    } catch {
      failures += 1
      lastFailure = error
    }
    waiting.removeFirst(min(waiting.count, frameSize * channels))
  }

  private func fillFrame() throws(FFmpegError) {
    av_frame_unref(frame.pointer)
    frame.pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
    frame.pointer.pointee.nb_samples = Int32(frameSize)
    frame.pointer.pointee.sample_rate = Int32(sampleRate)
    frame.pointer.pointee.pts = framesIn * Int64(frameSize)
    framesIn += 1
    av_channel_layout_default(&frame.pointer.pointee.ch_layout, Int32(channels))
    try check(av_frame_get_buffer(frame.pointer, 0), "take a frame")
    for channel in 0..<channels {
      let plane = channel == 0 ? frame.pointer.pointee.data.0 : frame.pointer.pointee.data.1
      guard let plane else { throw FFmpegError(code: hearth_av_no_memory, operation: "take a frame") }
      plane.withMemoryRebound(to: Float.self, capacity: frameSize) { samples in
        for index in 0..<frameSize { samples[index] = waiting[index * channels + channel] }
      }
    }
  }

  private func take(_ result: inout [AudioFrame]) {
    let time = times.isEmpty ? nil : times.removeFirst()
    if let time, let data = packet.pointer.pointee.data {
      let bytes = Array(UnsafeBufferPointer(start: data, count: Int(packet.pointer.pointee.size)))
      result.append(AudioFrame(bytes: bytes, pts: time, samples: frameSize))
    }
    av_packet_unref(packet.pointer)
  }
}

/// The owner of one AVPacket that is written again and again.
final class PacketHandle {
  let pointer: UnsafeMutablePointer<AVPacket>

  init() throws(FFmpegError) { pointer = try require(av_packet_alloc(), "take a packet") }

  deinit {
    var pointer: UnsafeMutablePointer<AVPacket>? = pointer
    av_packet_free(&pointer)
  }
}

/// ITU-T G.711: each code's value between -1 and 1.
package enum G711 {
  package static let mulaw: [Float] = (0...255).map { code in
    let inverted = ~Int32(code) & 0xff
    let magnitude = ((inverted & 15) << 3 + 132) << (inverted >> 4 & 7) - 132
    return Float(inverted & 0x80 != 0 ? -magnitude : magnitude) / 32768
  }

  package static let alaw: [Float] = (0...255).map { code in
    let even = Int32(code) ^ 0x55
    let exponent = even >> 4 & 7
    let mantissa = (even & 15) << 4 + 8
    let magnitude = exponent == 0 ? mantissa : (mantissa + 256) << (exponent - 1)
    return Float(even & 0x80 != 0 ? magnitude : -magnitude) / 32768
  }
}
