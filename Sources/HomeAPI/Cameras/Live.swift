public import Domain

extension API {
  /// A text message of the live socket, between the media: what the next media are, how many frames were dropped, or why
  /// there are none now.
  public struct LiveMessage: Codable, Hashable, Sendable {
    /// The camera's id.
    public var camera: String?
    /// Which of the camera's streams follows.
    public var stream: StreamRole?
    /// Changes when the stream's parameters did.
    public var generation: UInt32?
    /// The video's codec string (RFC 6381).
    public var codecs: String?
    /// The audio's codec string (RFC 6381).
    public var soundCodecs: String?
    /// Pixels.
    public var width: Int?
    /// Pixels.
    public var height: Int?
    /// Frames that were dropped because the viewer is too slow.
    public var dropped: UInt32?
    /// Why there are no frames now: a camera's state, or a sentence.
    public var error: String?

    public init(
      camera: String? = nil, stream: StreamRole? = nil, generation: UInt32? = nil, codecs: String? = nil,
      soundCodecs: String? = nil, width: Int? = nil, height: Int? = nil, dropped: UInt32? = nil, error: String? = nil
    ) {
      self.camera = camera
      self.stream = stream
      self.generation = generation
      self.codecs = codecs
      self.soundCodecs = soundCodecs
      self.width = width
      self.height = height
      self.dropped = dropped
      self.error = error
    }
  }

  /// A message of the feed: one of the three.
  public struct FeedMessage: Codable, Hashable, Sendable {
    /// A camera that does something else now.
    public struct State: Codable, Hashable, Sendable {
      /// The camera's id.
      public var camera: String
      /// What it is doing.
      public var state: CameraState
      /// When it began to do that.
      public var since: String
      /// Why, in words, when there is a reason to tell.
      public var cause: String?

      public init(camera: String, state: CameraState, since: String, cause: String? = nil) {
        self.camera = camera
        self.state = state
        self.since = since
        self.cause = cause
      }
    }
    /// A camera that does something else now.
    public var state: State?
    /// An event that began, went on or ended.
    public var event: Event?
    /// A warning; for owners alone.
    public var alarm: Alarm?

    public init(state: State? = nil, event: Event? = nil, alarm: Alarm? = nil) {
      self.state = state
      self.event = event
      self.alarm = alarm
    }
  }
}
