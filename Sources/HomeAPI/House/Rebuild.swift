extension API {
  /// How far the rebuild of the catalog from the folders is, or how the last one ended.
  public struct Rebuild: Codable, Hashable, Sendable {
    /// Whether one runs.
    public enum State: String, Codable, CaseIterable, Hashable, Sendable {
      /// None since the server started.
      case idle
      /// It runs.
      case running
      /// It ended.
      case done
      /// It failed.
      case failed
    }

    /// Whether one runs.
    public var state: State = .idle
    /// Why it was begun.
    public var why: String = ""
    /// When it was begun.
    @Nullable public var began: String? = nil
    /// How long it took, or has taken so far.
    public var seconds: Double = 0.0
    /// The number of cameras.
    public var cameras: Int = 0
    /// How many of them are done.
    public var camerasDone: Int = 0
    /// Files of segments in the camera folders.
    public var segments: Int = 0
    /// How many of them were read.
    public var segmentsDone: Int = 0
    /// Segments that were listed.
    public var listed: Int = 0
    /// Events that were listed.
    public var events: Int = 0
    /// Files that were not the camera's, or altered.
    public var setAside: Int = 0
    /// Files that could not be read.
    public var unreadable: Int = 0
    /// What went wrong, when it failed.
    @Nullable public var problem: String? = nil

    public init(
      state: State = .idle, why: String = "", began: String? = nil, seconds: Double = 0.0, cameras: Int = 0,
      camerasDone: Int = 0, segments: Int = 0, segmentsDone: Int = 0, listed: Int = 0, events: Int = 0,
      setAside: Int = 0, unreadable: Int = 0, problem: String? = nil
    ) {
      self.state = state
      self.why = why
      self.began = began
      self.seconds = seconds
      self.cameras = cameras
      self.camerasDone = camerasDone
      self.segments = segments
      self.segmentsDone = segmentsDone
      self.listed = listed
      self.events = events
      self.setAside = setAside
      self.unreadable = unreadable
      self.problem = problem
    }
  }
}
