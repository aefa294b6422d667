extension API {
  /// A house file that is to be compared with the household, or carried out.
  ///
  /// The house file's own type is in `Settings`, which is above this target.
  public struct HouseRequest<House: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    /// The house file.
    public var house: House
    /// Whether cameras that it doesn't name are archived.
    public var prune: Bool?
    /// Whether only what is missing is added, and nothing that is there changes.
    public var addOnly: Bool?

    public init(house: House, prune: Bool? = nil, addOnly: Bool? = nil) {
      self.house = house
      self.prune = prune
      self.addOnly = addOnly
    }
  }

  /// What a house file changes.
  public struct HouseChanges: Codable, Hashable, Sendable {
    /// One change.
    public struct Change: Codable, Hashable, Sendable {
      /// What it is about: a camera, a person, the retention.
      public var subject: String
      /// What kind of change it is: a word for programs.
      public var kind: String
      /// The name of the camera or person.
      public var name: String
      /// What differs, a line each.
      public var what: [String]

      public init(subject: String, kind: String, name: String, what: [String]) {
        self.subject = subject
        self.kind = kind
        self.name = name
        self.what = what
      }
    }
    /// In the order in which they are made.
    public var changes: [Change]

    public init(changes: [Change]) {
      self.changes = changes
    }
  }
}
