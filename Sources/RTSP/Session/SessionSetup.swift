internal import Domain

// SETUP of each track, and PLAY (RFC 2326 sections 10.4, 10.5).
extension RTSPSession {
  mutating func beginSetUp(now: MonotonicTime) {
    guard let selection else { return }
    let chosen = [selection.video] + (selection.audio.map { [$0] } ?? [])
    tracks = chosen.enumerated().map { index, track in
      let control = track.media.control
      return TrackState(
        track: track, places: ControlURL.candidates(control, base: base, request: request),
        channels: TransportPair(media: UInt8(2 * index), control: UInt8(2 * index + 1)))
    }
    prepareTrack(0, now: now)
  }

  private mutating func prepareTrack(_ index: Int, now: MonotonicTime) {
    guard index < tracks.count else { return play(now: now) }
    switch transport {
    case .tcp: sendSetUp(index, TransportHeader.request(channels: tracks[index].channels), now: now)
    case .udp:
      state = .openingPorts(track: index)
      actions.append(.openPorts(track: index))
    }
  }

  mutating func portsOpened(_ track: Int, _ ports: TransportPair<UInt16>, now: MonotonicTime) {
    guard state == .openingPorts(track: track) else { return }
    sendSetUp(track, TransportHeader.request(ports: ports), now: now)
  }

  private mutating func sendSetUp(_ index: Int, _ wanted: String, now: MonotonicTime) {
    state = .opening(.setup)
    let place = tracks[index].places.first ?? base
    send(.setup(track: index), request(.setup, place, ("Transport", wanted)), now: now)
  }

  mutating func setUp(_ index: Int, _ response: RTSPResponse, _ answered: PendingRequest, now: MonotonicTime) {
    guard index < tracks.count else { return }
    guard response.isSuccess else { return setUpRefused(index, response, answered, now: now) }
    let header = response.headers["Transport"].map { TransportHeader($0) }
    // Asked for TCP and answered with something else: that is a refusal too.
    if header?.isMulticast == true || (header?.transport ?? transport) != transport {
      return transportRefused(index, response, now: now)
    }
    if transport == .udp, let source = header?.source, !isHere(source) {
      return end(.sendsFromElsewhere(source), now: now)
    }
    takeSession(response)
    takeChannels(index, header)
    tracks[index].receiver = TrackReceiver(
      tracks[index].track, transport: transport, expectedSource: header?.ssrc, reporter: reporter,
      pace: tracks[index].isVideo ? learned.pace : StreamPace(), now: now)
    if transport == .udp, let ports = header?.serverPorts {
      tracks[index].peerPorts = ports
      actions.append(.peerPorts(track: index, ports))
    }
    prepareTrack(index + 1, now: now)
  }

  /// Whether media from this source come from the camera. Names and zeros say nothing: datagrams from elsewhere are dropped.
  private func isHere(_ source: String) -> Bool {
    source == configuration.numericHost || source == configuration.address.host || source == "0.0.0.0"
      || source == "::" || !source.utf8.allSatisfy { ASCII.isDigit($0) || $0 == UInt8(ascii: ".") }
  }

  private mutating func takeSession(_ response: RTSPResponse) {
    guard let header = response.headers["Session"].flatMap({ SessionHeader($0) }) else { return }
    sessionID = header.id
    timeout = header.timeout ?? timeout
  }

  /// The camera chooses the channels; where it gives two tracks the same ones, ours stand.
  private mutating func takeChannels(_ index: Int, _ header: TransportHeader?) {
    guard transport == .tcp else { return }
    if let told = header?.interleaved, told.media != told.control {
      let taken = tracks[..<index].flatMap { [$0.channels.media, $0.channels.control] }
      if !taken.contains(told.media), !taken.contains(told.control) { tracks[index].channels = told }
    }
    reader.channels.add(
      media: tracks[index].channels.media, control: tracks[index].channels.control,
      payloadTypes: [tracks[index].track.format.payloadType])
  }

  private mutating func setUpRefused(
    _ index: Int, _ response: RTSPResponse, _ answered: PendingRequest, now: MonotonicTime
  ) {
    switch response.status {
    case 461, 406: return transportRefused(index, response, now: now)
    case 400, 404, 454, 455, 459:
      // Another reading of the control's address, if there is one left.
      guard tracks[index].places.count > 1 else { break }
      tracks[index].places.removeFirst()
      return prepareTrack(index, now: now)
    case 453: learned.grantsOneSession = true
    default: break
    }
    if !tracks[index].isVideo, response.status != 453, response.status != 503 {
      actions.append(.note(.audioRefused(response.statusLine)))
      tracks.removeSubrange(index...)
      return play(now: now)
    }
    end(Self.end(of: response, .setup), now: now)
  }

