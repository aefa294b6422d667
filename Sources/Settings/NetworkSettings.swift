public import Domain

/// A range of addresses, such as `100.64.0.0/10` or `fd7a:115c:a1e0::/48`; one address is a range of its own.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
  private let first: IPAddress
  private let bits: Int
  private let text: String

  /// - Throws: `Problem` (exit 64) when it is no range, or one that holds a good part of the world.
  public init(_ text: String) throws {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let first = IPAddress(parts[0]), first.zone == nil else {
      throw Problem(
        .usage, "\"\(text.prefix(60))\" is not a range of addresses", next: "write it as 100.64.0.0/10 or 192.168.1.5")
    }
    let whole = first.bytes.count * 8
    let bits = parts.count == 1 ? whole : Int(parts[1])
    guard let bits, (0...whole).contains(bits) else {
      throw Problem(
        .usage, "\"\(text.prefix(60))\" has no length that fits", next: "the number behind the / is 8 to \(whole)")
    }
    guard bits >= (whole == 32 ? 8 : 16) else {
      throw Problem(
        .usage, "\"\(text.prefix(60))\" is far more than a household", next: "name your VPN's or proxy's own range")
    }
    self.bits = bits
    self.first = first
    self.text = text
  }

  /// Whether the address is in it.
  public func contains(_ address: IPAddress) -> Bool {
    guard address.isIPv4 == first.isIPv4 else { return false }
    for (index, (byte, own)) in zip(address.bytes, first.bytes).enumerated() {
      let left = bits - index * 8
      guard left > 0 else { return true }
      let mask: UInt8 = left >= 8 ? 0xff : ~(0xff >> UInt8(left))
      guard byte & mask == own & mask else { return false }
    }
    return true
  }

  public var description: String { text }
}

extension AddressRange: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// By which ways the household reaches its server, beyond its own addresses.
public struct NetworkSettings: Hashable, Sendable, Codable {
  /// Further host names, in lower case, without a port: `hearth.example`.
  public var hostNames: [String]
  /// Proxies of the owner's own: what they say of a request's origin is believed.
  public var trustedProxies: [AddressRange]
  /// Where viewers may come from besides the machine itself and private addresses, such as a VPN's range.
  public var clientRanges: [AddressRange]

  public init(hostNames: [String] = [], trustedProxies: [AddressRange] = [], clientRanges: [AddressRange] = []) {
    self.hostNames = hostNames
    self.trustedProxies = trustedProxies
    self.clientRanges = clientRanges
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    hostNames = try (values.decodeIfPresent([String].self, forKey: .hostNames) ?? []).map(Self.hostName)
    trustedProxies = try values.decodeIfPresent([AddressRange].self, forKey: .trustedProxies) ?? []
    clientRanges = try values.decodeIfPresent([AddressRange].self, forKey: .clientRanges) ?? []
  }

  /// A host name as it is compared.
  ///
  /// - Throws: `Problem` (exit 64) when it can't be one.
  public static func hostName(_ text: String) throws -> String {
    let name = text.lowercased()
    let isName = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d }
    }
    guard isName, name.utf8.count <= 253 else {
      throw Problem(
        .usage, "\"\(text.prefix(80))\" is not a host name",
        next: "write it as hearth.example or hearth.lan, without http:// and port")
    }
    return name
  }

  public func isTrustedProxy(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }

  /// Whether a client at this address is let in at all.
  public func admits(_ address: IPAddress) -> Bool {
    switch address.reach {
    case .loopback, .private: true
    case .wildcard, .multicast, .metadata: false
    case .public: clientRanges.contains { $0.contains(address) }
    }
  }
}
