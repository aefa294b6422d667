public import Domain

/// What a session is to do, and its limits. Nothing of it changes while the session lasts.
public struct SessionConfiguration: Sendable {
  /// What waiting is worth, step by step. A step that takes longer ends the session, unless said otherwise.
  public struct Limits: Hashable, Sendable {
    /// For OPTIONS, after which DESCRIBE is sent all the same.
    public var options = Duration.seconds(5)
    /// For DESCRIBE: a camera that wakes up, or a source that is started when it is asked for, takes its time.
    public var describe = Duration.seconds(20)
    /// For any other answer.
    public var answer = Duration.seconds(10)
    /// For the rest of a body that was promised.
    public var body = Duration.seconds(2)
    /// From PLAY to the first two video frames.
    public var firstFrames = Duration.seconds(20)
    /// Between video frames, at least; a slow stream gets 2.5 times its usual interval.
    public var silence = Duration.seconds(10)
    /// For the answer to TEARDOWN.
    public var teardown = Duration.seconds(1)
    /// Between receiver reports (RFC 3550 section 6.2).
    public var reports = Duration.seconds(5)

    /// The limits as they are used.
    public init() {}
  }

  /// The camera's address as it is set.
  public var address: CameraAddress
  /// The same host as a number, which the caller connects to; requests name it.
  public var numericHost: String
  /// `nil` when no user is set.
  public var user: String?
  /// `nil` when no password is set.
  public var password: Secret?
  /// How a password may be sent; what was learnt of the camera only narrows it.
  public var credentials: CredentialPolicy
  /// What is asked for first.
  public var transport: MediaTransport
  /// Whether UDP is tried when the camera refuses TCP or sends nothing over it.
  public var fallsBackToUDP: Bool
  /// Whether audio is kept.
  public var wantsAudio: Bool
  /// Which audio encodings can be kept.
  public var keepableAudio: Set<AudioEncoding>
  /// Waiting.
  public var limits = Limits()
  /// What requests say of this program (RFC 2326 section 12.41).
  public var userAgent = "Hearth"

  /// What to open; see the properties.
  public init(
    address: CameraAddress, numericHost: String, user: String? = nil, password: Secret? = nil,
    credentials: CredentialPolicy = CredentialPolicy(), transport: MediaTransport = .tcp, fallsBackToUDP: Bool = true,
    wantsAudio: Bool = false, keepableAudio: Set<AudioEncoding> = Set(AudioEncoding.allCases)
  ) {
    self.address = address
    self.numericHost = numericHost
    self.user = user
    self.password = password
    self.credentials = credentials
    self.transport = transport
    self.fallsBackToUDP = fallsBackToUDP
    self.wantsAudio = wantsAudio
    self.keepableAudio = keepableAudio
  }
}
