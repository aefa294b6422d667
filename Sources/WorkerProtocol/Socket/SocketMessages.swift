public import Domain

/// The one request that a client of a worker's socket sends; afterwards it only reads.
public enum SocketRequest: Hashable, Sendable {
  /// The full state at once, then each fact as it happens.
  case facts
  /// Live media of one stream, beginning at the last keyframe. With sound, where the camera's sound is recorded.
  case live(StreamRole, sound: Bool)
  /// One picture: the newest keyframe of the main stream.
  case snapshot
}

extension SocketRequest: Codable {
  private enum Key: String, CodingKey { case op, stream, sound }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    switch try values.decode(String.self, forKey: .op) {
    case "facts": self = .facts
    case "live":
      self = .live(
        try values.decodeIfPresent(StreamRole.self, forKey: .stream) ?? .main,
        sound: try values.decodeIfPresent(Bool.self, forKey: .sound) ?? false)
    case "snapshot": self = .snapshot
    default: throw DecodingError.dataCorruptedError(forKey: .op, in: values, debugDescription: "not a request")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .facts: try values.encode("facts", forKey: .op)
    case .snapshot: try values.encode("snapshot", forKey: .op)
    case .live(let stream, let sound):
      try values.encode("live", forKey: .op)
      try values.encode(stream, forKey: .stream)
      if sound { try values.encode(true, forKey: .sound) }
    }
  }
}

/// What a worker says about its camera.
public struct WorkerState: Hashable, Sendable, Codable {
  public var state: CameraState
  /// Milliseconds since 1970 in UTC: when this state began.
  public var since: Int64
  /// Why, in words for a person; `nil` when all is well.
  public var cause: String?
  public var streams: [StreamFacts]
  /// What a person should know although it works: sound that is dropped, a blind spot of the detector.
  public var notes: [String]
  /// Which devices answered at the newest connects; `nil` before the first.
  public var devices: [DeviceSighting]?
  /// Why nothing can be written at the moment; `nil` while the disk takes what there is.
  public var disk: String?

  public init(
    state: CameraState, since: Int64, cause: String? = nil, streams: [StreamFacts] = [], notes: [String] = [],
    devices: [DeviceSighting]? = nil, disk: String? = nil
  ) {
    self.state = state
    self.since = since
    self.cause = cause
    self.streams = streams
    self.notes = notes
    self.devices = devices
    self.disk = disk
  }

  /// What was found out about the device behind one stream.
  public func device(_ stream: StreamRole) -> DeviceSighting? { devices?.first { $0.stream == stream } }
}

/// What a live connection carries from here on: sent before each initialisation part.
public struct LiveHeader: Hashable, Sendable, Codable {
  public var stream: StreamRole
  /// Counts up with each change of parameters or reconnect.
  public var generation: UInt32
  /// The picture's, by RFC 6381, such as `avc1.64001f`.
  public var codecs: String
  /// The sound's, such as `mp4a.40.2`; `nil` when none follows.
  public var soundCodecs: String?
  public var width: Int
  public var height: Int

  public init(
    stream: StreamRole, generation: UInt32, codecs: String, soundCodecs: String? = nil, width: Int, height: Int
  ) {
    self.stream = stream
    self.generation = generation
    self.codecs = codecs
    self.soundCodecs = soundCodecs
    self.width = width
    self.height = height
  }
}

/// One JSON message ('J') from a worker. An announcement is a hint; files and journal are the truth.
public enum WorkerFact: Hashable, Sendable {
  case state(WorkerState)
  /// A segment is closed, renamed and durable. The path is below `media/`.
  case segment(file: String)
  /// An event's record was written: opened, updated or closed. The path is below `events/`.
  case event(file: String)
  /// A line was appended. The path is below `journal/`.
  case journal(file: String)
  case live(LiveHeader)
  case error(String)
}

extension WorkerFact: Codable {
  private enum Key: String, CodingKey { case state, segment, event, journal, live, error }
  private struct File: Codable { var file: String }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    guard let key = values.allKeys.first else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a worker's fact"))
    }
    switch key {
    case .state: self = .state(try values.decode(WorkerState.self, forKey: key))
    case .segment: self = .segment(file: try values.decode(File.self, forKey: key).file)
    case .event: self = .event(file: try values.decode(File.self, forKey: key).file)
    case .journal: self = .journal(file: try values.decode(File.self, forKey: key).file)
    case .live: self = .live(try values.decode(LiveHeader.self, forKey: key))
    case .error: self = .error(try values.decode(String.self, forKey: key))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .state(let state): try values.encode(state, forKey: .state)
    case .segment(let file): try values.encode(File(file: file), forKey: .segment)
    case .event(let file): try values.encode(File(file: file), forKey: .event)
    case .journal(let file): try values.encode(File(file: file), forKey: .journal)
    case .live(let header): try values.encode(header, forKey: .live)
    case .error(let what): try values.encode(what, forKey: .error)
    }
  }
}

/// What each socket message is.
public enum SocketFrameType: UInt8, Sendable {
  case json = 0x4a  // J
  case live = 0x4c  // L
  case picture = 0x50  // P
}

/// The frame around each message on a worker's socket: the payload's length (32 bits, big-endian, not counting itself or
/// the type), the type (8 bits), the payload.
public enum SocketFrame {
  /// Bytes before the payload.
  public static let headerSize = 5
  /// A keyframe of a large camera is a few megabytes; anything beyond this is a fault.
  public static let largestPayload = 32 << 20

  public static func header(_ type: SocketFrameType, payloadBytes: Int) -> [UInt8] {
    precondition(payloadBytes <= largestPayload)
    var header = ByteWriter(reserving: headerSize)
    header.u32(UInt32(payloadBytes))
    header.u8(type.rawValue)
    return header.bytes
  }

  public static func encode(_ type: SocketFrameType, _ payload: some Collection<UInt8>) -> [UInt8] {
    header(type, payloadBytes: payload.count) + payload
  }

  /// Reads the first five bytes of a message.
  ///
  /// - Throws: `Problem` (exit 65) when the type is not known or the length can't be true: the connection is then of no
  ///   more use.
  public static func readHeader(_ bytes: some Collection<UInt8>) throws -> (type: SocketFrameType, payloadBytes: Int) {
    var header = ByteReader(Array(bytes.prefix(headerSize)))
    guard let length = header.u32(), let type = header.u8().flatMap(SocketFrameType.init), length <= largestPayload
    else {
      throw Problem(.data, "a worker's message is damaged", next: "connect again")
    }
    return (type, Int(length))
  }
}

/// Takes bytes as they arrive and gives back whole messages.
public struct SocketFrameReader: Sendable {
  private var pending: [UInt8] = []
  private var taken = 0

  public init() {}

  public mutating func append(_ bytes: some Sequence<UInt8>) { pending.append(contentsOf: bytes) }

  /// The next whole message, or `nil` until more bytes arrive.
  ///
  /// - Throws: `Problem` (exit 65) for a header that can't be true.
  public mutating func next() throws -> (type: SocketFrameType, payload: [UInt8])? {
    let rest = pending[taken...]
    guard rest.count >= SocketFrame.headerSize else { return nil }
    let (type, length) = try SocketFrame.readHeader(rest.prefix(SocketFrame.headerSize))
    guard rest.count >= SocketFrame.headerSize + length else { return nil }
    let start = taken + SocketFrame.headerSize
    let payload = Array(pending[start..<start + length])
    taken = start + length
    if taken == pending.count || taken > 1 << 20 {
      pending.removeFirst(taken)
      taken = 0
    }
    return (type, payload)
  }
}
