internal import CBulkRead
internal import CFFmpeg
internal import Domain

/// One open stream of a camera. Lives and dies on the thread that opened it; only its token may be touched by others.
///
/// What the packets look like, with libav 5.1 over RTSP and without its analysis of the stream (which would cost 0.8 to
/// 2.5 s at every connect):
/// - A video packet is a whole access unit, parameter sets, SEI and all slices, in Annex B form. libav knows that a unit
///   is complete when the next one begins, so each comes one frame late.
/// - `pts` counts from the first RTP packet of the session, in the stream's time base. libav gives the first unit none;
///   it is worked out from the next ones, which are waited for. With sound, libav moves both streams to the sender reports' clock when the
///   first report arrives: times jump once then, in each stream for itself.
/// - `dts` is missing with H.264 and can't be relied on. Packets come in decoding order; with B-frames their `pts` go up
///   and down.
/// - `duration` is what the parameter sets say, 0 when they say nothing.
public final class StreamSource {
  public let video: VideoStream
  /// `nil` when sound wasn't wanted, isn't there, or is of a codec that isn't read (then `notes` says so).
  public let audio: AudioStream?
  public let greeting: Greeting
  /// What was left out or is odd, in words for the page.
  public let notes: [String]

  private let input: Input
  private let videoIndex: Int32
  private let audioIndex: Int32
  /// `nil` for a file, which can't fall silent.
  private let silenceLimit: Duration?
  private var start: StartTimes?
  private var ready: [Packet] = []

  /// Connects and asks the camera to play. Blocks for at most `request.openLimit`.
  public static func open(_ request: StreamRequest, token: InterruptToken) throws(FFmpegError) -> StreamSource {
    token.arm(request.openLimit)
    var input = try Input.openCamera(request, token: token)
    var notes: [String] = []
    if request.wantsAudio, let unread = input.unreadAudio {
      // The camera has set the sound up already and would send it; another session leaves it out. The first one ends
      // before, for cameras that grant only one.
      input.close()
      notes.append("sound is left out: \(unread) isn't read")
      input = try Input.openCamera(request.withoutAudio, token: token)
    }
    if input.witness.heard.greeting.authentication == "Basic", request.address.scheme == .rtsp {
      notes.append("the camera takes the password readable only (Basic)")
    }
    let source = try StreamSource(input, silenceLimit: request.silenceLimit, notes: notes)
    try input.play()
    token.arm(request.silenceLimit)
    return source
  }

  /// Opens a file: for tests, and for footage that is looked at again.
  package static func openFile(_ path: String, token: InterruptToken) throws(FFmpegError) -> StreamSource {
    try StreamSource(Input.openFile(path, token: token), silenceLimit: nil, notes: [])
  }

  private init(_ input: Input, silenceLimit: Duration?, notes: [String]) throws(FFmpegError) {
    let (video, videoIndex) = try input.video()
    self.input = input
    self.video = video
    self.videoIndex = videoIndex
    let audio = input.audio()
    self.audio = audio?.stream
    self.audioIndex = audio?.index ?? -1
    self.silenceLimit = silenceLimit
    self.greeting = input.witness.heard.greeting
    self.notes = notes
    start = silenceLimit == nil ? nil : StartTimes()
  }

  /// Waits for the next packet. Blocks until there is one, until no video came for `silenceLimit` (`.timedOut`), until
  /// the token is cancelled (`.cancelled`) or the camera ends the session (`.ended`).
  ///
  /// After an error the source is finished.
  public func read() throws(FFmpegError) -> Packet {
    while true {
      if !ready.isEmpty { return ready.removeFirst() }
      let packet = try next()
      if start == nil { return packet }
      ready = start?.take(packet) ?? [packet]
      if start?.isDone ?? false { start = nil }
    }
  }

  private func next() throws(FFmpegError) -> Packet {
    while true {
      let index = try input.readFrame()
      let kind: Packet.Kind
      switch index {
      case videoIndex: kind = .video
      case audioIndex: kind = .audio
      default: continue
      }
      // When the deadline interrupts libav, it first hands out the picture its parser still held: that is no sign of life.
      if kind == .video, let silenceLimit, !input.token.isExpired { input.token.arm(silenceLimit) }
      return try Packet(moving: input.scratch, kind: kind)
    }
  }

  /// How long bytes that arrived may wait for more to come with them: each wake-up costs as much as reading a picture. Over
  /// TCP only; `.zero` (at first) hands out everything as it comes.
  ///
  /// - Parameter bell: the descriptor of an eventfd that ends such a wait when it is rung, open for as long as this source;
  ///   -1 without one.
  public func linger(_ span: Duration, bell: Int32 = -1) {
    let (seconds, attoseconds) = span.components
    hearth_bulk_linger(Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000), bell)
  }

  /// How often the kernel was asked for bytes of this session.
  public var readCount: UInt64 { hearth_bulk_reads() }

  /// How often libav noticed that RTP packets were missing, since opening. Over TCP it looks at no sequence numbers, so
  /// what a camera leaves out by itself isn't counted; decoding shows it (`Picture.isDamaged`).
  public var lossCount: Int { input.witness.heard.losses }
}

/// Works out the times that libav leaves out at a session's start, so that the first keyframe isn't lost to whoever
/// needs one. Holds back the video before the first two or three timed packets, a handful at most; sound passes.
struct StartTimes {
  private static let mostHeld = 8
  private var held: [Packet] = []
  private(set) var isDone = false

  /// Takes the next packet in order and gives what may go on.
  mutating func take(_ packet: Packet) -> [Packet] {
    guard packet.kind == .video else { return [packet] }
    held.append(packet)
    guard let timed = held.firstIndex(where: { $0.pts != nil }) else { return unlessFull() }
    if timed == 0 { return end() }
    // With B-frames the times after a keyframe first fall, and the least of them is the one next to the keyframe's.
    let times = held[timed...].compactMap(\.pts)
    guard times.count >= 2, let least = times.min(), let last = times.last, last > least else { return unlessFull() }
    let sorted = times.sorted()
    let closest = zip(sorted, sorted.dropFirst()).map { $1 - $0 }.min() ?? 0
    let step = held[timed - 1].duration > 0 ? held[timed - 1].duration : closest
    for (index, early) in held[..<timed].enumerated() {
      early.pointer.pointee.pts = least - step * Int64(timed - index)
    }
    return end()
  }

  private mutating func unlessFull() -> [Packet] { held.count < Self.mostHeld ? [] : end() }

  private mutating func end() -> [Packet] {
    isDone = true
    defer { held = [] }
    return held
  }
}
