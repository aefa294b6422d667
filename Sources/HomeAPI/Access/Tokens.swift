public import Domain

extension API {
  /// Tokens: one's own, or everybody's for an owner.
  public struct TokenList: Codable, Hashable, Sendable {
    /// The tokens.
    public var tokens: [Token]

    public init(tokens: [Token]) {
      self.tokens = tokens
    }
  }

  /// A token, without the secret that was shown once.
  public struct Token: Codable, Hashable, Sendable {
    /// What it may do with one camera.
    public struct Camera: Codable, Hashable, Sendable {
      /// The camera's id.
      public var camera: String
      /// The rights.
      public var rights: [Right]

      public init(camera: String, rights: [Right]) {
        self.camera = camera
        self.rights = rights
      }
    }
    /// The token's id.
    public var id: String
    /// What it is for.
    public var label: String
    /// The name of the person that it acts for.
    public var person: String
    /// That person's id.
    public var personId: String
    /// On no camera more than these.
    public var rights: [Right]
    /// When it ends.
    @Nullable public var until: String?
    /// Hours of each day in the house's zone, such as `18:00-23:00`.
    @Nullable public var hours: String?
    /// For these cameras alone; `null` for all that the person may see.
    @Nullable public var cameras: [Camera]?
    /// When it was made.
    public var created: String
    /// When it was last used.
    @Nullable public var used: String?

    public init(
      id: String, label: String, person: String, personId: String, rights: [Right], until: String?, hours: String?,
      cameras: [Camera]?, created: String, used: String?
    ) {
      self.id = id
      self.label = label
      self.person = person
      self.personId = personId
      self.rights = rights
      self.until = until
      self.hours = hours
      self.cameras = cameras
      self.created = created
      self.used = used
    }
  }

  /// Makes a token.
  public struct NewTokenRequest: Codable, Hashable, Sendable {
    /// What it may do with one camera.
    public struct Camera: Codable, Hashable, Sendable {
      /// The camera, by name or id.
      public var camera: String
      /// All when they are left out.
      public var rights: [Right]?

      public init(camera: String, rights: [Right]? = nil) {
        self.camera = camera
        self.rights = rights
      }
    }
    /// The person that it acts for, by name or id.
    public var person: String
    /// What it is for.
    public var label: String
    /// For these cameras alone.
    public var cameras: [Camera]?
    /// On no camera more than these.
    public var rights: [Right]?
    /// When it ends.
    public var until: String?
    /// Hours of each day in the house's zone, such as `18:00-23:00`.
    public var hours: String?

    public init(
      person: String, label: String, cameras: [Camera]? = nil, rights: [Right]? = nil, until: String? = nil,
      hours: String? = nil
    ) {
      self.person = person
      self.label = label
      self.cameras = cameras
      self.rights = rights
      self.until = until
      self.hours = hours
    }
  }

  /// A new token: the one time that its secret is shown.
  public struct IssuedToken: Codable, Hashable, Sendable {
    /// The token's id.
    public var id: String
    /// What a program sends as `Authorization: Bearer …`.
    public var token: Secret

    public init(id: String, token: Secret) {
      self.id = id
      self.token = token
    }
  }

  /// Makes a link that signs a person in once.
  public struct LinkRequest: Codable, Hashable, Sendable {
    /// The person, by name or id.
    public var person: String

    public init(person: String) {
      self.person = person
    }
  }

  /// A link that signs a person in once.
  public struct Link: Codable, Hashable, Sendable {
    /// The page's address with the secret in its fragment.
    public var link: Secret

    public init(link: Secret) {
      self.link = link
    }
  }
}
