public import Domain

extension API {
  /// The cameras that the asking person may see.
  public struct CameraList: Codable, Hashable, Sendable {
    /// Ordered by name.
    public var cameras: [Camera]

    public init(cameras: [Camera]) {
      self.cameras = cameras
    }
  }

  /// A camera as one person sees it.
  public struct Camera: Codable, Hashable, Sendable {
    /// One of the streams that the camera sends now.
    public struct Stream: Codable, Hashable, Sendable {
      /// Which of the camera's streams it is.
      public var role: StreamRole
      /// How its video is coded.
      public var codec: VideoCodec
      /// Pixels as shown, after cropping.
      public var width: Int
      /// Pixels as shown, after cropping.
      public var height: Int
      /// Frames per second, to a hundredth; `null` until it was measured.
      @Nullable public var frameRate: Double?

      public init(role: StreamRole, codec: VideoCodec, width: Int, height: Int, frameRate: Double?) {
        self.role = role
        self.codec = codec
        self.width = width
        self.height = height
        self.frameRate = frameRate
      }
    }
    /// The camera's id.
    public var id: String
    /// The owner's name for it.
    public var name: String
    /// What it is doing.
    public var state: CameraState
    /// When it began to do that.
    public var since: String
    /// Why it does that, in words, when there is a reason to tell.
    @Nullable public var cause: String?
    /// The streams it sends now.
    public var streams: [Stream]
    /// When its main stream is kept.
    public var record: RecordMode
    /// Whether its audio is recorded.
    public var audio: Bool
    /// Whether it is archived: its footage stays, and it records no more.
    public var archived: Bool
    /// What its owner should know about it, a sentence each.
    public var notes: [String]
    /// What the asking person may do with it.
    public var rights: [Right]
    /// All that is set for it; only for one who manages the camera, and not in a list.
    public var settings: CameraSettings?
    /// Which device answers; only for one who manages the camera, once something has answered.
    public var device: Device?

    public init(
      id: String, name: String, state: CameraState, since: String, cause: String?, streams: [Stream],
      record: RecordMode, audio: Bool, archived: Bool, notes: [String], rights: [Right],
      settings: CameraSettings? = nil, device: Device? = nil
    ) {
      self.id = id
      self.name = name
      self.state = state
      self.since = since
      self.cause = cause
      self.streams = streams
      self.record = record
      self.audio = audio
      self.archived = archived
      self.notes = notes
      self.rights = rights
      self.settings = settings
      self.device = device
    }
  }

  /// A new camera.
  public struct NewCameraRequest: Sendable {
    /// What is set for it. It is written without its id, which the household makes.
    public var settings: CameraSettings
    /// The camera's password; without it the camera asks for none.
    public var password: Secret?

    public init(settings: CameraSettings, password: Secret? = nil) {
      self.settings = settings
      self.password = password
    }
  }
}

extension API {
  /// What is to change of a camera's settings: a JSON merge patch (RFC 7396), as the command line writes it.
  ///
  /// A member that is left out stays. The server reads the patch itself (`CameraPatch`): to it `null` says something
  /// else than a member that is missing.
  public struct CameraChangeRequest: Codable, Hashable, Sendable {
    /// The owner's name for it.
    public var name: String?
    /// Where the main stream is.
    public var main: CodedAddress?
    /// Where the detection stream is.
    public var detect: CodedAddress?
    /// The user that signs in to the camera.
    public var user: String?
    /// The password that signs in to the camera.
    public var password: Secret?
    /// How its media are carried.
    public var transport: Transport?
    /// When its main stream is kept.
    public var record: RecordMode?
    /// Whether its audio is recorded.
    public var audio: Bool?
    /// Whether its detection stream is recorded.
    public var recordDetect: Bool?
    /// Whole seconds kept before motion, 0 to 60.
    public var preRollSeconds: Int?
    /// Whole seconds kept after motion, 0 to 120.
    public var postRollSeconds: Int?
    /// How motion is detected.
    public var motion: DetectionSettings?
    /// Its own limits.
    public var retention: RetentionSettings?

    public init(
      name: String? = nil, main: CodedAddress? = nil, detect: CodedAddress? = nil, user: String? = nil,
      password: Secret? = nil, transport: Transport? = nil, record: RecordMode? = nil, audio: Bool? = nil,
      recordDetect: Bool? = nil, preRollSeconds: Int? = nil, postRollSeconds: Int? = nil,
      motion: DetectionSettings? = nil, retention: RetentionSettings? = nil
    ) {
      self.name = name
      self.main = main
      self.detect = detect
      self.user = user
      self.password = password
      self.transport = transport
      self.record = record
      self.audio = audio
      self.recordDetect = recordDetect
      self.preRollSeconds = preRollSeconds
      self.postRollSeconds = postRollSeconds
      self.motion = motion
      self.retention = retention
    }
  }
}

extension API.NewCameraRequest: Codable {
  private enum Key: String, CodingKey { case settings, password }
  private enum SettingsKey: String, CodingKey { case version, name, main, detect, user }

  /// - Throws: `DecodingError` when the settings have no id and the decoder has none for a new camera
  ///   (`CodingUserInfoKey.newCameraID`).
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    settings = try values.decode(CameraSettings.self, forKey: .settings)
    password = try values.decodeIfPresent(Secret.self, forKey: .password)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encodeIfPresent(password, forKey: .password)
    let object = values.superEncoder(forKey: .settings)
    var inner = object.container(keyedBy: SettingsKey.self)
    try inner.encode(1, forKey: .version)
    try inner.encode(settings.name, forKey: .name)
    try inner.encode(CodedAddress(address: settings.main), forKey: .main)
    try inner.encodeIfPresent(settings.detect.map(CodedAddress.init), forKey: .detect)
    try inner.encodeIfPresent(settings.user, forKey: .user)
    try settings.options.encode(to: object)
  }
}
