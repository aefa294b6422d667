public import Domain

/// Everything that is set for one camera, except its password: what `settings/camera.json` holds.
///
/// Reading fills in defaults for keys that are missing, so that an older file keeps its meaning; keys that are not
/// known are ignored, so that a file written by a newer Hearth can still be read.
public struct CameraSettings: Hashable, Sendable {
  public var id: CameraID
  /// A label for people: never a key.
  public var name: String
  public var main: CameraAddress
  /// The small stream that motion is looked for in; `nil` when the camera has one stream.
  public var detect: CameraAddress?
  public var user: String?
  public var transport: Transport
  public var record: RecordMode
  /// Whether sound is recorded.
  public var audio: Bool
  /// Whether the detection stream is recorded too, in segments of its own.
  public var recordDetect: Bool
  /// Whole seconds kept before motion, 0 to 60.
  public var preRollSeconds: Int
  /// Whole seconds kept after motion, 0 to 120.
  public var postRollSeconds: Int
  public var motion: DetectionSettings
  /// Limits of this camera alone; what is `nil` follows the household.
  public var retention: RetentionSettings
  /// Archived: the footage stays, no worker runs.
  public var archived: Bool
  /// The volume that the camera is recorded on; `nil` for the data directory.
  public var media: MediaPlace?
  /// Other volumes that it was recorded on before; the data directory is looked at anyway.
  public var earlierMedia: [MediaPlace]

  public init(
    id: CameraID, name: String, main: CameraAddress, detect: CameraAddress? = nil, user: String? = nil,
    transport: Transport = .tcp, record: RecordMode = .continuous, audio: Bool = false, recordDetect: Bool = true,
    preRollSeconds: Int = 5, postRollSeconds: Int = 10, motion: DetectionSettings = DetectionSettings(),
    retention: RetentionSettings = RetentionSettings(), archived: Bool = false, media: MediaPlace? = nil,
    earlierMedia: [MediaPlace] = []
  ) {
    self.id = id
    self.name = name
    self.main = main
    self.detect = detect
    self.user = user
    self.transport = transport
    self.record = record
    self.audio = audio
    self.recordDetect = recordDetect
    self.preRollSeconds = preRollSeconds
    self.postRollSeconds = postRollSeconds
    self.motion = motion
    self.retention = retention
    self.archived = archived
    self.media = media
    self.earlierMedia = earlierMedia
  }
}

/// How motion is looked for in one camera, as a person sets it.
public struct DetectionSettings: Hashable, Sendable, Codable {
  public var enabled: Bool
  /// 0 to 100; 50 suits most cameras.
  public var sensitivity: Int
  /// Where motion counts, and how; the whole picture when empty.
  public var zones: [Zone]
  /// The pictures that the zones were drawn on: on another shape they are not used. `nil` uses them on any.
  public var shape: PictureShape?

  public init(enabled: Bool = true, sensitivity: Int = 50, zones: [Zone] = [], shape: PictureShape? = nil) {
    self.enabled = enabled
    self.sensitivity = sensitivity
    self.zones = zones
    self.shape = shape
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    enabled = try container.decodeIfPresent(Bool.self, forKey: .enabled) ?? true
    sensitivity = try container.decodeIfPresent(Int.self, forKey: .sensitivity) ?? 50
    zones = try container.decodeIfPresent([Zone].self, forKey: .zones) ?? []
    shape = try container.decodeIfPresent(PictureShape.self, forKey: .shape)
  }
}

