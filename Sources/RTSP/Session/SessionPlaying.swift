internal import Domain

// While media flow: packets, keepalives, reports, silence.
extension RTSPSession {
  /// A packet of a track's channel or port.
  mutating func take(_ bytes: ArraySlice<UInt8>, track: Int, now: MonotonicTime) {
    // Before all tracks are prepared, media are those of an older session.
    guard state == .playing || state == .opening(.play), tracks.indices.contains(track) else { return }
    let output = tracks[track].receiver?.take(bytes, now: now) ?? []
    deliver(output, track: track, now: now)
  }

  private mutating func deliver(_ output: [TrackReceiver.Output], track: Int, now: MonotonicTime) {
    for item in output {
      switch item {
      case .packet(let packet, let missing):
        if !hasMedia {
          hasMedia = true
          learned.transport = transport
        }
        if tracks[track].isVideo { lastVideo = now }
        actions.append(.deliver(track: track, packet, missingBefore: missing))
      case .clock(let report): actions.append(.clock(track: track, report))
      }
    }
  }

  /// Does what is due.
  mutating func elapse(now: MonotonicTime) {
    for track in tracks.indices {
      guard let due = tracks[track].receiver?.deadline, due <= now else { continue }
      let output = tracks[track].receiver?.release(now: now) ?? []
      deliver(output, track: track, now: now)
    }
    if let due = bodyDeadline, due <= now { giveUpBody(now: now) }
    while !hasEnded, let late = pending.firstIndex(where: { $0.deadline.map { $0 <= now } ?? false }) {
      pending[late].deadline = nil
      isLate(pending[late], now: now)
    }
    // Answers that never came: a late one is still known by its number, for a while.
    if pending.count > 16 { pending.removeAll { $0.deadline == nil } }
    guard state == .playing else { return }
    if let due = silenceDeadline, due <= now { return fellSilent(now: now) }
    if let due = nextKeepalive, due <= now { keepAlive(now: now) }
    if let due = nextReport, due <= now { report(now: now) }
  }

  /// The earliest moment at which something is due.
  var deadline: MonotonicTime? {
    var moments = pending.compactMap(\.deadline) + tracks.compactMap { $0.receiver?.deadline }
    moments += [bodyDeadline].compactMap { $0 }
    if state == .playing { moments += [silenceDeadline, nextKeepalive, nextReport].compactMap { $0 } }
    return moments.min()
  }

  private mutating func isLate(_ request: PendingRequest, now: MonotonicTime) {
    switch request.step {
    case .options: describe(now: now)
    case .describe: end(.noAnswer(.describe), now: now)
    case .setup: end(.noAnswer(.setup), now: now)
    case .play: hasMedia ? beginPlaying(now: now) : end(.noAnswer(.play), now: now)
    case .keepalive(let method):
      let isOther = keepalive.unanswered(method)
      if isOther { switchKeepalive(now: now) }
    case .teardown: if case .tearingDown(let end) = state { finish(end) }
    }
  }

  // MARK: Silence

  /// How long video may be missing.
  private var patience: Duration {
    let pace = tracks.first?.receiver?.pace ?? StreamPace()
    let limits = configuration.limits
    let usual = max(limits.silence, (pace.usual ?? .zero) * 5 / 2)
    return pace.frames < 2 ? max(limits.firstFrames, usual) : usual
  }

  private var silenceDeadline: MonotonicTime? { lastVideo.map { $0 + patience } }

  private mutating func fellSilent(now: MonotonicTime) {
    let isUnheard = !hasMedia && transport == .tcp && learned.transport == nil
    guard isUnheard, configuration.fallsBackToUDP, fallback == .none else {
      if !hasMedia, transport == .udp { learned.transport = nil }
      return end(.silent(patience), now: now)
    }
    actions.append(.note(.udpInstead(.silent)))
    fallback = .used
    transport = .udp
    reconnect(now: now)
  }

  // MARK: Keepalives and reports

