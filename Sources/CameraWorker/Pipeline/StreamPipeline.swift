import WorkerProtocol
import Domain
import FFmpeg
import MP4
import Recording

/// What one connection's packets become: samples, fragments, segments, live view. Lives on the stream's thread; only
/// finished fragments leave it.
final class StreamPipeline {
  private let role: StreamRole
  private let parts: Parts
  private let codec: VideoCodec
  private let numbers: GenerationNumbers
  private let source: VideoStream

  private var configuration: VideoConfiguration?
  private var nextConfiguration: VideoConfiguration?
  private var pendingSets: [[UInt8]] = []
  private var generation: Generation?
  /// Those that hold, as a decoder takes them.
  private(set) var parameterSets: [UInt8] = []
  private var pictureNumber: UInt64 = 0
  private var waitsForKeyframe = true
  /// Since when packets come with which nothing can be begun; and whether that was told.
  private var uselessSince: MonotonicTime?
  private var isUselessTold = false
  private var unreadableSets: MP4Error?

  private var repair: TimestampRepair
  private var cutter: FragmentCutter
  private var output: SegmentOutput
  private var sound: SoundPipeline?

  private var video: [Sample] = []
  private var soundSamples: [SoundSample] = []
  private var interval = Duration.milliseconds(40)
  private var lastDecode: MonotonicTime?

  /// The finished fragments since the last keyframe, for those who begin to watch.
  private var group: [PendingFragment] = []
  private var groupBytes = 0
  private static let mostGroupBytes = 24 << 20

  private var meter = FrameMeter()
  private var repairsReported = TimestampRepair.Counts()
  private var reportedAt = SystemClock.monotonic()

  /// - Parameter sound: `nil` when none is recorded.
  init(role: StreamRole, source: VideoStream, sound: SoundPipeline?, parts: Parts, numbers: GenerationNumbers) {
    self.role = role
    self.parts = parts
    self.numbers = numbers
    self.sound = sound
    self.source = source
    codec = source.codec
    repair = TimestampRepair(
      numerator: Int64(source.timeBase.numerator), denominator: Int64(source.timeBase.denominator), mayReorder: true)
    cutter = FragmentCutter(longest: .milliseconds(parts.configuration.fragmentMilliseconds))
    output = SegmentOutput(role: role, parts: parts)
    do {
      configuration = try VideoConfiguration(codec: source.codec, annexB: source.parameterSets)
    } catch {
      // Many cameras describe none and send them with the first keyframe.
      unreadableSets = error.kind == .missing ? nil : error
    }
  }

  /// A picture that was taken: its time, for who decodes it.
  struct Taken {
    var time: MonotonicTime
    var isKeyframe: Bool
  }

  /// Looks at a packet's time before any is taken.
  func observe(_ packet: Packet) {
    switch packet.kind {
    case .video:
      repair.observe(presentation: packet.pts, decode: packet.dts, arrival: packet.arrival)
    case .audio: sound?.observe(packet)
    }
  }

  /// Takes the next packet of the connection.
  ///
  /// - Returns: what it was, when it is a picture that can be decoded.
  func take(_ packet: Packet) -> Taken? {
    switch packet.kind {
    case .video: return takePicture(packet)
    case .audio:
      takeSound(packet)
      return nil
    }
  }

  private func takeSound(_ packet: Packet) {
    guard let generation else { return }
    let known = soundSamples.count
    sound?.take(packet) { soundSamples.append($0) }
    if soundSamples.count > known, let hub = parts.hubs[role], hub.hasWatchers {
      hub.play(Array(soundSamples[known...]), of: generation)
    }
  }

  private func takePicture(_ packet: Packet) -> Taken? {
    let taken = takeUnit(packet)
    if taken != nil {
      uselessSince = nil
      isUselessTold = false
    } else {
      tellUseless(packet.arrival)
    }
    return taken
  }

  /// A camera that sends and sends, and nothing that a recording could begin with, is as good as offline, and its owner
  /// can do something about it.
  private func tellUseless(_ now: MonotonicTime) {
    let since = uselessSince ?? now
    uselessSince = since
    guard role == .main, !isUselessTold, now - since > Self.longestUseless else { return }
    isUselessTold = true
    let cause =
      switch unreadableSets {
      case nil: "it sends no keyframe, so there is nothing to begin with: have the camera send one every few seconds"
      case let error? where error.kind == .tooLarge: "its pictures are larger than are recorded: set a smaller size"
      case let error?: "what it says about its pictures can't be read (\(error))"
      }
    parts.bulletin.set(.offline, cause: cause)
  }

  private static let longestUseless = Duration.seconds(15)

