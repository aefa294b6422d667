public import Domain

extension API {
  /// One part of the view log, newest first.
  public struct ViewPage: Codable, Hashable, Sendable {
    /// The rows.
    public var views: [View]
    /// Asks for the next part with `before`; `null` after the last.
    @Nullable public var next: Int64?

    public init(views: [View], next: Int64?) {
      self.views = views
      self.next = next
    }
  }

  /// A row of the view log: who watched, listed, exported or deleted what.
  public struct View: Codable, Hashable, Sendable {
    /// The row's number.
    public var row: Int64
    /// The person's name.
    public var person: String
    /// The person's id.
    public var personId: String
    /// The camera's id.
    public var camera: String
    /// What they did.
    public var action: ViewAction
    /// Where the span begins that they asked for; `null` for live.
    @Nullable public var from: String?
    /// Where it ends.
    @Nullable public var to: String?
    /// When they asked.
    public var at: String
    /// When it ended; `null` while it lasts.
    @Nullable public var ended: String?
    /// What they were sent.
    public var bytes: UInt64
    /// How they were let in: a session, a token, the console.
    public var cameBy: String
    /// The client's address.
    public var address: String

    public init(
      row: Int64, person: String, personId: String, camera: String, action: ViewAction, from: String?, to: String?,
      at: String, ended: String?, bytes: UInt64, cameBy: String, address: String
    ) {
      self.row = row
      self.person = person
      self.personId = personId
      self.camera = camera
      self.action = action
      self.from = from
      self.to = to
      self.at = at
      self.ended = ended
      self.bytes = bytes
      self.cameBy = cameBy
      self.address = address
    }
  }
}