  private mutating func keepAlive(now: MonotonicTime) {
    if let playedAt, KeepalivePlan.isProof(after: now - playedAt, timeout: timeout) {
      keepalive.succeeded()
      learned.keepalive = keepalive.learned
    }
    nextKeepalive = now + keepalive.interval(timeout: timeout)
    let isWaiting = pending.contains { if case .keepalive = $0.step { $0.deadline != nil } else { false } }
    guard !isWaiting else { return }
    let method = keepalive.next()
    send(.keepalive(method), request(method.method, aggregate), now: now)
  }

  mutating func keptAlive(_ method: KeepaliveMethod, _ response: RTSPResponse, now: MonotonicTime) {
    switch response.status {
    case 454: end(.sessionLost, now: now)
    case 451, 200..<400: keepalive.answered()
    default: keepaliveRefused(method, now: now)
    }
  }

  mutating func keepaliveRefused(_ method: KeepaliveMethod, now: MonotonicTime) {
    if keepalive.refused(method) { switchKeepalive(now: now) }
  }

  private mutating func switchKeepalive(now: MonotonicTime) {
    learned.keepalive = keepalive.learned
    actions.append(.note(.keepalive(keepalive.methods)))
    keepAlive(now: now)
  }

  private mutating func report(now: MonotonicTime) {
    nextReport = now + configuration.limits.reports
    for index in tracks.indices {
      guard let bytes = tracks[index].receiver?.report(now: now) else { continue }
      switch transport {
      case .tcp:
        if let frame = InterleavedFrame.serialized(channel: tracks[index].channels.control, packet: bytes) {
          actions.append(.send(frame))
        }
      case .udp: actions.append(.sendDatagram(track: index, isControl: true, bytes))
      }
    }
  }

  // MARK: The end

  /// Ends the session: what was learnt is kept, and TEARDOWN is sent whenever there is a session and a connection.
  mutating func end(_ reason: SessionEnd, now: MonotonicTime) {
    switch state {
    case .ended: return
    case .tearingDown(let first) where reason != .stopped: return finish(first)
    case .tearingDown: return
    default: break
    }
    learn(from: reason, now: now)
    guard sessionID != nil else { return finish(reason) }
    pending = []
    send(.teardown, request(.teardown, aggregate), now: now)
    guard reason == .stopped else { return finish(reason) }
    state = .tearingDown(reason)
  }

  mutating func finish(_ reason: SessionEnd) {
    state = .ended(reason)
    pending = []
    actions.append(.ended(reason))
  }

  private mutating func learn(from reason: SessionEnd, now: MonotonicTime) {
    switch reason {
    case .sessionLimit: learned.grantsOneSession = true
    // UDP was only learnt, and doesn't work any longer: TCP is tried next time.
    case .transportRefused(.udp, _), .noPorts, .sendsFromElsewhere: learned.transport = nil
    default: break
    }
    if let usual = tracks.first?.receiver?.pace.usual, hasMedia {
      learned.spacingMilliseconds = Int(clamping: usual.nanoseconds / 1_000_000)
    }
    guard state == .playing, let playedAt, let lastVideo else { return }
    let hasDied: Bool
    let life: Duration
    switch reason {
    case .closed, .sessionLost: (hasDied, life) = (true, now - playedAt)
    case .silent: (hasDied, life) = (hasMedia, lastVideo - playedAt)
    default: (hasDied, life) = (false, .zero)
    }
    let before = keepalive.methods
    if reason == .closed(during: nil), let method = unansweredKeepalive(now: now) {
      // Some cameras hang up on a method that they don't know.
      _ = keepalive.refused(method)
    } else if hasDied, KeepalivePlan.isDeath(after: life, timeout: timeout) {
      keepalive.failed()
    }
    learned.keepalive = keepalive.learned
    if keepalive.methods != before { actions.append(.note(.keepalive(keepalive.methods))) }
  }

  /// The keepalive that was sent within the last two seconds and not answered.
  private func unansweredKeepalive(now: MonotonicTime) -> KeepaliveMethod? {
    for request in pending {
      guard case .keepalive(let method) = request.step, let deadline = request.deadline else { continue }
      if deadline - configuration.limits.answer + .seconds(2) >= now { return method }
    }
    return nil
  }
}
