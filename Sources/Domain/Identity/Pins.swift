/// A network adapter's address as the neighbour table has it (EUI-48).
public struct HardwareAddress: Hashable, Sendable, Codable, CustomStringConvertible {
  public let bytes: [UInt8]

  /// `nil` unless there are six bytes that name one adapter: neither all zero nor a group's (first bit sent set).
  public init?(bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == 6, bytes.contains(where: { $0 != 0 }), bytes[0] & 1 == 0 else { return nil }
    self.bytes = bytes
  }

  /// Reads `02:00:5e:10:00:ff`.
  public init?(text: some StringProtocol) {
    let parts = text.lowercased().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6, parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
    self.init(bytes: parts.compactMap { Hex.decode($0)?.first })
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let read = HardwareAddress(text: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a hardware address")
    }
    self = read
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  public var text: String { bytes.map { Hex.encode([$0]) }.joined(separator: ":") }
  public var description: String { text }
}

/// What could be had of which device it is that answers for one stream of a camera. What is `nil` could not be had,
/// which says nothing; an empty text was looked for and isn't there.
public struct DeviceEvidence: Hashable, Sendable, Codable {
  /// The numeric address that answered; where a device is, not which.
  public var host: String
  public var port: UInt16
  /// With the port, what tells the channels of one recorder or bridge apart.
  public var path: String
  /// From the neighbour table: `nil` on loopback, and for devices behind a router.
  public var hardware: HardwareAddress?
  /// What it calls its endpoint when asked by WS-Discovery, as ONVIF's cameras do: a UUID.
  public var endpoint: String?
  /// The SHA-256 of its certificate, of RTSPS alone.
  public var certificate: String?
  /// How it asks for a password: `Digest`, `Basic`, or `none`.
  public var authentication: String?
  /// The realm of its challenge.
  public var realm: String?
  /// Its `Server` header.
  public var server: String?
  /// The name of the described session (SDP `s=`) and who describes it (the first word of `o=`).
  public var session: String?
  /// The described media with their codecs and controls.
  public var layout: String?
  /// A digest of the described parameter sets.
  public var parameterSets: String?

  public init(
    host: String, port: UInt16, path: String, hardware: HardwareAddress? = nil, endpoint: String? = nil,
    certificate: String? = nil, authentication: String? = nil, realm: String? = nil, server: String? = nil,
    session: String? = nil, layout: String? = nil, parameterSets: String? = nil
  ) {
    self.host = host
    self.port = port
    self.path = path
    self.hardware = hardware
    self.endpoint = endpoint
    self.certificate = certificate
    self.authentication = authentication
    self.realm = realm
    self.server = server
    self.session = session
    self.layout = layout
    self.parameterSets = parameterSets
  }
}

/// Which device a camera is: the evidence that was seen when its streams were first read, kept up to date while it stays
/// the same device.
public struct CameraPin: Hashable, Sendable, Codable {
  public var main: DeviceEvidence?
  public var detect: DeviceEvidence?

  public init(main: DeviceEvidence? = nil, detect: DeviceEvidence? = nil) {
    self.main = main
    self.detect = detect
  }

  public subscript(role: StreamRole) -> DeviceEvidence? {
    get { role == .main ? main : detect }
    set { if role == .main { main = newValue } else { detect = newValue } }
  }
}

/// Whether the device that answers is the pinned one.
public enum DeviceVerdict: String, Sendable, Codable, CaseIterable {
  /// Nothing was pinned: this is the device from now on (trust on first use).
  case first
  case same
  /// It can't be told. Held apart, like `other`.
  case unsure
  case other

  /// Whether what this device sends may be filed under the camera's name.
  public var isTrusted: Bool { self == .first || self == .same }
}

/// What a worker found out about the device behind one stream, at its newest connect.
public struct DeviceSighting: Hashable, Sendable, Codable {
  public var stream: StreamRole
  public var verdict: DeviceVerdict
  public var evidence: DeviceEvidence
  /// What differs from the pin, in words for a person.
  public var changes: [String]

  public init(stream: StreamRole, verdict: DeviceVerdict, evidence: DeviceEvidence, changes: [String]) {
    self.stream = stream
    self.verdict = verdict
    self.evidence = evidence
    self.changes = changes
  }
}
