public import Domain

extension API {
  /// One part of the list of events, newest first.
  public struct EventPage: Codable, Hashable, Sendable {
    /// The events.
    public var events: [Event]
    /// Asks for the next part with `cursor`; `null` after the last.
    @Nullable public var next: String?

    public init(events: [Event], next: String?) {
      self.events = events
      self.next = next
    }
  }

  /// Motion that was recorded.
  public struct Event: Codable, Hashable, Sendable {
    /// The event's id.
    public var id: String
    /// The camera's id.
    public var camera: String
    /// When the motion began.
    public var start: String
    /// When it ended; `null` while it lasts.
    @Nullable public var end: String?
    /// The moment that the thumbnail shows.
    public var best: String
    /// The strongest motion, 0 to 1.
    public var peak: Double
    /// Where it moved, as shares of the frame.
    public var boxes: [RelativeBox]
    /// Why it is an event, a word each.
    public var reasons: [String]
    /// The names of the zones it moved in.
    public var zones: [String]
    /// Whether no retention rule deletes its footage.
    public var protected: Bool

    public init(
      id: String, camera: String, start: String, end: String?, best: String, peak: Double, boxes: [RelativeBox],
      reasons: [String], zones: [String], protected: Bool
    ) {
      self.id = id
      self.camera = camera
      self.start = start
      self.end = end
      self.best = best
      self.peak = peak
      self.boxes = boxes
      self.reasons = reasons
      self.zones = zones
      self.protected = protected
    }
  }
}
