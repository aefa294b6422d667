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
  /// Whether something moves, or is followed because it may: then each picture is worth having soon.
  private(set) var isAlert = false

  /// What is to be decoded, oldest first, and the time of the last picture that came.
  private var waiting: [(packet: Packet, taken: StreamPipeline.Taken)] = []
  private var lastTaken: MonotonicTime?
  private static let longestWait = Duration.milliseconds(800)
  /// Pictures that are further apart don't wait.
  private static let longestStep = Duration.milliseconds(250)

  private var current: EventID?
  /// UTC minus monotonic when the running event began: a step of the clock must not tear it apart.
  private var offset: ClockOffset
  private var bestPicture: Picture?
  private static let encoder = JPEGEncoder(maxWidth: 640)
  private var zonesNote: String?
  private var settingsVersion: Int
  private var suppressed = SuppressedBatch()
  private var suppressedAt = SystemClock.monotonic()

  /// - Parameter parameterSets: those in force now, which may be others than the session began with.
  init(_ source: VideoStream, parameterSets: [UInt8], coverage: Coverage, parts: Parts) throws {
    self.parts = parts
    self.coverage = coverage
    decoder = try VideoDecoder(
      codec: source.codec, parameterSets: parameterSets.isEmpty ? source.parameterSets : parameterSets)
    settingsVersion = parts.current.version
    watch = PictureWatch(parts.settings.motion)
    offset = parts.mapping.offset
  }

  /// Takes the next packet: decodes it, with those that wait, and looks at what comes out. While nothing is about, pictures
  /// wait for each other: several in a row cost less than each by itself (see `ReadingPace`). The first sign of something
  /// comes that much later; by when it is motion, every picture is looked at at once.
  func take(_ packet: Packet, _ taken: StreamPipeline.Taken) {
    guard !isDisabled, coverage == .everyFrame || taken.isKeyframe else { return }
    let since = waiting.first?.taken.time ?? taken.time
    let step = lastTaken.map { taken.time - $0 } ?? Self.longestStep
    lastTaken = taken.time
    waiting.append((packet, taken))
    let isWorthwhile = step < Self.longestStep && taken.time >= since && taken.time - since < Self.longestWait
    if coverage == .keyframes || isAlert || !isWorthwhile { lookAtWaiting() }
  }

  private func lookAtWaiting() {
    followSettings()
    let packets = waiting
    waiting.removeAll(keepingCapacity: true)
    for (packet, taken) in packets where !isDisabled { decode(packet, taken) }
  }

  private func followSettings() {
    let version = parts.current.version
    guard version != settingsVersion else { return }
    settingsVersion = version
    watch.change(to: parts.settings.motion)
  }

  private func decode(_ packet: Packet, _ taken: StreamPipeline.Taken) {
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
    isAlert = activity.hasCandidates
    if watch.zonesNote != zonesNote {
      zonesNote = watch.zonesNote
      parts.bulletin.set(notes: zonesNote.map { [$0] } ?? [], of: "zones")
    }
    perform(actions, picture)
    if activity.isActive, let draft = watch.tracker.running {
      parts.gate.report(since: draft.start, lastActive: draft.lastActive)
    }
    keep(activity.suppressed)
  }

  /// The stream is gone: an event that runs ends here.
  func end() {
    lookAtWaiting()
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
    let event = Event(
      id: current, start: offset.wall(draft.start), end: isClosed ? offset.wall(draft.lastActive) : nil,
      best: offset.wall(draft.best),
      peak: draft.peak, boxes: draft.boxes, reasons: draft.reasons,
      zones: draft.zones)
    if !parts.queue.push(.event(EventJob(event: event, thumbnail: bestPicture.flatMap(thumbnail)))) {
      parts.log.line("an event could not be written: the disk does not answer")
    }
    bestPicture = nil
    if isClosed { self.current = nil }
  }

  /// Encoded here and not where it is written: the disk's thread has to do with bytes alone.
  private func thumbnail(_ picture: Picture) -> [UInt8]? {
    do { return try Self.encoder.encode(picture) } catch {
      parts.log.line("a thumbnail could not be encoded: \(error)")
      return nil
    }
  }

  // MARK: What was not reported

  private func keep(_ candidates: [SuppressedCandidate]) {
    suppressed.take(candidates)
    flushSuppressed(atLeastEvery: .seconds(20))
  }

  private func flushSuppressed(atLeastEvery period: Duration) {
    let now = SystemClock.monotonic()
    guard !suppressed.isEmpty, now - suppressedAt >= period else { return }
    suppressedAt = now
    let lines = suppressed.lines { parts.mapping.wall(MonotonicTime(nanoseconds: $0.nanoseconds)) }
    suppressed = SuppressedBatch()
    parts.queue.push(.suppressed(lines, at: SystemClock.wall()))
  }
}
