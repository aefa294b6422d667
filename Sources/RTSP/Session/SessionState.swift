public import Domain

/// Where a session is.
public enum SessionState: Hashable, Sendable {
  /// Waits for the caller's connection.
  case connecting
  /// A request of the opening is to be answered.
  case opening(RTSPMethod)
  /// The device is to be judged: nothing is sent until the caller has said what it is, and no password before it said `trusted`.
  case awaitingJudgement(SessionEvidence)
  /// The caller opens ports for a track.
  case openingPorts(track: Int)
  /// Media flow.
  case playing
  /// TEARDOWN was sent; its answer is waited for a moment.
  case tearingDown(SessionEnd)
  /// Nothing more comes.
  case ended(SessionEnd)
}

/// What happens to a session.
public enum SessionInput: Hashable, Sendable {
  /// The connection is there: the first, or the one that `.reconnect` asked for.
  case connected
  /// It could not be made; the text says why.
  case notConnected(String)
  /// Bytes of the connection. Large reads are cheaper.
  case received([UInt8])
  /// A datagram to a track's ports, from the camera's address: the caller drops all others.
  case datagram(track: Int, [UInt8])
  /// What `.judge` asked for.
  case judged(DeviceDecision)
  /// What `.openPorts` asked for: two ports of ours, the first one even (RFC 3550 section 11).
  case portsOpened(track: Int, TransportPair<UInt16>)
  /// They could not be opened; the text says why.
  case portsFailed(track: Int, String)
  /// The moment of the last `.deadline` has come (or any other moment).
  case time
  /// The camera closed the connection, or it failed.
  case closed
  /// End the session.
  case stop
}

/// What the caller is to do, in this order.
public enum SessionAction: Hashable, Sendable {
  /// Write to the connection.
  case send([UInt8])
  /// Say what device this is: `.judged`.
  case judge(SessionEvidence)
  /// Open two ports for UDP: `.portsOpened` or `.portsFailed`.
  case openPorts(track: Int)
  /// The camera sends from these ports; send to them.
  case peerPorts(track: Int, TransportPair<UInt16>)
  /// Send a datagram to the camera: from our port for media, or for RTCP.
  case sendDatagram(track: Int, isControl: Bool, [UInt8])
  /// These tracks are set up, and packets may follow.
  case prepared([PreparedTrack])
  /// The camera plays.
  case playing
  /// A packet of a track, in order; how many are missing before it.
  case deliver(track: Int, RTPPacket, missingBefore: Int)
  /// A track's clock.
  case clock(track: Int, SenderReport)
  /// Close the connection, make a new one to this address, and say `.connected`. The host is always the same.
  case reconnect(RequestURL)
  /// Say `.time` at this moment, if nothing happened before; replaces the moment before.
  case deadline(MonotonicTime)
  /// Tell the owner or the log.
  case note(SessionNote)
  /// The session is over: close everything, keep `learned`.
  case ended(SessionEnd)
}

/// A track that was set up.
public struct PreparedTrack: Hashable, Sendable {
  /// Its number in all actions: 0 for video, 1 for audio.
  public let index: Int
  /// What it is.
  public let track: SelectedTrack
  /// How it comes.
  public let transport: MediaTransport
  /// A session description of this track alone, for a depacketizer.
  public var description: String { track.standaloneDescription }
}