/// How long footage is kept; `nil` where nothing is said here.
public struct RetentionSettings: Hashable, Sendable, Codable {
  /// Seconds that footage without motion is kept.
  public var continuousSeconds: Int64?
  /// Seconds that events and their footage are kept.
  public var motionSeconds: Int64?
  /// The same of the detection stream, where it is kept longer or shorter than the main one.
  public var detectContinuousSeconds: Int64?
  public var detectMotionSeconds: Int64?
  /// Seconds that no budget cuts short.
  public var minimumSeconds: Int64?
  /// Seconds after which nothing is kept that is not protected.
  public var maximumSeconds: Int64?
  /// The most bytes that may be used.
  public var budgetBytes: Int64?
  /// The most hundredths of the volume that may be used.
  public var budgetPercent: Int64?
  /// Seconds of writing that a volume always has room for; of the household alone.
  public var reserveSeconds: Int64?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case continuousSeconds, motionSeconds, detectContinuousSeconds, detectMotionSeconds, minimumSeconds, maximumSeconds
    case budgetBytes, budgetPercent, reserveSeconds
  }

  /// As they stand in files.
  public static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init(
    continuousSeconds: Int64? = nil, motionSeconds: Int64? = nil, detectContinuousSeconds: Int64? = nil,
    detectMotionSeconds: Int64? = nil, minimumSeconds: Int64? = nil, maximumSeconds: Int64? = nil,
    budgetBytes: Int64? = nil, budgetPercent: Int64? = nil, reserveSeconds: Int64? = nil
  ) {
    self.continuousSeconds = continuousSeconds
    self.motionSeconds = motionSeconds
    self.detectContinuousSeconds = detectContinuousSeconds
    self.detectMotionSeconds = detectMotionSeconds
    self.minimumSeconds = minimumSeconds
    self.maximumSeconds = maximumSeconds
    self.budgetBytes = budgetBytes
    self.budgetPercent = budgetPercent
    self.reserveSeconds = reserveSeconds
  }

  /// The values that are set, with their keys.
  public var values: [(key: String, value: Int64)] {
    let all: [(CodingKeys, Int64?)] = [
      (.continuousSeconds, continuousSeconds), (.motionSeconds, motionSeconds),
      (.detectContinuousSeconds, detectContinuousSeconds), (.detectMotionSeconds, detectMotionSeconds),
      (.minimumSeconds, minimumSeconds), (.maximumSeconds, maximumSeconds), (.budgetBytes, budgetBytes),
      (.budgetPercent, budgetPercent), (.reserveSeconds, reserveSeconds),
    ]
    return all.compactMap { key, value in value.map { (key.rawValue, $0) } }
  }

  /// What contradicts itself: the key of a house file that is wrong, what is wrong with it, and what to do.
  public var contradiction: (key: String, what: String, next: String)? {
    let ages = [
      ("continuous", continuousSeconds), ("motion", motionSeconds), ("detect.continuous", detectContinuousSeconds),
      ("detect.motion", detectMotionSeconds), ("maximum", maximumSeconds),
    ]
    for case (let key, let age?) in ages {
      if let minimumSeconds, age < minimumSeconds {
        return (key, "\(key) is shorter than the minimum age", "raise it, or lower minimum")
      }
      if let maximumSeconds, age > maximumSeconds {
        return (key, "\(key) is longer than the maximum age", "lower it, or raise maximum")
      }
    }
    if budgetBytes != nil, budgetPercent != nil {
      return ("budget", "there are two budgets", "give bytes, or a share of the volume")
    }
    if let budgetPercent, !(1...95).contains(budgetPercent) {
      return ("budget", "a budget of \(budgetPercent)% of the volume", "use 1% to 95%")
    }
    return nil
  }

  /// Checks what the types alone don't hold.
  ///
  /// - Throws: `Problem` (exit 65) that names the setting.
  public func validate() throws {
    for (key, value) in values where value < 0 {
      throw Problem(.data, "retention.\(key) is below zero", next: "use 0 or more, or leave it out")
    }
    if let contradiction { throw Problem(.data, contradiction.what, next: contradiction.next) }
  }
}

