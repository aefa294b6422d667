public import Domain

extension API {
  /// Asks what would be deleted if a house file's retention were in force.
  ///
  /// The house file's own type is in `Settings`, which is above this target.
  public struct RetentionPlanRequest<House: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    /// The house file.
    public var house: House

    public init(house: House) {
      self.house = house
    }
  }

  /// What is to be deleted, and how long the rest will last.
  public struct RetentionPlan: Codable, Hashable, Sendable {
    /// A segment that is to be deleted.
    public struct Deletion: Codable, Hashable, Sendable {
      /// The camera's id.
      public var camera: String
      /// The camera's name.
      public var name: String
      /// The segment's file, relative to the camera's media folder.
      public var file: String
      /// Where it begins.
      public var from: String
      /// Where it ends.
      public var to: String
      /// How large the file is.
      public var bytes: UInt64
      /// The rule that chose it: a word for programs.
      public var rule: String
      /// Why, as a sentence with numbers.
      public var reason: String
      /// Until when it waits, chosen by a policy that was changed a short time ago.
      @Nullable public var leaves: String?

      public init(
        camera: String, name: String, file: String, from: String, to: String, bytes: UInt64, rule: String,
        reason: String, leaves: String?
      ) {
        self.camera = camera
        self.name = name
        self.file = file
        self.from = from
        self.to = to
        self.bytes = bytes
        self.rule = rule
        self.reason = reason
        self.leaves = leaves
      }
    }
    /// How long one camera's footage will reach back.
    public struct Forecast: Codable, Hashable, Sendable {
      /// The camera's id.
      public var camera: String
      /// The camera's name.
      public var name: String
      /// Of its footage after the plan.
      public var bytes: UInt64
      /// As measured over the last week.
      public var bytesPerDay: UInt64
      /// Days of footage that there is space for at this rate, to a tenth.
      @Nullable public var days: Double?
      /// The rule that ends it first: a word for programs.
      @Nullable public var limit: String?

      public init(camera: String, name: String, bytes: UInt64, bytesPerDay: UInt64, days: Double?, limit: String?) {
        self.camera = camera
        self.name = name
        self.bytes = bytes
        self.bytesPerDay = bytesPerDay
        self.days = days
        self.limit = limit
      }
    }
    /// What the deletions free.
    public var bytes: UInt64
    /// In the order in which they are deleted.
    public var deletions: [Deletion]
    /// Of each camera.
    public var forecast: [Forecast]
    /// The plan in one sentence.
    public var summary: String
    /// What of it the server leaves for now, as a sentence; empty when it waits for nothing.
    public var waiting: String
    /// What is deferred and why, a sentence each.
    public var held: [String]
    /// Names exactly this plan: a deletion that names another is refused.
    public var plan: String

    public init(
      bytes: UInt64, deletions: [Deletion], forecast: [Forecast], summary: String, waiting: String, held: [String],
      plan: String
    ) {
      self.bytes = bytes
      self.deletions = deletions
      self.forecast = forecast
      self.summary = summary
      self.waiting = waiting
      self.held = held
      self.plan = plan
    }
  }

  /// Deletes by the plan. One of the two must be given.
  public struct ApplyRetentionRequest: Codable, Hashable, Sendable {
    /// The plan that was looked at, by its name.
    public var plan: String?
    /// In place of it: the most bytes that the plan of now may free.
    public var atMost: UInt64?

    public init(plan: String? = nil, atMost: UInt64? = nil) {
      self.plan = plan
      self.atMost = atMost
    }
  }

  /// What was deleted.
  public struct AppliedRetention: Codable, Hashable, Sendable {
    /// The number of segments.
    public var deleted: Int
    /// What they took.
    public var bytes: UInt64

    public init(deleted: Int, bytes: UInt64) {
      self.deleted = deleted
      self.bytes = bytes
    }
  }

  /// The policy that holds for each camera, and where each value comes from.
  public struct RetentionPolicy: Codable, Hashable, Sendable {
    /// Where a value was set.
    public enum Origin: String, Codable, CaseIterable, Hashable, Sendable {
      /// For the household.
      case household
      /// For the camera.
      case camera
    }
    /// One limit, as a house file writes it.
    public struct Value: Codable, Hashable, Sendable {
      /// The house file's key.
      public var key: String
      /// The house file's text.
      public var value: String
      /// Where it was set.
      public var from: Origin

      public init(key: String, value: String, from: Origin) {
        self.key = key
        self.value = value
        self.from = from
      }
    }
    /// What holds for one camera.
    public struct Camera: Codable, Hashable, Sendable {
      /// The camera's id.
      public var camera: String
      /// The camera's name.
      public var name: String
      /// Its limits.
      public var values: [Value]

      public init(camera: String, name: String, values: [Value]) {
        self.camera = camera
        self.name = name
        self.values = values
      }
    }
    /// What is set for the household, as a house file writes it.
    public var household: [String: String]
    /// Each camera's limits.
    public var cameras: [Camera]
    /// Until when the last change can be undone.
    @Nullable public var undoUntil: String?

    public init(household: [String: String], cameras: [Camera], undoUntil: String?) {
      self.household = household
      self.cameras = cameras
      self.undoUntil = undoUntil
    }
  }

  /// Why footage is kept, or was deleted.
  public struct RetentionExplanation: Codable, Hashable, Sendable {
    /// What becomes of a segment.
    public enum State: String, Codable, CaseIterable, Hashable, Sendable {
      /// It is kept.
      case kept
      /// It is to be deleted.
      case leaves
      /// Its file was not found.
      case missing
      /// It was deleted.
      case deleted
    }
    /// A segment that is there or was.
    public struct Segment: Codable, Hashable, Sendable {
      /// The camera's id.
      public var camera: String
      /// The camera's name.
      public var name: String
      /// The segment's file, relative to the camera's media folder.
      public var file: String
      /// Which of the camera's streams it holds; `null` when it was deleted.
      @Nullable public var stream: StreamRole?
      /// Where it begins.
      public var from: String
      /// Where it ends.
      public var to: String
      /// How large the file is, or was.
      public var bytes: UInt64
      /// What becomes of it.
      public var state: State
      /// Why, as a sentence with numbers.
      public var reason: String
      /// When its age ends it, or when it was deleted.
      @Nullable public var at: String?

      public init(
        camera: String, name: String, file: String, stream: StreamRole?, from: String, to: String, bytes: UInt64,
        state: State, reason: String, at: String?
      ) {
        self.camera = camera
        self.name = name
        self.file = file
        self.stream = stream
        self.from = from
        self.to = to
        self.bytes = bytes
        self.state = state
        self.reason = reason
        self.at = at
      }
    }
    /// In the order of time.
    public var segments: [Segment]
    /// What is deferred and why, a sentence each.
    public var held: [String]

    public init(segments: [Segment], held: [String]) {
      self.segments = segments
      self.held = held
    }
  }

  /// One part of the log of deletions, newest first.
  public struct DeletionPage: Codable, Hashable, Sendable {
    /// The deletions.
    public var deletions: [Deletion]
    /// Asks for the next part with `before`; `null` after the last.
    @Nullable public var next: Int64?

    public init(deletions: [Deletion], next: Int64?) {
      self.deletions = deletions
      self.next = next
    }
  }

  /// Something that was deleted.
  public struct Deletion: Codable, Hashable, Sendable {
    /// The camera's id.
    public var camera: String
    /// The camera's name.
    public var name: String
    /// The file, relative to the camera's media folder.
    public var file: String
    /// Where it began.
    public var from: String
    /// Where it ended.
    public var to: String
    /// How large it was.
    public var bytes: UInt64
    /// The rule that chose it: a word for programs.
    public var rule: String
    /// Why, as a sentence with numbers.
    public var reason: String
    /// When it was deleted.
    public var at: String

    public init(
      camera: String, name: String, file: String, from: String, to: String, bytes: UInt64, rule: String, reason: String,
      at: String
    ) {
      self.camera = camera
      self.name = name
      self.file = file
      self.from = from
      self.to = to
      self.bytes = bytes
      self.rule = rule
      self.reason = reason
      self.at = at
    }
  }

  /// The clock that the owner confirmed.
  public struct TrustedClock: Codable, Hashable, Sendable {
    /// Its time.
    public var now: String

    public init(now: String) {
      self.now = now
    }
  }
}
