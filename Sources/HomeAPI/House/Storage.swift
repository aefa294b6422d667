extension API {
  /// Whether the server answers.
  public struct Health: Codable, Hashable, Sendable {
    /// What it says.
    public enum Status: String, Codable, CaseIterable, Hashable, Sendable {
      /// It answers.
      case ok
    }
    /// What it says.
    public var status: Status

    public init(status: Status) {
      self.status = status
    }
  }

  /// What the footage takes, and where it is stored.
  public struct Storage: Codable, Hashable, Sendable {
    /// What the listed footage takes.
    public var bytes: UInt64
    /// The number of segments that are there.
    public var segments: Int
    /// Free on the data directory's volume.
    public var free: UInt64
    /// The size of the data directory's volume.
    public var total: UInt64
    /// Where new cameras are recorded: a volume's folder, or `null` for the data directory.
    @Nullable public var media: String?
    /// The volumes that cameras are recorded on, or were.
    public var volumes: [Volume]

    public init(bytes: UInt64, segments: Int, free: UInt64, total: UInt64, media: String?, volumes: [Volume]) {
      self.bytes = bytes
      self.segments = segments
      self.free = free
      self.total = total
      self.media = media
      self.volumes = volumes
    }
  }

  /// A volume that cameras are recorded on, or were.
  public struct Volume: Codable, Hashable, Sendable {
    /// Whether it can be used.
    public enum State: String, Codable, CaseIterable, Hashable, Sendable {
      /// It is mounted.
      case ready
      /// It is mounted, and can't be written.
      case readOnly
      /// It is not mounted, or does not answer.
      case away
    }
    /// Its folder.
    public var path: String
    /// The id in its marker.
    public var volume: String
    /// Whether it can be used.
    public var state: State
    /// What is wrong with it, in words.
    @Nullable public var cause: String?
    /// The ids of the cameras that are recorded there, or were.
    public var cameras: [String]
    /// What is free there.
    @Nullable public var free: UInt64?
    /// How large it is.
    @Nullable public var total: UInt64?

    public init(
      path: String, volume: String, state: State, cause: String?, cameras: [String], free: UInt64?, total: UInt64?
    ) {
      self.path = path
      self.volume = volume
      self.state = state
      self.cause = cause
      self.cameras = cameras
      self.free = free
      self.total = total
    }
  }

  /// Where the household's cameras are recorded from now on.
  public struct MediaRequest: Codable, Hashable, Sendable {
    /// The folder of a mounted volume; without it the data directory.
    public var path: String?
    /// Instead: a folder that cameras were recorded on before and that will not come back.
    public var forget: String?

    public init(path: String? = nil, forget: String? = nil) {
      self.path = path
      self.forget = forget
    }
  }

  /// Where one camera is recorded from now on.
  public struct CameraMediaRequest: Codable, Hashable, Sendable {
    /// The folder of a mounted volume; without it the data directory.
    public var path: String?

    public init(path: String? = nil) {
      self.path = path
    }
  }

  /// Where is recorded from now on.
  public struct Media: Codable, Hashable, Sendable {
    /// The volume's folder; `null` for the data directory.
    @Nullable public var path: String?
    /// The id in its marker; `null` for the data directory.
    @Nullable public var volume: String?

    public init(path: String?, volume: String?) {
      self.path = path
      self.volume = volume
    }
  }

  /// A new copy of the accounts.
  public struct Backup: Codable, Hashable, Sendable {
    /// The copy's file, relative to the data directory.
    public var file: String
    /// How large it is.
    public var bytes: UInt64
    /// When it was written.
    public var written: String

    public init(file: String, bytes: UInt64, written: String) {
      self.file = file
      self.bytes = bytes
      self.written = written
    }
  }
}