extension CameraSettings {
  /// Checks what the types alone don't hold.
  ///
  /// - Throws: `Problem` (exit 65) that names the setting and its range.
  public func validate() throws {
    try Self.checkLabel(name, "a camera's name")
    try Self.check((0...60).contains(preRollSeconds), "preRollSeconds is \(preRollSeconds)", "use 0 to 60 seconds")
    try Self.check((0...120).contains(postRollSeconds), "postRollSeconds is \(postRollSeconds)", "use 0 to 120 seconds")
    try Self.check(
      (0...100).contains(motion.sensitivity), "motion sensitivity is \(motion.sensitivity)", "use 0 to 100")
    try Self.check(motion.zones.count <= 32, "there are \(motion.zones.count) zones", "use at most 32")
    for zone in motion.zones {
      try Self.checkLabel(zone.name, "a zone's name")
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
    try retention.validate()
    try Self.check(
      retention.reserveSeconds == nil, "a camera has no reserve of its own", "set it for the household")
    if let user {
      try Self.check(
        !user.isEmpty && user.utf8.count <= 256 && user.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != 0x3a },
        "the camera's user name can't be sent", "use 1 to 256 bytes without colons and control characters")
    }
  }

  private static func checkLabel(_ label: String, _ what: String) throws {
    try check(
      (1...64).contains(label.count) && label.utf8.count <= 1024, "\(what) is empty or too long",
      "use 1 to 64 characters")
    try check(
      label.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .unassigned: false
        // Marks that reorder text could make one camera's name look like another's.
        default: !(0x202a...0x202e).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
        }
      }, "\(what) holds control characters", "use plain letters, digits, signs and spaces")
    try check(
      label.unicodeScalars.contains { !$0.properties.isWhitespace }, "\(what) is blank", "use at least one letter")
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
    case version, id, name, main, detect, user, transport, record, audio, recordDetect, preRollSeconds, postRollSeconds
    case motion, retention, archived, media, earlierMedia
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
    transport = try values.decodeIfPresent(Transport.self, forKey: .transport) ?? .tcp
    record = try values.decodeIfPresent(RecordMode.self, forKey: .record) ?? .continuous
    audio = try values.decodeIfPresent(Bool.self, forKey: .audio) ?? false
    recordDetect = try values.decodeIfPresent(Bool.self, forKey: .recordDetect) ?? true
    preRollSeconds = try values.decodeIfPresent(Int.self, forKey: .preRollSeconds) ?? 5
    postRollSeconds = try values.decodeIfPresent(Int.self, forKey: .postRollSeconds) ?? 10
    motion = try values.decodeIfPresent(DetectionSettings.self, forKey: .motion) ?? DetectionSettings()
    retention = try values.decodeIfPresent(RetentionSettings.self, forKey: .retention) ?? RetentionSettings()
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
    try values.encode(transport, forKey: .transport)
    try values.encode(record, forKey: .record)
    try values.encode(audio, forKey: .audio)
    try values.encode(recordDetect, forKey: .recordDetect)
    try values.encode(preRollSeconds, forKey: .preRollSeconds)
    try values.encode(postRollSeconds, forKey: .postRollSeconds)
    try values.encode(motion, forKey: .motion)
    try values.encode(retention, forKey: .retention)
    try values.encode(archived, forKey: .archived)
    try values.encodeIfPresent(media, forKey: .media)
    if !earlierMedia.isEmpty { try values.encode(earlierMedia, forKey: .earlierMedia) }
  }
}

/// An address in the shape that files, pipes and the API share.
public struct CodedAddress: Hashable, Sendable, Codable {
  public var address: CameraAddress

  public init(address: CameraAddress) { self.address = address }

  private enum Key: String, CodingKey { case scheme, host, port, path }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let scheme = try values.decodeIfPresent(CameraAddress.Scheme.self, forKey: .scheme) ?? .rtsp
    let standard: UInt16 = scheme == .rtsp ? 554 : 322
    address = try CameraAddress(
      scheme: scheme, host: values.decode(String.self, forKey: .host),
      port: values.decodeIfPresent(UInt16.self, forKey: .port) ?? standard,
      path: values.decodeIfPresent(String.self, forKey: .path) ?? "/")
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(address.scheme, forKey: .scheme)
    try values.encode(address.host, forKey: .host)
    try values.encode(address.port, forKey: .port)
    try values.encode(address.path, forKey: .path)
  }
}
