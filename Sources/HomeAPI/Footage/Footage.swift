extension API {
  /// What a deletion of a span deletes. What is sealed is not cut: segments and hours that the span touches go whole.
  public struct Removal: Codable, Hashable, Sendable {
    /// The camera's id.
    public var camera: String
    /// The first moment of what is deleted; `null` when there is nothing.
    @Nullable public var from: String?
    /// The last moment of what is deleted; `null` when there is nothing.
    @Nullable public var to: String?
    /// The number of segments.
    public var segments: Int
    /// The number of events.
    public var events: Int
    /// The number of hours of the filmstrip.
    public var filmstripHours: Int
    /// What the segments take.
    public var bytes: UInt64
    /// Where footage of the span begins that is still being written.
    @Nullable public var openFrom: String?
    /// Copies that are out of reach, a sentence each.
    public var notReached: [String]
    /// Names exactly this: a deletion that names another is refused.
    public var plan: String

    public init(
      camera: String, from: String?, to: String?, segments: Int, events: Int, filmstripHours: Int, bytes: UInt64,
      openFrom: String?, notReached: [String], plan: String
    ) {
      self.camera = camera
      self.from = from
      self.to = to
      self.segments = segments
      self.events = events
      self.filmstripHours = filmstripHours
      self.bytes = bytes
      self.openFrom = openFrom
      self.notReached = notReached
      self.plan = plan
    }
  }
}
