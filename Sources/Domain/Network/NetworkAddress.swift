extension IPAddress {
  /// How far an address reaches.
  public enum Reach: Sendable, Equatable {
    case loopback
    /// RFC 1918, RFC 4193, link-local.
    case `private`
    /// All of the machine's addresses at once: `0.0.0.0` or `::`.
    case wildcard
    case multicast
    /// The addresses at which cloud machines are given their own credentials (169.254.169.254, 169.254.170.2,
    /// fd00:ec2::254), which no camera has.
    case metadata
    /// Everything else. Shared address space (100.64/10, RFC 6598) belongs to providers; NAT64 (64:ff9b::/96) and 6to4
    /// (2002::/16) lead through a translator, whichever IPv4 address they hold.
    case `public`
  }

  /// The reach of this address.
  public var reach: Reach { isIPv4 ? reachOfIPv4 : reachOfIPv6 }

  private var reachOfIPv4: Reach {
    switch (bytes[0], bytes[1]) {
    case (0, _): bytes.allSatisfy { $0 == 0 } ? .wildcard : .public
    case (127, _): .loopback
    case (10, _), (192, 168), (172, 16...31): .private
    case (169, 254): bytes[2...] == [169, 254] || bytes[2...] == [170, 2] ? .metadata : .private
    case (224...239, _): .multicast
    default: .public
    }
  }

  private var reachOfIPv6: Reach {
    if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 0 ? .wildcard : bytes[15] == 1 ? .loopback : .public }
    if bytes[..<4] == [0xfd, 0x00, 0x0e, 0xc2], bytes[4..<14].allSatisfy({ $0 == 0 }), bytes[14...] == [0x02, 0x54] {
      return .metadata
    }
    switch (bytes[0], bytes[1]) {
    case (0xff, _): return .multicast
    case (0xfc...0xfd, _), (0xfe, 0x80...0xbf): return .private
    default: return .public
    }
  }
}

/// Where a camera may be: in the house. Hearth has no business with devices on the public internet, and a name that
/// suddenly points there must not be followed.
public enum CameraHost {
  /// Refuses a host that is a number outside the house. A name passes here and is judged by what it resolves to.
  ///
  /// - Throws: `Problem` (exit 78) that names the host.
  public static func check(_ host: String) throws {
    if let address = IPAddress(host) { try check(address, named: host) }
  }

  /// Refuses a host when any of the numbers that it resolves to is outside the house: which one is used would be chance.
  ///
  /// - Parameters:
  ///   - host: the name or number, as it is set.
  ///   - numbers: what the resolver says, in its order.
  /// - Throws: `Problem` (exit 78) that names the host and the number; exit 69 when there is none.
  public static func check(_ host: String, resolvedTo numbers: [String]) throws {
    guard !numbers.isEmpty else {
      throw Problem(.unavailable, "no address is known for \(host)", next: "check the camera's name")
    }
    for number in numbers {
      guard let address = IPAddress(number) else {
        throw Problem(
          .configuration, "\(host) resolves to \(number), which is not an IP address",
          next: "use the camera's own address on your network")
      }
      try check(address, named: number == host ? host : "\(host) (\(number))")
    }
  }

  private static func check(_ address: IPAddress, named name: String) throws {
    switch address.reach {
    case .loopback, .private: return
    case .wildcard, .multicast:
      throw Problem(
        .configuration, "\(name) is not one camera's address", next: "use the camera's own address on your network")
    case .metadata, .public:
      throw Problem(
        .configuration, "\(name) is not in your house: Hearth reads only from private addresses",
        next: "use the camera's address on your network, such as 192.168.1.20")
    }
  }
}