  private mutating func transportRefused(_ index: Int, _ response: RTSPResponse, now: MonotonicTime) {
    let status = response.isSuccess ? "it offers another transport" : response.statusLine
    if index > 0 {
      // The video track's transport was accepted, so only this track is refused.
      actions.append(.note(.audioRefused(status)))
      tracks.removeSubrange(index...)
      return play(now: now)
    }
    guard transport == .tcp, configuration.fallsBackToUDP, fallback == .none else {
      return end(.transportRefused(transport, status), now: now)
    }
    actions.append(.note(.udpInstead(.answered(status))))
    fallback = .used
    transport = .udp
    takeSession(response)
    prepareTrack(index, now: now)
  }

  // MARK: PLAY

  private mutating func play(now: MonotonicTime) {
    actions.append(
      .prepared(
        tracks.enumerated().map { PreparedTrack(index: $0, track: $1.track, transport: transport) }))
    state = .opening(.play)
    sendPlay(track: nil, at: aggregate, withRange: true, now: now)
  }

  /// Where the whole session is played, in the order of trying.
  private var playPlaces: [RequestURL] {
    var seen: Set<RequestURL> = []
    return [aggregate, base, request].filter { seen.insert($0).inserted }
  }

  private mutating func sendPlay(track: Int?, at url: RequestURL, withRange: Bool, now: MonotonicTime) {
    var play = request(.play, url)
    if withRange { play.headers.append("Range", "npt=0.000-") }
    send(.play(track: track), play, now: now)
  }

  mutating func played(_ track: Int?, _ response: RTSPResponse, _ answered: PendingRequest, now: MonotonicTime) {
    guard response.isSuccess else { return playRefused(track, response, answered, now: now) }
    takeSession(response)
    if let track {
      guard track < tracks.count else { return }
      tracks[track].isPlaying = true
      if let next = tracks.firstIndex(where: { !$0.isPlaying }) {
        return sendPlay(track: next, at: tracks[next].places.first ?? base, withRange: true, now: now)
      }
    }
    beginPlaying(now: now)
  }

  private mutating func playRefused(
    _ track: Int?, _ response: RTSPResponse, _ answered: PendingRequest, now: MonotonicTime
  ) {
    let hasRange = answered.request.headers["Range"] != nil
    switch response.status {
    case 457 where hasRange, 456 where hasRange:
      // Invalid Range (RFC 2326 section 11.3.8): live sources may have none.
      sendPlay(track: track, at: answered.request.url, withRange: false, now: now)
    case 459 where track == nil:
      // Aggregate operation not allowed (section 11.3.10): one track at a time.
      sendPlay(track: 0, at: tracks.first?.places.first ?? base, withRange: true, now: now)
    case 400, 404, 454, 455:
      // Another address for the whole session; each is tried once.
      let next = playPlaces.firstIndex(of: answered.request.url).map { playPlaces.dropFirst($0 + 1) }?.first
      guard track == nil, let next else { return end(Self.end(of: response, .play), now: now) }
      sendPlay(track: nil, at: next, withRange: true, now: now)
    default: end(Self.end(of: response, .play), now: now)
    }
  }

  mutating func beginPlaying(now: MonotonicTime) {
    guard state != .playing else { return }
    state = .playing
    playedAt = now
    lastVideo = now
    nextKeepalive = now + keepalive.interval(timeout: timeout)
    nextReport = now + configuration.limits.reports
    actions.append(.playing)
    for (index, track) in tracks.enumerated() where track.peerPorts != nil {
      // Lets the answers through a firewall that keeps track of datagrams: empty RTP and an empty report (RFC 3550).
      let header = [0x80, 0, 0, 0, 0, 0, 0, 0] + reporter.bytes
      actions.append(.sendDatagram(track: index, isControl: false, header))
      actions.append(.sendDatagram(track: index, isControl: true, [0x80, 201, 0, 1] + reporter.bytes))
    }
  }
}

extension UInt32 {
  /// Four bytes, the highest one first.
  var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}
