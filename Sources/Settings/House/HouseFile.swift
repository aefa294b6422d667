public import Domain

/// A household as a house file declares it: cameras, people, how long footage is kept.
///
/// A camera that is named is declared whole: a key that is left out means its default. Its password is the exception:
/// left out, the stored one stays. A person's grants and the retention stay as they are when they aren't mentioned.
public struct HouseFile: Hashable, Sendable, Codable {
  public var cameras: [Camera]
  public var people: [Person]
  /// How long the household keeps footage; `nil` when the file says nothing.
  public var retention: RetentionSettings?

  public init(cameras: [Camera] = [], people: [Person] = [], retention: RetentionSettings? = nil) {
    self.cameras = cameras
    self.people = people
    self.retention = retention
  }

  @dynamicMemberLookup
  public struct Camera: Hashable, Sendable {
    public var name: String
    /// The name it had before, for a rename.
    public var was: String?
    public var source: CameraAddress
    public var detect: CameraAddress?
    public var user: String?
    /// `nil`: the stored one stays.
    public var password: Secret?
    public var options: CameraOptions

    public init(
      name: String, was: String? = nil, source: CameraAddress, detect: CameraAddress? = nil, user: String? = nil,
      password: Secret? = nil, options: CameraOptions = CameraOptions()
    ) {
      self.name = name
      self.was = was
      self.source = source
      self.detect = detect
      self.user = user
      self.password = password
      self.options = options
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<CameraOptions, Value>) -> Value {
      get { options[keyPath: path] }
      set { options[keyPath: path] = newValue }
    }

    /// What the house file would say of a stored camera. The password is never told.
    public init(_ settings: CameraSettings) {
      self.init(
        name: settings.name, source: settings.main, detect: settings.detect, user: settings.user,
        options: settings.options)
    }

    /// The settings of the camera `id` as declared here.
    public func settings(id: CameraID) -> CameraSettings {
      CameraSettings(id: id, name: name, main: source, detect: detect, user: user, options: options)
    }
  }

  public struct Person: Hashable, Sendable, Codable {
    public var name: String
    /// `nil` when the file doesn't say.
    public var owner: Bool?
    /// Used when the person is added; an existing person's password is not touched.
    public var password: Secret?
    /// All of the person's grants; `nil` when the file doesn't say.
    public var grants: [Grant]?

    public init(name: String, owner: Bool? = nil, password: Secret? = nil, grants: [Grant]? = nil) {
      self.name = name
      self.owner = owner
      self.password = password
      self.grants = grants
    }
  }

  public struct Grant: Hashable, Sendable, Codable {
    /// A camera's name.
    public var camera: String
    /// Words such as `live` and `playback`.
    public var rights: [String]
    /// RFC 3339: nothing is granted from then on; `nil` for good.
    public var until: String?
    /// Such as `18:00-23:00`, in the house's zone; `nil` all day.
    public var hours: String?

    public init(camera: String, rights: [String], until: String? = nil, hours: String? = nil) {
      self.camera = camera
      self.rights = rights
      self.until = until
      self.hours = hours
    }

    /// What the house file would say of a grant.
    public init(camera: String, _ grant: CameraGrant) {
      self.init(
        camera: camera, rights: grant.rights.words, until: grant.until?.rfc3339, hours: grant.hours?.description)
    }

    /// The grant in values.
    ///
    /// - Throws: `Problem` (exit 65) that names what can't be read.
    public func grant() throws -> CameraGrant {
      guard let rights = Rights(words: rights) else {
        throw Problem(
          .data, "a grant for \"\(camera)\" has an unknown right",
          next: "use \(Rights.all.words.joined(separator: ", "))")
      }
      return CameraGrant(rights, until: try until.map(Self.time), hours: try hours.map(Self.hours))
    }

    static func time(_ text: String) throws -> WallTime {
      guard let time = WallTime(rfc3339: text) else {
        throw Problem(
          .data, "until is \"\(text.prefix(40))\"", next: "write it as 2026-12-24T22:00:00Z, with a zone")
      }
      return time
    }

    static func hours(_ text: String) throws -> DailyHours {
      guard let hours = DailyHours(text: text) else {
        throw Problem(.data, "hours is \"\(text.prefix(40))\"", next: "write them as 18:00-23:00")
      }
      return hours
    }
  }
}

extension HouseFile.Camera: Codable {
  private enum Key: String, CodingKey {
    case name, was, source, detect, user, password
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let main = try CameraAddress.parse(try values.decode(String.self, forKey: .source))
    self.init(name: try values.decode(String.self, forKey: .name), source: main.address)
    was = try values.decodeIfPresent(String.self, forKey: .was)
    detect = try values.decodeIfPresent(String.self, forKey: .detect).map { try CameraAddress.parse($0).address }
    user = try values.decodeIfPresent(String.self, forKey: .user) ?? main.user
    password = try values.decodeIfPresent(Secret.self, forKey: .password) ?? main.password
    options = try CameraOptions(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .name)
    try values.encodeIfPresent(was, forKey: .was)
    try values.encode(source.text, forKey: .source)
    try values.encodeIfPresent(detect?.text, forKey: .detect)
    try values.encodeIfPresent(user, forKey: .user)
    try values.encodeIfPresent(password, forKey: .password)
    try options.encode(to: encoder)
  }
}
