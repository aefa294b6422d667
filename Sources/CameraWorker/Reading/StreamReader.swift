import WorkerProtocol
import Domain
import FFmpeg
import Recording

/// Reads one stream of the camera for ever: connects, reads, and tries again as the policy says. Has a thread of its own;
/// packets never leave it.
final class StreamReader {
  private let role: StreamRole
  private let address: CameraAddress
  private let parts: Parts
  private let token: InterruptToken
  private let numbers = GenerationNumbers()
  private var policy = ReconnectPolicy()
  private var generator = SystemRandomNumberGenerator()
  private var failedConnects = 0

  init(role: StreamRole, address: CameraAddress, parts: Parts, token: InterruptToken) {
    self.role = role
    self.address = address
    self.parts = parts
    self.token = token
  }

  /// Works until the worker stops.
  func run() {
    if role == .detect { waitForLogin() }
    while !parts.control.isStopping {
      guard let failure = connectAndRead() else { return }
      tell(failure)
      switch policy.failed(failure.isPassword ? .wrongPassword : .other, using: &generator) {
      case .hold:
        parts.log.line("\(role.rawValue): waits for new settings")
        _ = parts.control.pause(.seconds(365 * 86_400))
        return
      case .retry(let wait):
        guard parts.control.pause(wait) else { return }
      }
    }
  }

  private func waitForLogin() {
    while !parts.control.isStopping, parts.login.withLock({ $0 }) != true {
      _ = parts.login.wait(until: SystemClock.monotonic() + .milliseconds(250)) { $0 == true ? true : nil }
    }
  }

  /// - Returns: what ended it; `nil` when the worker stops.
  private func connectAndRead() -> StreamFailure? {
    if role == .main, policy.isFresh { parts.bulletin.set(.connecting) }
    guard parts.control.takeSlot() else { return nil }
    var slot = Slot(control: parts.control)
    defer { slot.release() }
    let host: String
    do {
      let hosts = try HostResolution.resolve(address.host)
      host = hosts[failedConnects % hosts.count]
    } catch {
      failedConnects += 1
      return parts.control.isStopping ? nil : StreamFailure(error, address: address)
    }
    token.work()
    defer { token.rest() }
    let approach = parts.devices.approach(role, address, host: host) {
      token.work()
      return !parts.control.isStopping
    }
    let source: StreamSource
    do {
      let settings = parts.settings
      var request = StreamRequest(
        address: address, numericHost: host, user: settings.user, password: parts.configuration.password,
        transport: settings.transport, wantsAudio: settings.audio && role == .main)
      request.mayLogIn = parts.devices.loginGuard(approach)
      source = try StreamSource.open(request, token: token)
    } catch {
      failedConnects += 1
      if parts.control.isStopping { return nil }
      return parts.devices.stranger(approach, error, parts) ?? StreamFailure(error, address: address)
    }
    policy.accepted()
    if role == .main { parts.login.update { $0 = true } }
    let sighting = parts.devices.see(approach, source.greeting, parts)
    guard sighting.verdict.isTrusted else {
      slot.release()
      return HeldApart.read(source, sighting, parts)
    }
    // It plays. Its first keyframe may take seconds, which nobody else has to wait for.
    slot.release()
    return read(source)
  }

  private func read(_ source: StreamSource) -> StreamFailure? {
    var notes = source.notes
    let pipeline = StreamPipeline(
      role: role, source: source.video, sound: sound(source, &notes), parts: parts, numbers: numbers)
    parts.bulletin.set(notes: notes, of: role.rawValue)
    var search = MotionSearch(settingsVersion: parts.current.version, isWanted: looksForMotion)
    var settling = Settling<Packet>()
    let started = SystemClock.monotonic()
    var isHealthy = false
    var isSettled = false
    var pace = ReadingPace()
    defer { search.detection?.end() }
    while true {
      do {
        if isSettled { adapt(&pace, source, isAlert: search.detection?.isAlert ?? false) }
        let read = try source.read()
        for packet in settling.take(read, arrival: read.arrival, observe: pipeline.observe) {
          guard let taken = pipeline.take(packet) else { continue }
          let lasted = taken.time - started
          isSettled = isSettled || lasted >= Self.settledAfter
          if lasted >= .seconds(10) { policy.succeeded() } else if lasted >= .seconds(2) { policy.glimpsed() }
          look(at: packet, taken, &search, source.video, pipeline)
          if !isHealthy, role == .main, lasted >= parts.configuration.timing.goodRun {
            isHealthy = true
            parts.control.send(.healthy)
          }
        }
      } catch {
        if parts.control.isStopping {
          pipeline.end(.stopped)
          return nil
        }
        // One packet that libav could not read is no reason to leave.
        if error.kind == .invalidData { continue }
        pipeline.end(.streamLost)
        return StreamFailure(error, address: address)
      }
    }
  }

  /// Until then every picture is read as it comes. By then most cameras have sent their first sender report, at which libav
  /// may set a stream's clock: how far is seen best by when its pictures arrive.
  private static let settledAfter = Duration.seconds(10)