  private func takeUnit(_ packet: Packet) -> Taken? {
    let unit = packet.withBytes { AccessUnit(annexB: $0, codec: codec) }
    pendingSets += unit.parameterSets
    guard unit.hasPicture else { return nil }
    let times = repair.repair(presentation: packet.pts, decode: packet.dts, arrival: packet.arrival)
    if !pendingSets.isEmpty { learn() }
    if unit.isKeyframe {
      beginGenerationIfNeeded(times.decode)
      waitsForKeyframe = generation == nil
    } else if nextConfiguration != nil {
      // The new parameters are there and their keyframe is not: what lies between can't be decoded.
      waitsForKeyframe = true
    }
    guard let generation, !waitsForKeyframe else { return nil }

    pictureNumber += 1
    let sample = Sample(
      bytes: unit.sample, decode: times.decode, composition: times.compositionOffset,
      isSync: unit.isKeyframe, number: pictureNumber)
    if let lastDecode { interval = min(max(sample.decode - lastDecode, .milliseconds(1)), .seconds(1)) }
    lastDecode = sample.decode
    if cutter.endsBefore(decode: times.decode, isKeyframe: unit.isKeyframe, bytes: unit.sample.count) {
      finishFragment(end: sample.decode)
    }
    if unit.isKeyframe {
      group = []
      groupBytes = 0
    }
    video.append(sample)
    show(sample, generation)
    if role == .main, unit.isKeyframe {
      parts.snapshots.keep(
        packet, codec: codec, parameterSets: parameterSets, time: parts.mapping.wall(times.decode))
    }
    if let rate = meter.take(times.decode) { publish(generation, frameRate: rate) }
    output.followMotion()
    return Taken(time: times.decode, isKeyframe: unit.isKeyframe)
  }

  // MARK: Parameters

  private func learn() {
    defer { pendingSets = [] }
    do throws(MP4Error) {
      if let configuration {
        if let updated = try (nextConfiguration ?? configuration).updated(with: pendingSets) {
          nextConfiguration = updated == configuration ? nil : updated
        }
      } else {
        configuration = try VideoConfiguration(codec: codec, parameterSets: pendingSets)
      }
    } catch {
      // Damaged on the way: those that hold go on holding. Said once for each fault: it may come for ever.
      if unreadableSets != error { parts.log.line("\(role.rawValue): parameter sets could not be read: \(error)") }
      unreadableSets = error
    }
  }

  private func beginGenerationIfNeeded(_ decode: MonotonicTime) {
    if let nextConfiguration {
      configuration = nextConfiguration
      self.nextConfiguration = nil
    } else if generation != nil {
      return
    }
    guard let configuration else { return }
    if generation != nil {
      finishFragment(end: decode)
      cutter.reset()
    }
    group = []
    groupBytes = 0
    pictureNumber = 0
    parameterSets = configuration.annexB
    let generation = Generation(
      number: numbers.next(), video: configuration, sound: sound?.configuration, base: decode)
    self.generation = generation
    publish(generation, frameRate: nil)
  }

  private func publish(_ generation: Generation, frameRate: Double?) {
    parts.bulletin.set(
      StreamFacts(
        role: role, codec: codec, width: generation.video.width, height: generation.video.height,
        frameRate: frameRate ?? meter.rate), for: role)
  }

  var size: (width: Int, height: Int)? { generation.map { ($0.video.width, $0.video.height) } }

  // MARK: Fragments

  private func finishFragment(end: MonotonicTime) {
    guard let generation, !video.isEmpty else { return }
    let pending = PendingFragment(generation: generation, video: video, sound: soundSamples, end: end)
    video.removeAll(keepingCapacity: true)
    soundSamples.removeAll(keepingCapacity: true)
    group.append(pending)
    groupBytes += pending.byteCount
    if groupBytes > Self.mostGroupBytes { group = [] }
    output.take(pending)
    reportRepairs(atLeastEvery: .seconds(60))
  }

  private func show(_ sample: Sample, _ generation: Generation) {
    guard let hub = parts.hubs[role], hub.hasWatchers else { return }
    hub.show(sample, of: generation, interval: interval) {
      let all = group.flatMap(\.video) + video
      return all.first?.isSync == true ? all : []
    }
  }

  /// The connection is over: what is open is written out.
  func end(_ cause: SegmentOutput.CloseCause) {
    if let lastDecode { finishFragment(end: lastDecode + interval) }
    output.end(cause)
    reportRepairs(atLeastEvery: .zero)
    parts.bulletin.set(nil, for: role)
    if role == .main { parts.snapshots.forget() }
  }

  private func reportRepairs(atLeastEvery period: Duration) {
    let now = SystemClock.monotonic()
    guard now - reportedAt >= period else { return }
    reportedAt = now
    let fresh = repair.counts.since(repairsReported)
    guard fresh.total > 0 else { return }
    repairsReported = repair.counts
    let named = [
      "missing": fresh.missing, "equal": fresh.equal, "backwards": fresh.backwards, "jumps": fresh.jumps,
      "wraps": fresh.wraps,
    ].filter { $0.value > 0 }
    parts.journal(.repairs(role, counts: named))
  }
}

/// Numbers the generations of one stream over all its connections.
final class GenerationNumbers {
  private var last: UInt32 = 0
  func next() -> UInt32 {
    last += 1
    return last
  }
}
