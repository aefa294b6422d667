public import Domain

/// What a sealed picture shows.
public struct PictureIdentity: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The best frame of one event.
    case thumbnail(EventID)
    /// What the camera saw when somebody asked.
    case snapshot
  }

  public let camera: CameraID
  public let kind: Kind
  public let time: WallTime

  public init(camera: CameraID, kind: Kind, time: WallTime) {
    self.camera = camera
    self.kind = kind
    self.time = time
  }
}

/// Seals JPEG pictures by an APP9 segment right after the start marker (JPEG, ITU-T T.81 section B.2.4.6), which viewers
/// skip: identity and an HMAC over identity and picture.
public enum PictureSeal {
  private static let name = Array("Hearth.picture.1".utf8)
  private static let payloadLength = name.count + 16 + 1 + 16 + 8 + Tag.length

  /// - Returns: the sealed picture, or `nil` when `jpeg` is no JPEG, `key` is another camera's, or the event is.
  public static func seal(_ jpeg: [UInt8], as identity: PictureIdentity, key: CameraKey) -> [UInt8]? {
    guard jpeg.count > 4, jpeg[0] == 0xff, jpeg[1] == 0xd8, let head = head(identity), key.camera == identity.camera
    else {
      return nil
    }
    let tag = Tag.over(key: key.derive("picture", []), head, Array(jpeg[2...]))
    let length = payloadLength + 2
    return [0xff, 0xd8, 0xff, 0xe9, UInt8(length >> 8), UInt8(length & 0xff)] + head + tag.bytes + jpeg[2...]
  }

  /// Reads who a sealed picture says it is and whether that holds under `key`; `nil` when it doesn't.
  public static func verify(_ picture: [UInt8], key: CameraKey) -> PictureIdentity? {
    let start = 6
    guard picture.count > start + payloadLength, Array(picture[0..<4]) == [0xff, 0xd8, 0xff, 0xe9],
      Int(picture[4]) << 8 | Int(picture[5]) == payloadLength + 2
    else { return nil }
    // The tag is made anew over the head as it stands in the file: no byte of it may be taken on trust.
    let head = Array(picture[start..<start + payloadLength - Tag.length])
    let tag = Tag(bytes: picture[(start + head.count)..<(start + payloadLength)])
    guard Tag.over(key: key.derive("picture", []), head, Array(picture[(start + payloadLength)...])).matches(tag) else {
      return nil
    }
    var input = ByteReader(head)
    guard input.take(name.count) == name, let camera = input.take(16).flatMap({ CameraID(bytes: $0) }),
      camera == key.camera, let kind = input.u8(), let subject = input.take(16).flatMap({ RandomID(bytes: $0) }),
      let time = input.i64().map(WallTime.init(nanoseconds:))
    else { return nil }
    switch kind {
    case 1:
      return PictureIdentity(camera: camera, kind: .thumbnail(EventID(camera: camera, raw: subject)), time: time)
    case 2: return PictureIdentity(camera: camera, kind: .snapshot, time: time)
    default: return nil
    }
  }

  private static func head(_ identity: PictureIdentity) -> [UInt8]? {
    var out = ByteWriter()
    out.put(name)
    out.put(identity.camera.bytes)
    switch identity.kind {
    case .thumbnail(let event):
      guard event.camera == identity.camera else { return nil }
      out.u8(1)
      out.put(event.raw.bytes)
    case .snapshot:
      out.u8(2)
      out.put([UInt8](repeating: 0, count: 16))
    }
    out.i64(identity.time.nanoseconds)
    return out.bytes
  }
}

/// One live message from a worker to the server, bound to its camera: kind, camera, generation of the stream, sequence,
/// and an HMAC under the camera's key over all of it and the media.
public struct LiveMessage: Sendable {
  public enum Kind: UInt8, Sendable {
    /// `ftyp` and `moov`: begins a generation.
    case initialisation = 0
    /// One frame.
    case fragment = 1
    /// Frames were left out for a slow client; the body is their number (UInt32, big-endian).
    case dropped = 2
    /// `ftyp` and `moov` of the sound, for viewers who asked for it.
    case soundInitialisation = 3
    /// Some frames of sound.
    case sound = 4
  }

  public let kind: Kind
  public let camera: CameraID
  public let generation: UInt32
  public let sequence: UInt64
  public let body: [UInt8]

  public init(kind: Kind, camera: CameraID, generation: UInt32, sequence: UInt64, body: [UInt8]) {
    self.kind = kind
    self.camera = camera
    self.generation = generation
    self.sequence = sequence
    self.body = body
  }

  /// Kind, camera, generation and sequence: 29 bytes, also the head of the browser's messages.
  public var head: [UInt8] {
    var out = ByteWriter()
    out.u8(kind.rawValue)
    out.put(camera.bytes)
    out.u32(generation)
    out.u64(sequence)
    return out.bytes
  }

  static let headLength = 29
}

/// Seals live messages. One value per camera and connection: deriving the key once keeps a frame cheap.
public struct LiveSeal: Sendable {
  private let derived: DerivedKey
  private let camera: CameraID

  public init(key: CameraKey) {
    derived = DerivedKey(key: key.derive("live", []))
    camera = key.camera
  }

  /// Head, tag (16 bytes), body: the payload of a worker's `L` frame.
  public func seal(_ message: LiveMessage) -> [UInt8] {
    let head = message.head
    return head + Tag.over(key: derived.key, head, message.body).bytes + message.body
  }

  /// `nil` unless the payload is this camera's and unaltered.
  public func open(_ payload: [UInt8]) -> LiveMessage? {
    let start = LiveMessage.headLength + Tag.length
    guard payload.count >= start else { return nil }
    var input = ByteReader(Array(payload[..<start]))
    guard let kind = input.u8().flatMap(LiveMessage.Kind.init),
      let named = input.take(16).flatMap({ CameraID(bytes: $0) }),
      named == camera, let generation = input.u32(), let sequence = input.u64(), let tag = input.take(Tag.length)
    else { return nil }
    let head = Array(payload[..<LiveMessage.headLength])
    let matches = payload.withUnsafeBytes {
      Tag.over(key: derived.key, head, UnsafeRawBufferPointer(rebasing: $0[start...])).matches(Tag(bytes: tag[...]))
    }
    guard matches else { return nil }
    return LiveMessage(
      kind: kind, camera: named, generation: generation, sequence: sequence, body: Array(payload[start...]))
  }
}
