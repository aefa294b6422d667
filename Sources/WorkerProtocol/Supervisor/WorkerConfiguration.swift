public import Domain

/// The first line on a worker's standard input: all it needs to read one camera. It holds the camera's password and key
/// and travels through the pipe only, never on a command line or in the environment.
public struct WorkerConfiguration: Hashable, Sendable {
  public var installation: InstallationID
  public var settings: CameraSettings
  public var password: Secret?
  /// The camera's key as 64 hexadecimal digits; the master key is never seen by a worker.
  public var cameraKey: Secret
  /// Absolute path of the camera's folder.
  public var folder: String
  /// How long a segment lasts, and when a run counts as good. The standard, but for tests.
  public var timing: RunTiming
  /// The longest a fragment may last, in milliseconds.
  public var fragmentMilliseconds: Int
  /// The most bytes that packets may take while they wait for motion, for one stream.
  public var ringBytes: Int
  /// Which device the camera is; `nil` until it was read for the first time.
  public var pin: CameraPin?
  /// The volume for what the worker writes; `nil` for the camera's own folder.
  public var media: MediaPlace?
  /// Why that volume can't be written on at present: the worker then keeps no footage, and writes the rest in its folder.
  public var mediaAway: String?

  public init(
    installation: InstallationID, settings: CameraSettings, password: Secret?, cameraKey: Secret, folder: String,
    timing: RunTiming = .standard, fragmentMilliseconds: Int = 800, ringBytes: Int = 64 << 20, pin: CameraPin? = nil,
    media: MediaPlace? = nil, mediaAway: String? = nil
  ) {
    self.installation = installation
    self.settings = settings
    self.password = password
    self.cameraKey = cameraKey
    self.folder = folder
    self.timing = timing
    self.fragmentMilliseconds = fragmentMilliseconds
    self.ringBytes = ringBytes
    self.pin = pin
    self.media = media
    self.mediaAway = mediaAway
  }
}

extension WorkerConfiguration {
  /// The TCP ports that the camera is reached at.
  public var cameraPorts: Set<UInt16> {
    Set([settings.main.port, settings.detect?.port].compactMap { $0 })
  }
}

extension WorkerConfiguration: Codable {
  private enum Key: String, CodingKey {
    case installation, settings, password, cameraKey, folder
    case segmentMilliseconds, goodRunMilliseconds, fragmentMilliseconds, ringBytes
    case pin, media, mediaAway
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    guard let installation = InstallationID(text: try values.decode(String.self, forKey: .installation)) else {
      throw DecodingError.dataCorruptedError(
        forKey: .installation, in: values, debugDescription: "not 32 lower-case hex digits")
    }
    let key = try values.decode(Secret.self, forKey: .cameraKey)
    guard let bytes = Hex.decode(key.reveal()), bytes.count == 32 else {
      throw DecodingError.dataCorruptedError(
        forKey: .cameraKey, in: values, debugDescription: "not 64 lower-case hex digits")
    }
    self.init(
      installation: installation, settings: try values.decode(CameraSettings.self, forKey: .settings),
      password: try values.decodeIfPresent(Secret.self, forKey: .password), cameraKey: key,
      folder: try values.decode(String.self, forKey: .folder),
      timing: try Self.timing(values),
      fragmentMilliseconds: try values.decodeIfPresent(Int.self, forKey: .fragmentMilliseconds) ?? 800,
      ringBytes: try values.decodeIfPresent(Int.self, forKey: .ringBytes) ?? 64 << 20,
      pin: try values.decodeIfPresent(CameraPin.self, forKey: .pin),
      media: try values.decodeIfPresent(MediaPlace.self, forKey: .media),
      mediaAway: try values.decodeIfPresent(String.self, forKey: .mediaAway))
  }

