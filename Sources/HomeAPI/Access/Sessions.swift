public import Domain

extension API {
  /// One's own session.
  public struct Session: Codable, Hashable, Sendable {
    /// Who is signed in.
    public struct Person: Codable, Hashable, Sendable {
      /// The person's id.
      public var id: String
      /// The person's name.
      public var name: String
      /// Whether they may see and change everything.
      public var owner: Bool

      public init(id: String, name: String, owner: Bool) {
        self.id = id
        self.name = name
        self.owner = owner
      }
    }
    /// Who is signed in.
    public var person: Person
    /// The server's clock.
    public var serverTime: String
    /// The house's IANA time zone.
    public var zone: String

    public init(person: Person, serverTime: String, zone: String) {
      self.person = person
      self.serverTime = serverTime
      self.zone = zone
    }
  }

  /// Signs in: with name and password, or with a link.
  public struct SignInRequest: Codable, Hashable, Sendable {
    /// The person's name.
    public var name: String?
    /// The person's password.
    public var password: Secret?
    /// The secret of a link.
    public var link: Secret?

    public init(name: String? = nil, password: Secret? = nil, link: Secret? = nil) {
      self.name = name
      self.password = password
      self.link = link
    }
  }

  /// Makes the first owner.
  public struct SetUpRequest: Codable, Hashable, Sendable {
    /// The secret of the set-up link.
    public var token: Secret
    /// The owner's name.
    public var name: String
    /// The owner's password.
    public var password: Secret

    public init(token: Secret, name: String, password: Secret) {
      self.token = token
      self.name = name
      self.password = password
    }
  }

  /// Who is signed in: one's own sessions, or everybody's for an owner.
  public struct SessionList: Codable, Hashable, Sendable {
    /// The sessions.
    public var sessions: [OpenSession]

    public init(sessions: [OpenSession]) {
      self.sessions = sessions
    }
  }

  /// A session that has not ended.
  public struct OpenSession: Codable, Hashable, Sendable {
    /// The session's id.
    public var id: String
    /// The person's name.
    public var person: String
    /// The person's id.
    public var personId: String
    /// When they signed in.
    public var created: String
    /// When it was last used.
    public var seen: String
    /// The browser, as it names itself.
    public var agent: String
    /// The address that they signed in from.
    public var address: String
    /// Whether this request came with it.
    public var current: Bool

    public init(
      id: String, person: String, personId: String, created: String, seen: String, agent: String, address: String,
      current: Bool
    ) {
      self.id = id
      self.person = person
      self.personId = personId
      self.created = created
      self.seen = seen
      self.agent = agent
      self.address = address
      self.current = current
    }
  }
}