  private func adapt(_ pace: inout ReadingPace, _ source: StreamSource, isAlert: Bool) {
    guard let hub = parts.hubs[role] else { return }
    guard let span = pace.change(isWatched: hub.hasWatchers, isAlert: isAlert) else { return }
    source.linger(span, bell: hub.bell.number)
  }

  /// Motion detection over one connection.
  private struct MotionSearch {
    var settingsVersion: Int
    /// Whether the settings ask for it, and whether it is still tried.
    var isAskedFor: Bool
    var isWanted: Bool
    var detection: Detection?

    init(settingsVersion: Int, isWanted: Bool) {
      self.settingsVersion = settingsVersion
      isAskedFor = isWanted
      self.isWanted = isWanted
    }
  }

  private func look(
    at packet: Packet, _ taken: StreamPipeline.Taken, _ search: inout MotionSearch, _ video: VideoStream,
    _ pipeline: StreamPipeline
  ) {
    if parts.current.version != search.settingsVersion { followSettings(&search) }
    if search.isWanted {
      // A decoder begins at a keyframe: also one that is wanted only from now on.
      if search.detection == nil, taken.isKeyframe {
        search.detection = makeDetection(video, pipeline)
        search.isWanted = search.detection != nil
      }
      search.detection?.take(packet, taken)
    } else if showsKeyframes, taken.isKeyframe {
      parts.filmstrip.take(
        keyframe: packet, taken.time, codec: video.codec, parameterSets: pipeline.parameterSets)
    }
  }

  private func followSettings(_ search: inout MotionSearch) {
    search.settingsVersion = parts.current.version
    // Only a change of this is followed: a decoder that could not be made is not tried again for a new name.
    guard looksForMotion != search.isAskedFor else { return }
    search.isAskedFor = looksForMotion
    search.isWanted = looksForMotion
    guard !search.isWanted else { return }
    // Motion detection was turned off: an event that runs ends here.
    search.detection?.end()
    search.detection = nil
    parts.gate.isBlind = false
    for note in ["motion", "zones", "decoder"] { parts.bulletin.set(notes: [], of: note) }
  }

  private var looksForMotion: Bool {
    let settings = parts.settings
    guard settings.motion.enabled, settings.record != .off else { return false }
    return role == .detect || settings.detect == nil
  }

  /// Whether nothing is decoded although there is to be a filmstrip: then a keyframe now and then is.
  private var showsKeyframes: Bool {
    let settings = parts.settings
    return !settings.motion.enabled && settings.record != .off && (role == .detect || settings.detect == nil)
  }

  private func makeDetection(_ video: VideoStream, _ pipeline: StreamPipeline) -> Detection? {
    var coverage = Detection.Coverage.everyFrame
    var notes: [String] = []
    if role == .main, let size = pipeline.size, size.width * size.height > 1280 * 720 {
      coverage = .keyframes
      notes = [
        "Motion is looked for in keyframes only, since this camera has no detection stream: what comes and goes between"
          + " two keyframes is not seen. Set a detection stream to see all of it."
      ]
    }
    do {
      let detection = try Detection(
        video, parameterSets: pipeline.parameterSets, coverage: coverage, parts: parts)
      parts.bulletin.set(notes: notes, of: "motion")
      return detection
    } catch {
      parts.log.line("motion is not looked for: \(error)")
      parts.bulletin.set(notes: ["Motion is not looked for: the stream can't be decoded."], of: "motion")
      parts.gate.isBlind = true
      return nil
    }
  }

  private func sound(_ source: StreamSource, _ notes: inout [String]) -> SoundPipeline? {
    guard parts.settings.audio, role == .main, let audio = source.audio else { return nil }
    do {
      return try SoundPipeline(audio)
    } catch {
      notes.append("Sound is not recorded: \(error).")
      return nil
    }
  }

  private func tell(_ failure: StreamFailure) {
    for line in FFmpegLog.drain().lines.suffix(3) { parts.log.line("\(role.rawValue): libav: \(line.text)") }
    switch role {
    case .main:
      // An outage says nothing against the password.
      parts.login.update { $0 = !(failure.isPassword || failure.isStranger) }
      let state: CameraState = failure.isPassword ? .wrongPassword : failure.isStranger ? .wrongDevice : .offline
      parts.bulletin.set(state, cause: failure.cause)
      parts.bulletin.set(notes: [], of: role.rawValue)
    case .detect:
      parts.gate.isBlind = true
      parts.log.line("detect: \(failure.cause)")
      let head =
        failure.isStranger ? "The detection stream looks like another camera's" : "The detection stream is gone"
      parts.bulletin.set(notes: ["\(head): \(failure.cause)."], of: role.rawValue)
    }
  }
}

/// The lent connect slot, given back exactly once.
private struct Slot {
  let control: ControlLine
  private var isHeld = true

  init(control: ControlLine) { self.control = control }

  mutating func release() {
    guard isHeld else { return }
    isHeld = false
    control.releaseSlot()
  }
}
