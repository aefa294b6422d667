extension API {
  /// What a check of the invariants found.
  public struct CheckReport: Codable, Hashable, Sendable {
    /// One broken invariant.
    public struct Finding: Codable, Hashable, Sendable {
      /// What is wrong.
      public var what: String
      /// Which file, camera or row.
      public var `where`: String
      /// What to do about it.
      public var next: String

      public init(what: String, where: String, next: String) {
        self.what = what
        self.where = `where`
        self.next = next
      }
    }
    /// The state of the view log.
    public struct ViewLog: Codable, Hashable, Sendable {
      /// Whether each row is as it was written: tamper-evident, not tamper-proof.
      public var holds: Bool
      /// The number of rows.
      public var rows: Int
      /// The newest row's hash. Kept elsewhere, it shows when the end was cut off or all was written anew.
      @Nullable public var newest: String?

      public init(holds: Bool, rows: Int, newest: String?) {
        self.holds = holds
        self.rows = rows
        self.newest = newest
      }
    }
    /// The broken invariants.
    public var findings: [Finding]
    /// How many of each kind were checked.
    public var checked: [String: Int]
    /// The state of the view log.
    public var viewLog: ViewLog

    public init(findings: [Finding], checked: [String: Int], viewLog: ViewLog) {
      self.findings = findings
      self.checked = checked
      self.viewLog = viewLog
    }
  }

  /// What the owner was warned of since the server started.
  public struct AlarmList: Codable, Hashable, Sendable {
    /// The newest of them.
    public var alarms: [Alarm]
    /// How many there were; more than are listed when there were very many.
    public var count: Int

    public init(alarms: [Alarm], count: Int) {
      self.alarms = alarms
      self.count = count
    }
  }

  /// A warning for the owner.
  public struct Alarm: Codable, Hashable, Sendable {
    /// When it was raised.
    public var at: String
    /// The camera's id; empty for what concerns the house.
    public var camera: String
    /// What happened.
    public var what: String

    public init(at: String, camera: String, what: String) {
      self.at = at
      self.camera = camera
      self.what = what
    }
  }
}