  private static func timing(_ values: KeyedDecodingContainer<Key>) throws -> RunTiming {
    var timing = RunTiming.standard
    if let segment = try values.decodeIfPresent(Int64.self, forKey: .segmentMilliseconds) {
      timing.segment = .milliseconds(segment)
    }
    if let goodRun = try values.decodeIfPresent(Int64.self, forKey: .goodRunMilliseconds) {
      timing.goodRun = .milliseconds(goodRun)
    }
    return timing
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(Hex.encode(installation.raw.bytes), forKey: .installation)
    try values.encode(settings, forKey: .settings)
    try values.encodeIfPresent(password, forKey: .password)
    try values.encode(cameraKey, forKey: .cameraKey)
    try values.encode(folder, forKey: .folder)
    try values.encode(timing.segment.nanoseconds / 1_000_000, forKey: .segmentMilliseconds)
    try values.encode(timing.goodRun.nanoseconds / 1_000_000, forKey: .goodRunMilliseconds)
    try values.encode(fragmentMilliseconds, forKey: .fragmentMilliseconds)
    try values.encode(ringBytes, forKey: .ringBytes)
    try values.encodeIfPresent(pin, forKey: .pin)
    try values.encodeIfPresent(media, forKey: .media)
    try values.encodeIfPresent(mediaAway, forKey: .mediaAway)
  }
}

/// A line from the supervisor to a worker, after the configuration.
public enum SupervisorLine: Hashable, Sendable {
  /// One of the household's connect slots is lent to this worker: `{"slot":true}`.
  case slot
  /// Close everything in order and end: `{"stop":true}`.
  case stop
  /// It takes more of the processors than its share, and is paused now and then: `{"heldBack":true}`. Said once.
  case heldBack
  /// Go on with these settings: `{"settings":{…}}`. They differ from what it runs with only in what a running worker can
  /// change (`WorkerEffect.reload`).
  case settings(CameraSettings)
}

/// A line from a worker to the supervisor, on standard output.
public enum WorkerLine: Hashable, Sendable {
  /// The first line; the supervisor compares the version with its own: `{"hello":{"version":"0.1.0"}}`.
  case hello(version: String)
  /// Asks for a connect slot: `{"want":"slot"}`.
  case wantSlot
  /// Gives the slot back: `{"release":"slot"}`.
  case releaseSlot
  /// Pictures have arrived for as long as a good run takes: the next restart may be at once: `{"healthy":true}`.
  case healthy
  /// Its main loop turns, and so does every thread that is inside libav: `{"alive":true}`. Said every two seconds, and by
  /// the main loop alone: whoever hangs falls silent.
  case alive
}

extension SupervisorLine: Codable {
  private enum Key: String, CodingKey { case slot, stop, heldBack, settings }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    if try values.decodeIfPresent(Bool.self, forKey: .slot) == true {
      self = .slot
    } else if try values.decodeIfPresent(Bool.self, forKey: .stop) == true {
      self = .stop
    } else if try values.decodeIfPresent(Bool.self, forKey: .heldBack) == true {
      self = .heldBack
    } else if let settings = try values.decodeIfPresent(CameraSettings.self, forKey: .settings) {
      self = .settings(settings)
    } else {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not a line for a worker"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .slot: try values.encode(true, forKey: .slot)
    case .stop: try values.encode(true, forKey: .stop)
    case .heldBack: try values.encode(true, forKey: .heldBack)
    case .settings(let settings): try values.encode(settings, forKey: .settings)
    }
  }
}

extension WorkerLine: Codable {
  private enum Key: String, CodingKey { case hello, want, release, healthy, alive }
  private struct Hello: Codable { var version: String }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    if let hello = try values.decodeIfPresent(Hello.self, forKey: .hello) {
      self = .hello(version: hello.version)
    } else if try values.decodeIfPresent(String.self, forKey: .want) == "slot" {
      self = .wantSlot
    } else if try values.decodeIfPresent(String.self, forKey: .release) == "slot" {
      self = .releaseSlot
    } else if try values.decodeIfPresent(Bool.self, forKey: .healthy) == true {
      self = .healthy
    } else if try values.decodeIfPresent(Bool.self, forKey: .alive) == true {
      self = .alive
    } else {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not a worker's line"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .hello(let version): try values.encode(Hello(version: version), forKey: .hello)
    case .wantSlot: try values.encode("slot", forKey: .want)
    case .releaseSlot: try values.encode("slot", forKey: .release)
    case .healthy: try values.encode(true, forKey: .healthy)
    case .alive: try values.encode(true, forKey: .alive)
    }
  }
}
