import Domain
import FFmpeg
import Motion
import Recording
import WorkerProtocol

/// Decodes a stream, looks for motion, and turns it into events. Lives on the stream's thread.
final class Detection {
  /// Which pictures are decoded.
  enum Coverage { case everyFrame, keyframes }

  private let parts: Parts
  private let decoder: VideoDecoder
  private var coverage: Coverage
  private var watch: PictureWatch
  /// The times of the packets that were sent to the decoder, by their timestamps: pictures come out later.
  private var times: [(pts: Int64?, time: MonotonicTime)] = []
  private var isDisabled = false

  private var current: EventID?
  /// UTC minus monotonic when the running event began: a step of the clock must not tear it apart.
  private var offset: Int64 = 0
  private var bestPicture: Picture?
  private var suppressed: [SuppressedCandidate] = []
  private var suppressedAt = SystemClock.monotonic()
  private var suppressedCount = 0

  init(_ source: VideoStream, coverage: Coverage, parts: Parts) throws {
    self.parts = parts
    self.coverage = coverage
    decoder = try VideoDecoder(codec: source.codec, parameterSets: source.parameterSets)
    watch = PictureWatch(parts.settings.motion)
  }

  /// Decodes one packet and looks at what comes out.
  func take(_ packet: Packet, _ taken: StreamPipeline.Taken) {
    guard !isDisabled, coverage == .everyFrame || taken.isKeyframe else { return }
    times.append((packet.pts ?? packet.dts, taken.time))
    if times.count > 64 { times.removeFirst(32) }
    do {
      try decoder.decode(packet) { look(at: $0, otherwise: taken.time) }
    } catch {
      switch error.kind {
      case .tooLarge, .unsupportedCodec, .other: disable(error)
      default: break  // A damaged packet; the next one may be fine.
      }
    }
  }

  private func disable(_ error: FFmpegError) {
    isDisabled = true
    parts.gate.isBlind = true
    parts.log.line("motion is not looked for: \(error)")
    parts.bulletin.set(notes: ["Motion is not looked for: \(error.text)."], of: "decoder")
  }

  private func look(at picture: Picture, otherwise latest: MonotonicTime) {
    let time = picture.pts.flatMap { pts in times.last { $0.pts == pts }?.time } ?? latest
    parts.filmstrip.take(picture, time)
    let seen: (activity: MotionActivity, actions: [EventTracker.Action])?
    do { seen = try watch.look(at: picture, time: time) } catch { return disable(error) }
    guard let (activity, actions) = seen else { return }
    parts.gate.isBlind = false
    perform(actions, picture)
    if activity.isActive, let draft = watch.tracker.running {
      parts.gate.report(since: draft.start, lastActive: draft.lastActive)
    }
    keep(activity.suppressed)
  }

  /// The stream is gone: an event that runs ends here.
  func end() {
    perform(watch.end(), nil)
    flushSuppressed(atLeastEvery: .zero)
  }

  // MARK: Events

  private func perform(_ actions: [EventTracker.Action], _ picture: Picture?) {
    var written: (EventTracker.Draft, isClosed: Bool)?
    for action in actions {
      switch action {
      case .opened(let draft):
        if let written { write(written.0, isClosed: written.isClosed) }
        var generator = SystemRandomNumberGenerator()
        current = .mint(camera: parts.settings.id, using: &generator)
        offset = parts.mapping.offset
        bestPicture = nil
        written = (draft, false)
      case .best: bestPicture = picture
      case .updated(let draft): written = (draft, false)
      case .closed(let draft): written = (draft, true)
      }
    }
    if let written { write(written.0, isClosed: written.isClosed) }
  }

  private func write(_ draft: EventTracker.Draft, isClosed: Bool) {
    guard let current else { return }
    func wall(_ time: MonotonicTime) -> WallTime { WallTime(nanoseconds: time.nanoseconds &+ offset) }
    let event = Event(
      id: current, start: wall(draft.start), end: isClosed ? wall(draft.lastActive) : nil, best: wall(draft.best),
      peak: draft.peak, boxes: draft.boxes, reasons: draft.reasons,
      zones: draft.zones)
    if !parts.queue.push(.event(EventJob(event: event, picture: bestPicture))) {
      parts.log.line("an event could not be written: the disk does not answer")
    }
    bestPicture = nil
    if isClosed { self.current = nil }
  }

  // MARK: What was not reported

  private func keep(_ candidates: [SuppressedCandidate]) {
    suppressedCount += candidates.count
    suppressed += candidates.prefix(max(0, 8 - suppressed.count))
    flushSuppressed(atLeastEvery: .seconds(20))
  }

  private func flushSuppressed(atLeastEvery period: Duration) {
    let now = SystemClock.monotonic()
    guard !suppressed.isEmpty, now - suppressedAt >= period else { return }
    suppressedAt = now
    let lines = suppressed.map { candidate in
      JournalLine.suppressed(
        SystemClock.wall(), from: parts.mapping.wall(MonotonicTime(nanoseconds: candidate.from.nanoseconds)),
        to: parts.mapping.wall(MonotonicTime(nanoseconds: candidate.to.nanoseconds)), cause: candidate.cause.rawValue,
        why: candidate.why, count: suppressedCount)
    }
    suppressed = []
    suppressedCount = 0
    parts.journal { _ in lines.joined(separator: "\n") }
  }
}
