public import Domain

/// A segment file, as far as keeping it is concerned.
public struct RetentionSegment: Hashable, Sendable {
  /// Contains the camera.
  public var id: SegmentID
  public var stream: StreamRole
  /// Order within the camera.
  public var sequence: UInt64
  public var span: TimeSpan
  public var bytes: UInt64
  /// Still being written.
  public var isOpen: Bool
  /// When it was recorded at the latest, where `span` can't be right (see `SegmentDating`).
  public var dated: WallTime?

  public init(id: SegmentID, stream: StreamRole, sequence: UInt64, span: TimeSpan, bytes: UInt64, isOpen: Bool) {
    self.id = id
    self.stream = stream
    self.sequence = sequence
    self.span = span
    self.bytes = bytes
    self.isOpen = isOpen
  }
}

/// What is known of one camera besides its footage.
public struct RetentionCamera: Hashable, Sendable {
  public var id: CameraID
  /// For the reasons; a label only.
  public var name: String
  public var policy: RetentionPolicy
  public var preRoll: Duration
  public var postRoll: Duration
  /// The spans of its events without pre-roll and post-roll; a running one up to now.
  public var events: [TimeSpan]
  /// Footage that a person asked to keep.
  public var protected: [TimeSpan]

  public init(
    id: CameraID, name: String, policy: RetentionPolicy = RetentionPolicy(),
    preRoll: Duration = CameraOptions().preRoll,
    postRoll: Duration = CameraOptions().postRoll, events: [TimeSpan] = [], protected: [TimeSpan] = []
  ) {
    self.id = id
    self.name = name
    self.policy = policy
    self.preRoll = preRoll
    self.postRoll = postRoll
    self.events = events
    self.protected = protected
  }
}

/// Footage of one camera that is counted and not listed: all that was recorded after what is listed of it. In a house
/// with a year of footage that is most of it, and no rule comes near it.
public struct UnlistedFootage: Hashable, Sendable {
  /// Nothing of it counts as recorded before this (see `SegmentDating.beginning`).
  public var from: WallTime
  public var segments: Int
  public var bytes: UInt64

  public init(from: WallTime, segments: Int, bytes: UInt64) {
    self.from = from
    self.segments = segments
    self.bytes = bytes
  }
}

/// Everything that a decision about deleting follows from.
public struct RetentionInventory: Sendable {
  public var household: RetentionPolicy
  public var cameras: [RetentionCamera]
  public var segments: [RetentionSegment]
  /// What there is besides `segments`. Nothing of it is open, and all of it lies where its camera is recorded now. A plan
  /// says by `isWhole` whether it needed to know more of it.
  public var unlisted: [CameraID: UnlistedFootage] = [:]
  /// What each camera has and writes; taken from `segments` where nothing is given.
  public var measures: [CameraID: FootageMeasure] = [:]
  /// The volumes that the footage lies on, each with what must stay free.
  public var volumes: [RetentionVolume] = []
  /// Why nothing of a camera may be deleted now: its footage can't be reached.
  public var away: [CameraID: String] = [:]
  /// Segments that lie on another volume than the one their camera is recorded on: deleting them makes no room there.
  public var elsewhere: Set<SegmentID> = []
  /// Why the clock is not trusted, in words; `nil` when nothing is known.
  public var clockDoubt: String?

  public init(household: RetentionPolicy, cameras: [RetentionCamera], segments: [RetentionSegment]) {
    self.household = household
    self.cameras = cameras
    self.segments = segments
  }

  /// Of all footage.
  public var bytes: UInt64 {
    unlisted.values.reduce(segments.reduce(UInt64(0)) { $0.addingClamped($1.bytes) }) { $0.addingClamped($1.bytes) }
  }

  /// The least of all ages that end footage; `nil` when none does. What is younger stays, whatever it shows.
  public var shortestAge: RetentionAge? {
    cameras.compactMap { $0.policy.ages(within: household).shortest }.min()
  }
}
