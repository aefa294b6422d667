/// Everything that is set for one camera, except its password: what `settings/camera.json` holds.
///
/// Reading fills in defaults for keys that are missing, so that an older file keeps its meaning; keys that are not
/// known are ignored, so that a file written by a newer Hearth can still be read.
@dynamicMemberLookup
public struct CameraSettings: Hashable, Sendable {
  public var id: CameraID
  /// A label for people: never a key.
  public var name: String
  public var main: CameraAddress
  /// The small stream that motion is looked for in; `nil` when the camera has one stream.
  public var detect: CameraAddress?
  public var user: String?
  /// What else a person sets; each is a member of the camera's settings too: `settings.audio`.
  public var options: CameraOptions
  /// Archived: the footage stays, no worker runs.
  public var archived: Bool
  /// The volume that the camera is recorded on; `nil` for the data directory.
  public var media: MediaPlace?
  /// Other volumes that it was recorded on before; the data directory is looked at anyway.
  public var earlierMedia: [MediaPlace]

  public init(
    id: CameraID, name: String, main: CameraAddress, detect: CameraAddress? = nil, user: String? = nil,
    options: CameraOptions = CameraOptions(), archived: Bool = false, media: MediaPlace? = nil,
    earlierMedia: [MediaPlace] = []
  ) {
    self.id = id
    self.name = name
    self.main = main
    self.detect = detect
    self.user = user
    self.options = options
    self.archived = archived
    self.media = media
    self.earlierMedia = earlierMedia
  }

  public subscript<Value>(dynamicMember path: WritableKeyPath<CameraOptions, Value>) -> Value {
    get { options[keyPath: path] }
    set { options[keyPath: path] = newValue }
  }
}

extension CameraSettings {
  /// Checks what the types alone don't hold, of stored settings and of new ones.
  ///
  /// - Throws: `Problem` (exit 65) that names the setting and its range.
  public func validate() throws {
    try DisplayName.checkStored(name, "a camera's name")
    for option in CameraOptions.all { try option.validate(options) }
    try Self.checkZones(options.motion)
    try options.retention.validate()
    try Self.check(
      options.retention.reserveSeconds == nil, "a camera has no reserve of its own", "set it for the household")
    if let user {
      try Self.check(
        !user.isEmpty && user.utf8.count <= 256 && user.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != 0x3a },
        "the camera's user name can't be sent", "use 1 to 256 bytes without colons and control characters")
    }
  }

  private static func checkZones(_ motion: DetectionSettings) throws {
    try Self.check(motion.zones.count <= 32, "there are \(motion.zones.count) zones", "use at most 32")
    for zone in motion.zones {
      try DisplayName.checkStored(zone.name, "a zone's name")
      try Self.check(
        (3...256).contains(zone.polygon.count), "zone \"\(zone.name)\" has \(zone.polygon.count) corners",
        "give it 3 to 256 corners")
      try Self.check(
        zone.polygon.allSatisfy { (0...1).contains($0.x) && (0...1).contains($0.y) },
        "zone \"\(zone.name)\" leaves the picture", "give each corner as shares of the picture from 0 to 1")
      try Self.check(
        zone.sensitivity.map { (0...100).contains($0) } ?? true, "zone \"\(zone.name)\" has a sensitivity out of range",
        "use 0 to 100")
      try Self.check(
        zone.minimumSize.map { (0...1).contains($0) } ?? true, "zone \"\(zone.name)\" has a minimum size out of range",
        "give it as a share of the picture from 0 to 1")
      try Self.check(
        zone.kind == .include || (zone.sensitivity == nil && zone.minimumSize == nil),
        "zone \"\(zone.name)\" counts no motion, and has a sensitivity or a minimum size", "take them out")
    }
    if let shape = motion.shape {
      try Self.check(
        PictureShape.sides.contains(shape.width) && PictureShape.sides.contains(shape.height),
        "the zones were drawn on a picture of \(shape)", "give the stream's width and height in pixels")
    }
  }

  /// Checks settings before they are stored: all of `validate`, and of what differs from the stored ones also the rules
  /// that came later. What is stored already may stay.
  ///
  /// - Parameter old: the stored settings; `nil` for a new camera.
  /// - Throws: `Problem` (exit 65) that names the setting and its range; exit 78 for an address outside the house.
  public func validate(replacing old: CameraSettings?) throws {
    try validate()
    if name != old?.name { try DisplayName.check(name, "a camera's name", .data) }
    for zone in options.motion.zones where old?.options.motion.zones.contains(where: { $0.name == zone.name }) != true {
      try DisplayName.check(zone.name, "a zone's name", .data)
    }
    if main.host != old?.main.host { try CameraHost.check(main.host) }
    if let detect, detect.host != old?.detect?.host, detect.host != old?.main.host { try CameraHost.check(detect.host) }
  }

  private static func check(_ fine: Bool, _ what: String, _ next: String) throws {
    guard fine else { throw Problem(.data, what, next: next) }
  }
}

extension CodingUserInfoKey {
  /// The id for settings that come without one, as in a request for a new camera: a `CameraID`.
  public static let newCameraID: CodingUserInfoKey = {
    guard let key = CodingUserInfoKey(rawValue: "newCameraID") else { preconditionFailure("the name is not empty") }
    return key
  }()
}

extension CameraSettings: Codable {
  private enum Key: String, CodingKey {
    case version, id, name, main, detect, user, archived, media, earlierMedia
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let version = try values.decodeIfPresent(Int.self, forKey: .version) ?? 1
    guard version == 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: values, debugDescription: "version \(version) is not known here")
    }
    if let text = try values.decodeIfPresent(String.self, forKey: .id) {
      guard let read = CameraID(text: text) else {
        throw DecodingError.dataCorruptedError(
          forKey: .id, in: values, debugDescription: "not 32 lower-case hex digits")
      }
      id = read
    } else if let fresh = decoder.userInfo[.newCameraID] as? CameraID {
      id = fresh
    } else {
      throw DecodingError.keyNotFound(
        Key.id, .init(codingPath: decoder.codingPath, debugDescription: "a camera has an id"))
    }
    name = try values.decode(String.self, forKey: .name)
    main = try values.decode(CodedAddress.self, forKey: .main).address
    detect = try values.decodeIfPresent(CodedAddress.self, forKey: .detect)?.address
    user = try values.decodeIfPresent(String.self, forKey: .user)
    options = try CameraOptions(from: decoder)
    archived = try values.decodeIfPresent(Bool.self, forKey: .archived) ?? false
    media = try values.decodeIfPresent(MediaPlace.self, forKey: .media)
    earlierMedia = try values.decodeIfPresent([MediaPlace].self, forKey: .earlierMedia) ?? []
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(1, forKey: .version)
    try values.encode(id.text, forKey: .id)
    try values.encode(name, forKey: .name)
    try values.encode(CodedAddress(address: main), forKey: .main)
    try values.encodeIfPresent(detect.map(CodedAddress.init), forKey: .detect)
    try values.encodeIfPresent(user, forKey: .user)
    try options.encode(to: encoder)
    try values.encode(archived, forKey: .archived)
    try values.encodeIfPresent(media, forKey: .media)
    if !earlierMedia.isEmpty { try values.encode(earlierMedia, forKey: .earlierMedia) }
  }
}
