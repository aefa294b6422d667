public import Domain

/// What a camera's worker should run with: its desired state.
public struct WorkerTask: Hashable, Sendable {
  /// Tells one state of a file from another: it is replaced, never written into.
  public struct FileVersion: Hashable, Sendable {
    public let inode: UInt64
    /// Nanoseconds since 1970.
    public let modified: Int64
    public let bytes: Int64

    public init(inode: UInt64, modified: Int64, bytes: Int64) {
      self.inode = inode
      self.modified = modified
      self.bytes = bytes
    }
  }

  public var settings: CameraSettings
  /// The file with the camera's password; `nil` when it has none.
  public var secret: FileVersion?
  /// The file by which a new start is asked for, whatever the settings are: see `CameraFolders.trust`.
  public var restart: FileVersion?
  /// How the volume that the camera is to be recorded on was found; `nil` without one.
  public var volume: String?

  public init(
    settings: CameraSettings, secret: FileVersion? = nil, restart: FileVersion? = nil, volume: String? = nil
  ) {
    self.settings = settings
    self.secret = secret
    self.restart = restart
    self.volume = volume
  }

  /// What the change from this to `new` asks of a running worker.
  public func effect(of new: WorkerTask) -> WorkerEffect {
    let isSameStart = secret == new.secret && restart == new.restart && volume == new.volume
    return isSameStart ? settings.effect(of: new.settings) : .restart
  }
}
