public import Domain

extension API {
  /// Detects motion once more in a camera's footage, with other settings.
  public struct ReplayRequest: Codable, Hashable, Sendable {
    /// Where the footage begins.
    public var from: String
    /// Where it ends, at most half an hour later.
    public var to: String
    /// 0 to 100; without it the camera's own.
    public var sensitivity: Int?
    /// Without them the camera's own.
    public var zones: [Zone]?
    /// The frame that the zones were drawn on; without it the camera's own.
    public var shape: PictureShape?

    public init(from: String, to: String, sensitivity: Int? = nil, zones: [Zone]? = nil, shape: PictureShape? = nil) {
      self.from = from
      self.to = to
      self.sensitivity = sensitivity
      self.zones = zones
      self.shape = shape
    }
  }

  /// The events that other settings would have made, next to those that were recorded.
  public struct Replay: Codable, Hashable, Sendable {
    /// How an event compares with what was recorded.
    public enum Outcome: String, Codable, CaseIterable, Hashable, Sendable {
      /// Recorded, and found in the same place.
      case same
      /// Recorded with another start or end, by more than a second.
      case moved
      /// Found now, and not recorded.
      case new
      /// Recorded, and not found now.
      case gone
    }

    /// An event that was recorded, or would have been.
    public struct Event: Codable, Hashable, Sendable {
      /// How it compares with what was recorded.
      public var outcome: Outcome
      /// When the motion began.
      public var start: String
      /// When it ended.
      public var end: String
      /// The strongest motion, 0 to 1.
      public var peak: Double
      /// Where it moved, as shares of the frame.
      public var boxes: [RelativeBox]
      /// Why it is an event, a word each.
      public var reasons: [String]
      /// The names of the zones it moved in.
      public var zones: [String]
      /// The recorded event's id.
      @Nullable public var id: String?

      public init(
        outcome: Outcome, start: String, end: String, peak: Double, boxes: [RelativeBox], reasons: [String],
        zones: [String], id: String?
      ) {
        self.outcome = outcome
        self.start = start
        self.end = end
        self.peak = peak
        self.boxes = boxes
        self.reasons = reasons
        self.zones = zones
        self.id = id
      }
    }

    /// A change that would not have been reported.
    public struct Suppressed: Codable, Hashable, Sendable {
      /// When it began.
      public var start: String
      /// When it ended.
      public var end: String
      /// Why: a word for programs.
      public var cause: String
      /// The same as a sentence with numbers.
      public var why: String

      public init(start: String, end: String, cause: String, why: String) {
        self.start = start
        self.end = end
        self.cause = cause
        self.why = why
      }
    }

    /// The camera's id.
    public var camera: String
    /// The sensitivity that was tried, 0 to 100.
    public var sensitivity: Int
    /// How much footage was analysed.
    public var seconds: Double
    /// Where the rest of the span begins, when it was not analysed to its end.
    @Nullable public var next: String?
    /// In the order of time.
    public var events: [Event]
    /// In the order of time.
    public var suppressed: [Suppressed]

    public init(
      camera: String, sensitivity: Int, seconds: Double, next: String?, events: [Event], suppressed: [Suppressed]
    ) {
      self.camera = camera
      self.sensitivity = sensitivity
      self.seconds = seconds
      self.next = next
      self.events = events
      self.suppressed = suppressed
    }
  }
}
