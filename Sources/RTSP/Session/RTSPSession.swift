public import Domain

/// One RTSP session with a camera, as a value (RFC 2326, and what real cameras make of it): what happens goes in, what is to be
/// done comes out. No socket, no clock, no randomness: see `SessionInput` and `SessionAction`.
///
/// `OPTIONS` → `DESCRIBE` → judgement of the device → `SETUP` of each track → `PLAY` → keepalives and reports → `TEARDOWN`.
/// The password is sent to nobody before the caller has said `.judged(.trusted)` on this very connection.
public struct RTSPSession: Sendable {
  let configuration: SessionConfiguration
  /// What is known of the camera: kept by the caller for the next session.
  public internal(set) var learned: LearnedCamera
  /// Where the session is.
  public internal(set) var state = SessionState.connecting
  /// What the device said about itself on this connection.
  public internal(set) var evidence = SessionEvidence()

  // The connection.
  var reader = MessageReader()
  var sequence = 0
  var pending: [PendingRequest] = []
  var bodyDeadline: MonotonicTime?
  /// The device behind this connection, once judged.
  var decision: DeviceDecision?
  /// What goes on after the judgement.
  var suspended = Suspended.nothing
  var reconnects = 0
  var redirects = 0
  /// The connection was closed right after a challenge: the next one begins with the judgement, and then with credentials.
  var carriesChallenge = false

  // Who asks.
  var authenticator: Authenticator
  var keepalive: KeepalivePlan
  let reporter: UInt32

  // What was described and set up.
  var request: RequestURL
  var base: RequestURL
  var aggregate: RequestURL
  var selection: TrackSelection?
  var transport: MediaTransport
  var fallback = UDPFallback.none
  var tracks: [TrackState] = []
  var sessionID: String?
  var timeout: Duration?

  // While it plays.
  var playedAt: MonotonicTime?
  var lastVideo: MonotonicTime?
  var hasMedia = false
  var nextKeepalive: MonotonicTime?
  var nextReport: MonotonicTime?

  // Of one call of `handle`.
  var actions: [SessionAction] = []
  private var announced: MonotonicTime?

  /// A session that waits for its connection.
  ///
  /// - Parameters:
  ///   - learned: what the last session of this camera learnt.
  ///   - generator: for the client's nonce (RFC 7616 section 3.4) and our source in reports (RFC 3550 section 8.1).
  public init(
    _ configuration: SessionConfiguration, learned: LearnedCamera = LearnedCamera(),
    using generator: inout some RandomNumberGenerator
  ) {
    self.configuration = configuration
    self.learned = learned
    request = RequestURL(configuration.address, host: configuration.numericHost)
    base = request
    aggregate = request
    var policy = configuration.credentials
    policy.hasAskedByDigest = policy.hasAskedByDigest || learned.asksByDigest
    let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    authenticator = Authenticator(
      user: configuration.user, password: configuration.password, policy: policy, clientNonce: Hex.encode(nonce))
    keepalive = KeepalivePlan(learned.keepalive)
    reporter = UInt32.random(in: 1...UInt32.max, using: &generator)
    transport =
      configuration.transport == .tcp && configuration.fallsBackToUDP
      ? learned.transport ?? .tcp : configuration.transport
  }

  /// Takes what happened at `now`, and gives what is to be done, in order.
  public mutating func handle(_ input: SessionInput, now: MonotonicTime) -> [SessionAction] {
    actions = []
    if case .ended = state { return [] }
    switch input {
    case .connected: connected(now: now)
    case .notConnected(let words): end(.notConnected(words), now: now)
    case .received(let bytes): receive(bytes, now: now)
    case .datagram(let track, let bytes): take(bytes[...], track: track, now: now)
    case .judged(let decision): judged(decision, now: now)
    case .portsOpened(let track, let ports): portsOpened(track, ports, now: now)
    case .portsFailed(_, let words): end(.noPorts(words), now: now)
    case .time: break
    case .closed: closed(now: now)
    case .stop: end(.stopped, now: now)
    }
    elapse(now: now)
    announceDeadline(now: now)
    defer { actions = [] }
    return actions
  }

  /// The counts of each track, in the order of their numbers.
  public var statistics: [TrackStatistics] { tracks.compactMap { $0.receiver?.statistics } }

  /// Whether nothing more comes.
  var hasEnded: Bool { if case .ended = state { true } else { false } }

  /// Tells the next moment at which `.time` is wanted, when it is an earlier one than the caller knows of.
  private mutating func announceDeadline(now: MonotonicTime) {
    guard !hasEnded, let next = deadline else { return }
    if let announced, announced <= next, announced > now { return }
    announced = next
    actions.append(.deadline(next))
  }
}

/// A request that waits for its answer.
struct PendingRequest: Hashable, Sendable {
  /// What the answer is for.
  enum Step: Hashable, Sendable {
    case options
    case describe
    case setup(track: Int)
    /// All tracks together, or one track where the camera wants it so.
    case play(track: Int?)
    case keepalive(KeepaliveMethod)
    case teardown
  }
  var step: Step
  var request: RTSPRequest
  var sequence: Int
  var attempt: Authenticator.Attempt
  /// How often it was sent again for a new nonce.
  var retries: Int
  /// When the answer is late; `nil` when it no longer matters.
  var deadline: MonotonicTime?
}

/// What waits for a judgement.
enum Suspended: Hashable, Sendable {
  case nothing
  /// A request that was answered by a challenge.
  case request(PendingRequest)
  /// The set-up of what was described.
  case setUp
}

/// Whether and why UDP is used instead of TCP.
enum UDPFallback: Hashable, Sendable {
  case none
  case used
}

/// A track that is being set up, or is.
struct TrackState: Sendable {
  let track: SelectedTrack
  /// Where SETUP may have to go, in order; the first one is tried first.
  var places: [RequestURL]
  var channels: TransportPair<UInt8>
  var receiver: TrackReceiver?
  var peerPorts: TransportPair<UInt16>?
  var isPlaying = false

  var isVideo: Bool { track.isVideo }
}
