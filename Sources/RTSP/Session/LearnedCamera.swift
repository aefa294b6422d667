/// What was learnt about a camera's habits, for the next try; kept over restarts. All of it is a matter of speed and of footage
/// that isn't lost again: any of it may be missing or wrong.
public struct LearnedCamera: Hashable, Sendable, Codable {
  /// It has asked for the password by Digest: it never gets it by Basic again.
  public var asksByDigest = false
  /// It has accepted the user and password that are set. To be cleared when these change.
  public var acceptedPassword = false
  /// What media came by.
  public var transport: MediaTransport?
  /// What keeps a session of it alive.
  public var keepalive = LearnedKeepalive()
  /// It refused a further session (453), or each new session ended an older one: one stream at a time.
  public var grantsOneSession = false
  /// The usual interval between video frames, in milliseconds.
  public var spacingMilliseconds: Int?

  /// Nothing known.
  public init() {}

  /// Reads what an older or newer version wrote: what is missing is not known.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    asksByDigest = try values.decodeIfPresent(Bool.self, forKey: .asksByDigest) ?? false
    acceptedPassword = try values.decodeIfPresent(Bool.self, forKey: .acceptedPassword) ?? false
    transport = try values.decodeIfPresent(MediaTransport.self, forKey: .transport)
    keepalive = try values.decodeIfPresent(LearnedKeepalive.self, forKey: .keepalive) ?? LearnedKeepalive()
    grantsOneSession = try values.decodeIfPresent(Bool.self, forKey: .grantsOneSession) ?? false
    spacingMilliseconds = try values.decodeIfPresent(Int.self, forKey: .spacingMilliseconds)
  }

  /// The pace that a track's silence is judged by at the beginning.
  var pace: StreamPace {
    StreamPace(usual: spacingMilliseconds.map { .milliseconds(min(max($0, 0), 60_000)) })
  }
}
