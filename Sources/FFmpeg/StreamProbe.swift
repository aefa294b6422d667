public import Domain

/// What a short look at a stream found.
public struct ProbeFindings: Hashable, Sendable {
  public struct Video: Hashable, Sendable {
    public var codec: VideoCodec
    /// `nil` when no keyframe with parameter sets was seen.
    public var size: PictureSize?
    /// Frames per second as measured; `nil` until two frames were seen.
    public var frameRate: Double?
    /// Frames from one keyframe to the next; `nil` until two were seen.
    public var keyframeInterval: Int?
    /// Seconds from one keyframe to the next; `nil` until two were seen.
    public var keyframeSeconds: Double?
    /// Bits per second as measured.
    public var bitRate: Double
    public var frames: Int
    public var keyframes: Int
  }
  public struct Audio: Hashable, Sendable {
    public var codec: AudioCodec
    public var sampleRate: Int
    public var channels: Int
    public var bitRate: Double
    public var packets: Int
  }
  public enum Oddity: Hashable, Sendable {
    /// No keyframe within the look: the picture starts late after each connect.
    case noKeyframe
    /// The description holds no parameter sets; they come in band only.
    case noParameterSetsInDescription
    /// Packets (their count) without a timestamp.
    case missingTimestamps(Int)
    /// Times that ran backwards (their count).
    case backwardTimestamps(Int)
    /// Pictures aren't sent in the order in which they are shown.
    case bFrames
    /// libav noticed missing or reordered RTP packets (their count).
    case loss(Int)
    /// Sound is described, but none came.
    case noSound
    /// The stream ended or fell silent while it was looked at.
    case brokeOff(FFmpegError.Kind)
    /// Something was left out; in words.
    case note(String)
  }
  public var video: Video
  public var audio: Audio?
  public var greeting: Greeting
  public var oddities: [Oddity]
}

public enum StreamProbe {
  /// Opens the stream, reads it, and says what it is made of. Decodes nothing.
  ///
  /// Reads for `span`, and on until two keyframes were seen, at most for `limit`.
  ///
  /// - Throws: as `StreamSource.open`; and as `StreamSource.read` when not one picture came.
  public static func run(
    _ request: StreamRequest, token: InterruptToken, span: Duration = .seconds(3), limit: Duration = .seconds(6)
  ) throws(FFmpegError) -> ProbeFindings {
    try run(StreamSource.open(request, token: token), span: span, limit: limit)
  }

  /// The same for a file, which is read as fast as it goes; the spans are then those of its timestamps.
  package static func run(file path: String, token: InterruptToken) throws(FFmpegError) -> ProbeFindings {
    try run(StreamSource.openFile(path, token: token), span: .seconds(600), limit: .seconds(600))
  }

  private static func run(
    _ source: StreamSource, span: Duration, limit: Duration
  ) throws(FFmpegError) -> ProbeFindings {
    var look = Look(source: source)
    do {
      while !look.isDone(span: span, limit: limit) { look.take(try source.read()) }
    } catch {
      guard look.frames > 0, error.kind != .cancelled else { throw error }
      look.brokeOff = error.kind
    }
    return look.findings
  }
}

/// Counts while the packets go by.
private struct Look {
  let source: StreamSource
  var brokeOff: FFmpegError.Kind?
  private(set) var frames = 0
  private var videoBytes = 0
  private var audioPackets = 0
  private var audioBytes = 0
  private var missing = 0
  private var size: PictureSize?
  private var times: [Int64] = []
  private var backward: [Int64] = []
  private var keyframes: [(frame: Int, time: Int64?)] = []
  private var firstArrival: MonotonicTime?
  private var lastArrival: MonotonicTime?

  init(source: StreamSource) { self.source = source }

  func isDone(span: Duration, limit: Duration) -> Bool {
    guard let firstArrival, let lastArrival else { return false }
    let seen = lastArrival - firstArrival
    return seen >= limit || (seen >= span && keyframes.count >= 2)
  }

  mutating func take(_ packet: Packet) {
    if firstArrival == nil { firstArrival = packet.arrival }
    lastArrival = packet.arrival
    guard packet.kind == .video else {
      audioPackets += 1
      audioBytes += packet.byteCount
      return
    }
    if packet.isKeyframe {
      keyframes.append((frames, packet.pts))
      if size == nil {
        size = PictureSize.read(
          codec: source.video.codec, parameterSets: source.video.parameterSets, keyframe: packet)
      }
    }
    frames += 1
    videoBytes += packet.byteCount
    guard let pts = packet.pts else {
      missing += 1
      return
    }
    if let last = times.last, pts < last { backward.append(last - pts) }
    times.append(pts)
  }

  // MARK: What it comes to

  /// From the first picture's time to the last one's; by arrival when the stream has no times that can be used.
  private var seconds: Double {
    if times.count >= 2, let least = times.min(), let most = times.max(), most > least {
      return source.video.timeBase.seconds(most - least)
    }
    guard let firstArrival, let lastArrival else { return 0 }
    return (lastArrival - firstArrival).inSeconds
  }

  var findings: ProbeFindings {
    let timed = times.count >= 2 ? times.count : frames
    let rate = timed >= 2 && seconds > 0 ? Double(timed - 1) / seconds : nil
    // The last picture lasts as long as the others.
    let whole = seconds + (rate.map { 1 / $0 } ?? 0)
    func perSecond(_ bytes: Int) -> Double { whole > 0 ? Double(bytes) * 8 / whole : 0 }
    var keyframeSeconds: Double?
    if keyframes.count >= 2, let one = keyframes[0].time, let two = keyframes[1].time, two > one {
      keyframeSeconds = source.video.timeBase.seconds(two - one)
    }
    let video = ProbeFindings.Video(
      codec: source.video.codec, size: size, frameRate: rate,
      keyframeInterval: keyframes.count >= 2 ? keyframes[1].frame - keyframes[0].frame : nil,
      keyframeSeconds: keyframeSeconds, bitRate: perSecond(videoBytes), frames: frames, keyframes: keyframes.count)
    let audio = source.audio.map {
      ProbeFindings.Audio(
        codec: $0.codec, sampleRate: $0.sampleRate, channels: $0.channels, bitRate: perSecond(audioBytes),
        packets: audioPackets)
    }
    return ProbeFindings(video: video, audio: audio, greeting: source.greeting, oddities: oddities)
  }

  private var oddities: [ProbeFindings.Oddity] {
    var found: [ProbeFindings.Oddity] = source.notes.map { .note($0) }
    if keyframes.isEmpty { found.append(.noKeyframe) }
    if source.video.parameterSets.isEmpty { found.append(.noParameterSetsInDescription) }
    if missing > 0 { found.append(.missingTimestamps(missing)) }
    if !backward.isEmpty {
      // B-frames step back by a few frames, again and again; a clock that is set steps once, or far.
      let isReordering = backward.count >= 2 && backward.allSatisfy { source.video.timeBase.seconds($0) < 1 }
      found.append(isReordering ? .bFrames : .backwardTimestamps(backward.count))
    }
    if source.audio != nil, audioPackets == 0 { found.append(.noSound) }
    if source.lossCount > 0 { found.append(.loss(source.lossCount)) }
    if let brokeOff, brokeOff != .ended || source.greeting != Greeting() { found.append(.brokeOff(brokeOff)) }
    return found
  }
}
