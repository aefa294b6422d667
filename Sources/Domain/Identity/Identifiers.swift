/// 128 random bits: the shape of every identity in Hearth.
///
/// Identities are minted from a generator that the caller passes in (chance is an argument) and travel as 32
/// lower-case hexadecimal digits. Nothing is ever derived from a name, an address or a time.
public struct RandomID: Hashable, Sendable, Comparable {
  public let high: UInt64
  public let low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Draws a new identity from `generator`.
  public static func mint(using generator: inout some RandomNumberGenerator) -> RandomID {
    RandomID(high: generator.next(), low: generator.next())
  }

  /// Exactly 32 lower-case hexadecimal digits, or `nil`.
  public init?(text: some StringProtocol) {
    guard let bytes = Hex.decode(text), bytes.count == 16 else { return nil }
    self.init(bytes: bytes)
  }

  /// Exactly 16 bytes, big-endian, or `nil`.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
    }
    self.init(high: words.0, low: words.1)
  }

  /// The 16 bytes, big-endian.
  public var bytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64($0))) }
      + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
  }

  public var text: String { Hex.encode(bytes) }

  public static func < (left: RandomID, right: RandomID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// Names one camera for ever: minted when the camera is added, never reused, never derived from a name or an address.
public struct CameraID: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let raw: RandomID

  private init(raw: RandomID) { self.raw = raw }

  public static func mint(using generator: inout some RandomNumberGenerator) -> CameraID {
    CameraID(raw: .mint(using: &generator))
  }

  /// Reads an id that Hearth wrote earlier (a folder's name, a row, a request); `nil` unless 32 lower-case hex digits.
  public init?(text: some StringProtocol) {
    guard let raw = RandomID(text: text) else { return nil }
    self.raw = raw
  }

  /// Reads the 16 bytes of an identity box or a live message.
  public init?(bytes: some Collection<UInt8>) {
    guard let raw = RandomID(bytes: bytes) else { return nil }
    self.raw = raw
  }

  public var text: String { raw.text }
  public var bytes: [UInt8] { raw.bytes }
  public var description: String { text }
  public static func < (left: CameraID, right: CameraID) -> Bool { left.raw < right.raw }
}

/// Names one segment. It contains its camera, so that no function takes a camera and a segment that could disagree.
public struct SegmentID: Hashable, Sendable, CustomStringConvertible {
  public let camera: CameraID
  public let raw: RandomID

  public init(camera: CameraID, raw: RandomID) {
    self.camera = camera
    self.raw = raw
  }

  public static func mint(camera: CameraID, using generator: inout some RandomNumberGenerator) -> SegmentID {
    SegmentID(camera: camera, raw: .mint(using: &generator))
  }

  public var description: String { "\(camera.text)-\(raw.text)" }
}

/// Names one event. It contains its camera; the text form is `<camera>-<32 hex digits>`.
public struct EventID: Hashable, Sendable, CustomStringConvertible {
  public let camera: CameraID
  public let raw: RandomID

  public init(camera: CameraID, raw: RandomID) {
    self.camera = camera
    self.raw = raw
  }

  public static func mint(camera: CameraID, using generator: inout some RandomNumberGenerator) -> EventID {
    EventID(camera: camera, raw: .mint(using: &generator))
  }

  /// Reads `<camera>-<32 hex digits>`; `nil` for anything else.
  public init?(text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let camera = CameraID(text: parts[0]), let raw = RandomID(text: parts[1]) else {
      return nil
    }
    self.init(camera: camera, raw: raw)
  }

  public var text: String { "\(camera.text)-\(raw.text)" }
  public var description: String { text }
}

/// Names one installation: minted at first start, part of every key derivation.
public struct InstallationID: Hashable, Sendable {
  public let raw: RandomID

  public init(raw: RandomID) { self.raw = raw }

  public static func mint(using generator: inout some RandomNumberGenerator) -> InstallationID {
    InstallationID(raw: .mint(using: &generator))
  }

  public init?(text: some StringProtocol) {
    guard let raw = RandomID(text: text) else { return nil }
    self.raw = raw
  }
}

/// Names one person of the household.
public struct PersonID: Hashable, Sendable {
  public let raw: RandomID

  public init(raw: RandomID) { self.raw = raw }

  public static func mint(using generator: inout some RandomNumberGenerator) -> PersonID {
    PersonID(raw: .mint(using: &generator))
  }

  public init?(text: some StringProtocol) {
    guard let raw = RandomID(text: text) else { return nil }
    self.raw = raw
  }

  public var text: String { raw.text }
}

/// Lower-case hexadecimal text. Upper case is refused when reading, so that an id has one spelling.
public enum Hex {
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    func value(_ digit: UInt8) -> UInt8? {
      switch digit {
      case 0x30...0x39: digit - 0x30
      case 0x61...0x66: digit - 0x61 + 10
      default: nil
      }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}
