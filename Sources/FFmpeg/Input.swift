internal import CBulkRead
internal import CFFmpeg
internal import Domain

/// The owner of one AVFormatContext and of the packet it is read into.
final class Input {
  let token: InterruptToken
  let witness: Witness
  let scratch: UnsafeMutablePointer<AVPacket>
  private let watch: Watch
  private var context: UnsafeMutablePointer<AVFormatContext>?
  /// Whether this session is the one that `CBulkRead` reads for on this thread. Without it libav reads as it always did.
  private var readsInBulk = false

  private init(
    token: InterruptToken, witness: Witness, protocolsAfterConnecting: String
  ) throws(FFmpegError) {
    FFmpegLog.install()
    let scratch = try require(av_packet_alloc(), "take a packet")
    guard let context = avformat_alloc_context() else {
      var scratch: UnsafeMutablePointer<AVPacket>? = scratch
      av_packet_free(&scratch)
      throw FFmpegError(code: hearth_av_no_memory, operation: "open stream")
    }
    self.scratch = scratch
    self.token = token
    self.witness = witness
    self.context = context
    watch = Watch(
      token: token, witness: witness, context: context, protocolsAfterConnecting: protocolsAfterConnecting)
    // Unretained: `self` owns the watch and closes the context before it goes.
    context.pointee.interrupt_callback = AVIOInterruptCB(
      callback: { opaque in
        guard let opaque else { return 1 }
        // Asked twice for each RTP packet: without the retain and release.
        return Unmanaged<Watch>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.shouldStop() } ? 1 : 0
      }, opaque: Unmanaged.passUnretained(watch).toOpaque())
    FFmpegLog.summon(witness, for: context)
  }

  deinit {
    var scratch: UnsafeMutablePointer<AVPacket>? = scratch
    av_packet_free(&scratch)
    close()
  }

  /// Ends the session. Nothing can be read afterwards.
  func close() {
    guard let context else { return }
    // TEARDOWN is written on the way; a camera that no longer reads must not hold that up.
    avformat_close_input(&self.context)
    endBulk()
    FFmpegLog.dismiss(context)
  }

  private func endBulk() {
    if readsInBulk { hearth_bulk_end() }
    readsInBulk = false
  }

  // MARK: Opening

  /// Everything libav is told, and nothing else reaches it.
  private static func options(_ request: StreamRequest) -> [(String, String)] {
    var options = [
      ("protocol_whitelist", protocols(request).connecting),
      // An ASF or Real stream inside the description would open a demuxer of its own.
      ("format_whitelist", "rtsp"),
      ("allowed_media_types", request.wantsAudio ? "video+audio" : "video"),
      ("max_streams", request.wantsAudio ? "2" : "1"),
      ("rtsp_transport", request.transport.rawValue),
      // SETUP, then look at what there is, then PLAY.
      ("initial_pause", "1"),
      ("user_agent", "Hearth"),
      // Of the socket alone, in microseconds; the token is the real limit.
      ("timeout", "15000000"),
    ]
    if request.transport == .udp, request.address.scheme == .rtsp {
      // Reordering waits for at most 200 ms; a keyframe comes as a burst, so the socket takes what the kernel allows.
      options += [("max_delay", "200000"), ("buffer_size", "1048576")]
    }
    return options
  }

  private static func protocols(_ request: StreamRequest) -> (connecting: String, connected: String) {
    switch (request.address.scheme, request.transport) {
    case (.rtsps, _): ("tls,tcp", "none")
    case (.rtsp, .tcp): ("tcp", "none")
    case (.rtsp, .udp): ("tcp,rtp,udp", "rtp,udp")
    }
  }

  static func openCamera(_ request: StreamRequest, token: InterruptToken) throws(FFmpegError) -> Input {
    let isUDP = request.transport == .udp && request.address.scheme == .rtsp
    let witness = Witness(
      allowsBasic: request.allowsBasic || request.address.scheme == .rtsps,
      peer: isUDP ? request.numericHost : nil, mayLogIn: request.mayLogIn)
    let input = try Input(
      token: token, witness: witness, protocolsAfterConnecting: protocols(request).connected)
    input.readsInBulk = hearth_bulk_begin() == 0
    try input.open(StreamURL.text(request), format: "rtsp", options: options(request))
    return input
  }

  static func openFile(_ path: String, token: InterruptToken) throws(FFmpegError) -> Input {
    let input = try Input(token: token, witness: Witness(allowsBasic: false), protocolsAfterConnecting: "file")
    try input.open("file:\(path)", format: nil, options: [("protocol_whitelist", "file")])
    return input
  }

  private func open(_ url: String, format: String?, options: [(String, String)]) throws(FFmpegError) {
    var demuxer: UnsafePointer<AVInputFormat>?
    if let format {
      demuxer = av_find_input_format(format)
      guard demuxer != nil else { throw FFmpegError(code: hearth_av_demuxer_not_found, operation: "open stream") }
    }
    var dictionary: OpaquePointer?
    defer { av_dict_free(&dictionary) }
    for (name, value) in options { try check(av_dict_set(&dictionary, name, value, 0), "set options") }
    let old = context
    let code = avformat_open_input(&context, url, demuxer, &dictionary)
    guard code >= 0 else {
      // libav has freed the context.
      if let old { FFmpegLog.dismiss(old) }
      context = nil
      endBulk()
      throw openingError(code)
    }
    // An option that nobody took is a limit that doesn't hold.
    guard av_dict_count(dictionary) == 0 else {
      let name = av_dict_get(dictionary, "", nil, AV_DICT_IGNORE_SUFFIX).map { String(cString: $0.pointee.key) } ?? ""
      throw FFmpegError(.other, operation: "open stream", text: "this libav doesn't know its option \(name)")
    }
  }

  func play() throws(FFmpegError) {
    let code = av_read_play(context)
    guard code >= 0 else { throw openingError(code) }
    FFmpegLog.settle(witness)
  }

  // MARK: Reading

  /// Reads into `scratch`; gives the stream's index.
  func readFrame() throws(FFmpegError) -> Int32 {
    while true {
      guard let context, !token.shouldStop else { throw readingError(hearth_av_eof) }
      av_packet_unref(scratch)
      let code = av_read_frame(context, scratch)
      if code >= 0, !isTorso { return scratch.pointee.stream_index }
      if code < 0, code != hearth_av_again { throw readingError(code) }
    }
  }

  /// Whether the packet is half a picture: what libav's parser was putting together when the connection ended or was ended,
  /// which it hands out as it is. RTP's marker says whether it is whole; where that can't be seen (TLS, UDP), a picture counts
  /// as whole unless it was us who broke it off.
  private var isTorso: Bool {
    guard watch.hasStopped || (readsInBulk && hearth_bulk_ended() != 0) else { return false }
    let index = scratch.pointee.stream_index
    guard let context, index >= 0, index < context.pointee.nb_streams,
      let stream = context.pointee.streams?[Int(index)],
      stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
    else { return false }
    // libav asks for the channels in the order of its streams, two for each.
    return switch readsInBulk ? hearth_bulk_whole(2 * index) : -1 {
    case 0: true
    case 1: false
    default: token.isCancelled
    }
  }

  // MARK: What there is

  private var streams: [UnsafeMutablePointer<AVStream>] {
    guard let context, let list = context.pointee.streams else { return [] }
    return (0..<Int(context.pointee.nb_streams)).compactMap { list[$0] }
  }

  func video() throws(FFmpegError) -> (VideoStream, Int32) {
    guard let stream = streams.first(where: { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO }) else {
      throw FFmpegError(.noVideo, operation: "open stream", text: "there is no video in what the camera describes")
    }
    let parameters = stream.pointee.codecpar.pointee
    let codec: VideoCodec
    switch parameters.codec_id {
    case AV_CODEC_ID_H264: codec = .h264
    case AV_CODEC_ID_HEVC: codec = .h265
    default:
      let name = name(of: parameters, media: "video")
      throw FFmpegError(.unsupportedCodec(name), operation: "open stream", text: "the video is \(name)")
    }
    let video = VideoStream(
      codec: codec, parameterSets: Self.extradata(parameters), timeBase: Self.timeBase(stream.pointee.time_base))
    return (video, stream.pointee.index)
  }

  func audio() -> (stream: AudioStream, index: Int32)? {
    guard let stream = streams.first(where: { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO }) else {
      return nil
    }
    let parameters = stream.pointee.codecpar.pointee
    guard let codec = Self.audioCodec(parameters) else { return nil }
    let audio = AudioStream(
      codec: codec, sampleRate: Int(parameters.sample_rate), channels: Int(parameters.ch_layout.nb_channels),
      config: codec == .aac ? Self.extradata(parameters) : [], timeBase: Self.timeBase(stream.pointee.time_base))
    return (audio, stream.pointee.index)
  }

  /// The name of a sound that is there but isn't read.
  var unreadAudio: String? {
    for stream in streams {
      let parameters = stream.pointee.codecpar.pointee
      if parameters.codec_type == AVMEDIA_TYPE_AUDIO {
        return Self.audioCodec(parameters) == nil ? name(of: parameters, media: "audio") : nil
      }
    }
    return nil
  }

  private static func audioCodec(_ parameters: AVCodecParameters) -> AudioCodec? {
    guard (4000...96000).contains(parameters.sample_rate), (1...8).contains(parameters.ch_layout.nb_channels) else {
      return nil
    }
    switch parameters.codec_id {
    // Without its AudioSpecificConfig, AAC can't be written to a file.
    case AV_CODEC_ID_AAC: return parameters.extradata_size >= 2 ? .aac : nil
    case AV_CODEC_ID_PCM_MULAW: return .pcmMulaw
    case AV_CODEC_ID_PCM_ALAW: return .pcmAlaw
    default: return nil
    }
  }

  private static func extradata(_ parameters: AVCodecParameters) -> [UInt8] {
    guard let data = parameters.extradata, parameters.extradata_size > 0 else { return [] }
    return Array(UnsafeBufferPointer(start: data, count: Int(parameters.extradata_size)))
  }

  private static func timeBase(_ base: AVRational) -> TimeBase {
    TimeBase(numerator: base.num, denominator: base.den)
  }

  /// The codec's name: libav's, or the SDP's when libav knows none.
  private func name(of parameters: AVCodecParameters, media: String) -> String {
    if parameters.codec_id != AV_CODEC_ID_NONE { return String(cString: avcodec_get_name(parameters.codec_id)) }
    var isInMedia = false
    for line in (witness.heard.greeting.description ?? "").split(whereSeparator: \.isNewline) {
      if line.hasPrefix("m=") { isInMedia = line.hasPrefix("m=\(media)") }
      if isInMedia, line.hasPrefix("a=rtpmap:"), let name = line.split(separator: " ").dropFirst().first {
        return String(name.prefix { $0 != "/" }.prefix(40))
      }
    }
    return "unknown"
  }

  // MARK: Errors

  /// libav answers a good deal of failures with "invalid data"; the token and the witness know better.
  private func openingError(_ code: Int32) -> FFmpegError {
    let heard = witness.heard
    let hasAnswered = heard.status > 0
    var error = openingError(code, heard, hasAnswered: hasAnswered)
    if hasAnswered { error.greeting = heard.greeting }
    return error
  }

  private func openingError(_ code: Int32, _ heard: Witness.State, hasAnswered: Bool) -> FFmpegError {
    func error(_ kind: FFmpegError.Kind, _ text: String) -> FFmpegError {
      FFmpegError(kind, code: code, operation: "open stream", text: text)
    }
    if token.isCancelled { return error(.cancelled, "cancelled") }
    if heard.isRedirected {
      return error(.redirected, "the camera answered \(heard.statusLine) and wants the recorder to go elsewhere")
    }
    if heard.isFromElsewhere {
      return error(.redirected, "the camera wants UDP exchanged with another address than its own")
    }
    if heard.isNotRTSP { return error(.notRTSP, "what answers there doesn't speak RTSP") }
    if heard.isTooLong { return error(hasAnswered ? .invalidData : .notRTSP, "the answer is too long for a camera's") }
    if heard.isWithheld { return error(.withheld, "another device than expected asks for the password") }
    if heard.status == 401, witness.wantsStop {
      return error(.unauthorised, "the camera takes the password readable only (Basic), which isn't allowed")
    }
    if !hasAnswered, heard.bytesHeard > 0 { return error(.notRTSP, "what answers there doesn't speak RTSP") }
    if token.isExpired { return error(.timedOut, hasAnswered ? "the camera stopped answering" : "no answer") }
    if heard.status >= 400 { return error(FFmpegError.kind(of: code), "the camera answered \(heard.statusLine)") }
    if !hasAnswered, code == hearth_av_invalid_data {
      return error(.ended, "the connection was closed without an answer")
    }
    return FFmpegError(code: code, operation: "open stream")
  }

  private func readingError(_ code: Int32) -> FFmpegError {
    if token.isCancelled { return FFmpegError(.cancelled, code: code, operation: "read stream", text: "cancelled") }
    if token.isExpired {
      return FFmpegError(.timedOut, code: code, operation: "read stream", text: "no video within the limit")
    }
    if witness.wantsStop {
      return FFmpegError(.invalidData, code: code, operation: "read stream", text: "the camera stopped speaking RTSP")
    }
    return FFmpegError(code: code, operation: "read stream")
  }
}

extension StreamRequest {
  var withoutAudio: StreamRequest {
    var request = self
    request.wantsAudio = false
    return request
  }
}
