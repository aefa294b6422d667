internal import Domain

// Sending requests, and finding out which one is answered.
extension RTSPSession {
  /// Sends a request, with credentials when the device may have them and has asked for them.
  mutating func send(_ step: PendingRequest.Step, _ request: RTSPRequest, retries: Int = 0, now: MonotonicTime) {
    sequence += 1
    var sent = request
    var attempt = Authenticator.Attempt.none
    if decision == .trusted,
      let (header, made) = authenticator.authorization(method: request.method, url: request.url)
    {
      sent.headers.append("Authorization", header)
      attempt = made
    }
    actions.append(.send(sent.serialized(sequence: sequence)))
    pending.append(
      PendingRequest(
        step: step, request: request, sequence: sequence, attempt: attempt, retries: retries,
        deadline: now + patience(step)))
  }

  /// A request's headers that are always the same.
  func request(_ method: RTSPMethod, _ url: RequestURL, _ more: (String, String)...) -> RTSPRequest {
    var headers: RTSPHeaders = ["User-Agent": configuration.userAgent]
    if let sessionID { headers.append("Session", sessionID) }
    for (name, value) in more { headers.append(name, value) }
    return RTSPRequest(method, url, headers: headers)
  }

  private func patience(_ step: PendingRequest.Step) -> Duration {
    switch step {
    case .options: configuration.limits.options
    case .describe: configuration.limits.describe
    case .teardown: configuration.limits.teardown
    case .setup, .play, .keepalive: configuration.limits.answer
    }
  }

  mutating func receive(_ bytes: [UInt8], now: MonotonicTime) {
    reader.append(bytes)
    do throws(MessageError) {
      while !hasEnded, let message = try reader.next() { take(message, now: now) }
      bodyDeadline = reader.isWaitingForBody ? now + configuration.limits.body : nil
    } catch {
      end(error == .notRTSP ? .notRTSP : .unreadable(error), now: now)
    }
  }

  /// The rest of a body doesn't come: what there is of it is taken.
  mutating func giveUpBody(now: MonotonicTime) {
    bodyDeadline = nil
    do throws(MessageError) {
      if let message = try reader.takeBodyAsItIs() { take(message, now: now) }
      while !hasEnded, let message = try reader.next() { take(message, now: now) }
    } catch {
      end(error == .notRTSP ? .notRTSP : .unreadable(error), now: now)
    }
  }

  private mutating func take(_ message: RTSPMessage, now: MonotonicTime) {
    switch message {
    case .response(let response): take(response, now: now)
    case .request(let request): take(request, now: now)
    case .frame(let frame):
      guard let track = tracks.firstIndex(where: { $0.owns(frame.channel) }) else { break }
      take(frame.packet, track: track, now: now)
    case .skipped(let bytes): actions.append(.note(.skipped(bytes: bytes)))
    }
  }

  /// Finds the request that is answered: by its number, else the oldest one. Cameras leave numbers out or answer with old ones.
  private mutating func take(_ response: RTSPResponse, now: MonotonicTime) {
    guard response.status >= 200 else { return }
    let numbered = pending.firstIndex { $0.sequence == response.sequence }
    guard let place = numbered ?? pending.firstIndex(where: { $0.deadline != nil }) else { return }
    let answered = pending.remove(at: place)
    if let server = response.headers["Server"] { evidence.server = ASCII.printable(server) }
    if response.isSuccess, answered.attempt != .none {
      authenticator.accepted()
      learned.acceptedPassword = true
    }
    keepalive.named(by: response.headers)
    switch response.status {
    case 401: challenged(answered, response, now: now)
    case 300..<400 where response.headers["Location"] != nil && isOpening(answered.step):
      redirected(response.headers["Location"], now: now)
    default: answered.deadline == nil ? () : take(response, to: answered, now: now)
    }
  }

  private func isOpening(_ step: PendingRequest.Step) -> Bool {
    switch step {
    case .options, .describe, .setup, .play: true
    case .keepalive, .teardown: false
    }
  }

  private mutating func take(_ response: RTSPResponse, to answered: PendingRequest, now: MonotonicTime) {
    switch answered.step {
    case .options: describe(now: now)
    case .describe: described(response, now: now)
    case .setup(let track): setUp(track, response, answered, now: now)
    case .play(let track): played(track, response, answered, now: now)
    case .keepalive(let method): keptAlive(method, response, now: now)
    case .teardown: if case .tearingDown(let end) = state { finish(end) }
    }
  }

  /// A request of the server's own (RFC 2326 section 10): answered, so that the camera doesn't wait.
  private mutating func take(_ request: RTSPServerRequest, now: MonotonicTime) {
    switch request.method {
    case "OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "PLAY_NOTIFY", "ANNOUNCE":
      actions.append(.send(request.answer(status: 200, reason: "OK")))
      if request.method == "ANNOUNCE" || request.method == "PLAY_NOTIFY" {
        actions.append(.note(.announced(request.method)))
      }
    case "REDIRECT":
      actions.append(.send(request.answer(status: 200, reason: "OK")))
      redirected(request.headers["Location"], now: now)
    case "TEARDOWN":
      actions.append(.send(request.answer(status: 200, reason: "OK")))
      sessionID = nil
      end(.closed(during: nil), now: now)
    default: actions.append(.send(request.answer(status: 501, reason: "Not Implemented")))
    }
  }
}

extension TrackState {
  func owns(_ channel: UInt8) -> Bool {
    receiver != nil && (channels.media == channel || channels.control == channel)
  }
}
