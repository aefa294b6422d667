public import Domain

extension API {
  /// Everybody who belongs to the house.
  public struct PersonList: Codable, Hashable, Sendable {
    /// The people.
    public var people: [Person]

    public init(people: [Person]) {
      self.people = people
    }
  }

  /// A person with what they may see.
  public struct Person: Codable, Hashable, Sendable {
    /// The person's id.
    public var id: String
    /// The name that they sign in with.
    public var name: String
    /// Whether they may see and change everything.
    public var owner: Bool
    /// What they may do, camera by camera.
    public var grants: [Grant]

    public init(id: String, name: String, owner: Bool, grants: [Grant]) {
      self.id = id
      self.name = name
      self.owner = owner
      self.grants = grants
    }
  }

  /// What a person may do with one camera.
  public struct Grant: Codable, Hashable, Sendable {
    /// The camera's id.
    public var camera: String
    /// What they may do.
    public var rights: [Right]
    /// Nothing is granted from then on; `null` for no end.
    @Nullable public var until: String?
    /// Hours of each day in the house's zone, such as `18:00-23:00`; `null` for the whole day.
    @Nullable public var hours: String?

    public init(camera: String, rights: [Right], until: String?, hours: String?) {
      self.camera = camera
      self.rights = rights
      self.until = until
      self.hours = hours
    }
  }

  /// Grants a person rights on one camera, in place of those they had.
  public struct GrantRequest: Codable, Hashable, Sendable {
    /// The camera, by name or id.
    public var camera: String
    /// What they may do.
    public var rights: [Right]
    /// Nothing is granted from then on.
    public var until: String?
    /// Hours of each day in the house's zone, such as `18:00-23:00`.
    public var hours: String?

    public init(camera: String, rights: [Right], until: String? = nil, hours: String? = nil) {
      self.camera = camera
      self.rights = rights
      self.until = until
      self.hours = hours
    }
  }

  /// Adds a person: with a preset, with grants camera by camera, or both.
  public struct NewPersonRequest: Codable, Hashable, Sendable {
    /// The name that they will sign in with.
    public var name: String
    /// Without it they sign in with a link.
    public var password: Secret?
    /// Whether they may see and change everything.
    public var owner: Bool?
    /// What most people of that kind may do with every camera there is.
    public var preset: Preset?
    /// When what the preset grants ends.
    public var until: String?
    /// In which hours of each day the preset grants it.
    public var hours: String?
    /// Further grants.
    public var grants: [GrantRequest]?

    public init(
      name: String, password: Secret? = nil, owner: Bool? = nil, preset: Preset? = nil, until: String? = nil,
      hours: String? = nil, grants: [GrantRequest]? = nil
    ) {
      self.name = name
      self.password = password
      self.owner = owner
      self.preset = preset
      self.until = until
      self.hours = hours
      self.grants = grants
    }
  }

  /// Changes a person's password.
  public struct PasswordRequest: Codable, Hashable, Sendable {
    /// The new one.
    public var password: Secret
    /// The one before; needed for one's own.
    public var old: Secret?

    public init(password: Secret, old: Secret? = nil) {
      self.password = password
      self.old = old
    }
  }
}
