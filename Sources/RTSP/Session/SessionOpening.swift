internal import Domain

// From the connection to the judgement of what was described.
extension RTSPSession {
  mutating func connected(now: MonotonicTime) {
    guard state == .connecting else { return }
    if carriesChallenge {
      carriesChallenge = false
      let step = PendingRequest(
        step: .describe, request: describeRequest, sequence: 0, attempt: .none, retries: 0, deadline: nil)
      awaitJudgement(.password, then: .request(step))
    } else {
      state = .opening(.options)
      send(.options, request(.options, request), now: now)
    }
  }

  mutating func describe(now: MonotonicTime) {
    state = .opening(.describe)
    send(.describe, describeRequest, now: now)
  }

  private var describeRequest: RTSPRequest { request(.describe, request, ("Accept", "application/sdp")) }

  mutating func described(_ response: RTSPResponse, now: MonotonicTime) {
    guard response.isSuccess else { return end(Self.end(of: response, .describe), now: now) }
    if !response.isBodyWhole { actions.append(.note(.shortBody)) }
    evidence.description = String(
      decoding: response.body.prefix(SessionEvidence.longestDescription), as: UTF8.self)
    if evidence.authentication == nil { evidence.authentication = "none" }
    let description = SessionDescription(response.body)
    base = ControlURL.base(request: request, headers: response.headers)
    aggregate = ControlURL.resolve(description.control, base: base)
    do throws(TrackSelection.Failure) {
      selection = try TrackSelection(
        description, wantsAudio: configuration.wantsAudio, keepable: configuration.keepableAudio)
    } catch {
      return end(Self.end(of: error), now: now)
    }
    if let names = selection?.unkeptAudio, !names.isEmpty { actions.append(.note(.audioNotKept(names))) }
    awaitJudgement(.description, then: .setUp)
  }

  // MARK: Judgement

  /// A 401 (RFC 2326 section 11, RFC 7235 section 3.1).
  mutating func challenged(_ answered: PendingRequest, _ response: RTSPResponse, now: MonotonicTime) {
    let verdict = authenticator.challenged(
      by: response.headers, attempt: answered.attempt, retries: answered.retries)
    learned.asksByDigest = authenticator.hasAskedByDigest
    if let scheme = authenticator.scheme { evidence.authentication = scheme }
    if let realm = authenticator.realm { evidence.realm = ASCII.printable(realm) }
    if verdict == .answer, decision == .trusted {
      return send(answered.step, answered.request, retries: answered.retries + 1, now: now)
    }
    switch answered.step {
    case .keepalive(let method): return keepaliveRefused(method, now: now)
    case .teardown:
      if case .tearingDown(let end) = state { finish(end) }
      return
    case .options where verdict != .rejected && verdict != .answer:
      // DESCRIBE decides: some cameras ask for a password here and nowhere else.
      return describe(now: now)
    case .options, .describe, .setup, .play: break
    }
    switch verdict {
    case .answer where decision == nil: awaitJudgement(.password, then: .request(answered))
    case .answer: end(.passwordWithheld, now: now)
    case .needsCredentials: end(.needsPassword, now: now)
    case .rejected: end(.wrongPassword, now: now)
    case .unknown(let names): end(.unknownAuthentication(names), now: now)
    case .downgraded: end(.downgraded, now: now)
    case .basicNotAllowed: end(.basicNotAllowed, now: now)
    }
  }

  private mutating func awaitJudgement(_ stage: SessionEvidence.Stage, then next: Suspended) {
    evidence.stage = stage
    suspended = next
    state = .awaitingJudgement(evidence)
    actions.append(.judge(evidence))
  }

  mutating func judged(_ decision: DeviceDecision, now: MonotonicTime) {
    guard case .awaitingJudgement(let judged) = state else { return }
    self.decision = decision
    let next = suspended
    suspended = .nothing
    switch (decision, next) {
    case (.refused, _): end(judged.stage == .password ? .passwordWithheld : .notTheCamera, now: now)
    case (.untrusted, .request): end(.passwordWithheld, now: now)
    case (.trusted, .request(let request)):
      state = .opening(request.request.method)
      send(request.step, request.request, retries: request.retries, now: now)
    case (_, .setUp): beginSetUp(now: now)
    case (_, .nothing): break
    }
  }

  // MARK: Elsewhere

  /// Followed to the same address only (RFC 2326 sections 10.10 and 11.3), a few times, and always by a new connection, whose
  /// device is judged again.
  mutating func redirected(_ location: String?, now: MonotonicTime) {
    let target = RedirectTarget(
      location, from: request, names: [configuration.numericHost.lowercased(), configuration.address.host.lowercased()])
    redirects += 1
    guard let place = target.request, redirects <= 3 else { return end(.redirected(to: target.text), now: now) }
    actions.append(.note(.redirected(to: target.text)))
    request = place
    reconnect(now: now)
  }

  /// Ends this connection and begins another one.
  mutating func reconnect(now: MonotonicTime) {
    if sessionID != nil { send(.teardown, request(.teardown, aggregate), now: now) }
    reader = MessageReader()
    pending = []
    bodyDeadline = nil
    decision = nil
    suspended = .nothing
    evidence = carriesChallenge ? evidence : SessionEvidence()
    base = request
    aggregate = request
    selection = nil
    tracks = []
    sessionID = nil
    timeout = nil
    playedAt = nil
    lastVideo = nil
    hasMedia = false
    nextKeepalive = nil
    nextReport = nil
    state = .connecting
    actions.append(.reconnect(request))
  }

  /// The connection is gone. Right after a challenge that is the camera's way of asking for another one; once, since it may also
  /// be its way of refusing a password.
  mutating func closed(now: MonotonicTime) {
    sessionID = nil
    switch state {
    case .connecting, .ended: return
    case .tearingDown(let end): finish(end)
    case .playing: end(.closed(during: nil), now: now)
    case .awaitingJudgement(let evidence):
      let isChallenge = evidence.stage == .password && reconnects < 1
      isChallenge ? askAgain(now: now) : end(.closed(during: .describe), now: now)
    case .opening(let method):
      let isChallenge = authenticator.canAnswer && !authenticator.hasBeenAccepted && reconnects < 1
      isChallenge ? askAgain(now: now) : end(.closed(during: method), now: now)
    case .openingPorts: end(.closed(during: .setup), now: now)
    }
  }

  private mutating func askAgain(now: MonotonicTime) {
    reconnects += 1
    carriesChallenge = true
    reconnect(now: now)
  }

  // MARK: Reasons

  /// What an answer that is no success means.
  static func end(of response: RTSPResponse, _ method: RTSPMethod) -> SessionEnd {
    switch response.status {
    case 403: .forbidden
    case 404 where method != .play: .notFound
    case 453: .sessionLimit
    case 454: .sessionLost
    case 503: .busy
    default: .refused(method, response.statusLine)
    }
  }

  private static func end(of failure: TrackSelection.Failure) -> SessionEnd {
    switch failure {
    case .empty: .badDescription
    case .noVideo: .noVideo
    case .unsupported(let names): .unsupportedVideo(names)
    }
  }
}
