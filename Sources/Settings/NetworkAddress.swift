import Domain
import Glibc

/// Which addresses Hearth may reach and be reached at.
public enum NetworkAddress {
  /// How far an address reaches.
  public enum Reach: Sendable, Equatable {
    case loopback
    /// RFC 1918, RFC 4193, link-local.
    case `private`
    /// All of the machine's addresses at once: `0.0.0.0` or `::`.
    case wildcard
    case multicast
    /// The address that cloud machines answer with their own credentials (169.254.169.254).
    case metadata
    case `public`
  }

  /// The reach of a numeric address, with or without a zone; `nil` for a name.
  public static func reach(of text: String) -> Reach? { bytes(of: text).map(reach) }

  /// The 4 or 16 bytes in network order of a numeric address, with or without a zone; `nil` for a name. ::ffff:a.b.c.d
  /// is the IPv4 address.
  public static func bytes(of text: String) -> [UInt8]? {
    let plain = String(text.prefix { $0 != "%" })
    var four = in_addr()
    if inet_pton(AF_INET, plain, &four) == 1 { return withUnsafeBytes(of: &four.s_addr) { Array($0) } }
    var six = in6_addr()
    guard inet_pton(AF_INET6, plain, &six) == 1 else { return nil }
    let bytes = withUnsafeBytes(of: &six) { Array($0) }
    let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
    return isMapped ? Array(bytes[12...]) : bytes
  }

  /// The reach of an address' 4 or 16 bytes in network order.
  public static func reach(of bytes: [UInt8]) -> Reach {
    if bytes.count == 16 {
      // ::ffff:a.b.c.d is the IPv4 address.
      if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
        return reach(of: Array(bytes[12...]))
      }
      if bytes[..<15].allSatisfy({ $0 == 0 }) {
        return bytes[15] == 0 ? .wildcard : bytes[15] == 1 ? .loopback : .public
      }
      if bytes[0] == 0xff { return .multicast }
      if bytes[0] & 0xfe == 0xfc || (bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80) { return .private }
      return .public
    }
    switch (bytes[0], bytes[1]) {
    case (0, _): return bytes.allSatisfy { $0 == 0 } ? .wildcard : .public
    case (127, _): return .loopback
    case (10, _), (192, 168), (172, 16...31): return .private
    case (169, 254): return bytes[2] == 169 && bytes[3] == 254 ? .metadata : .private
    case (224...239, _): return .multicast
    default: return .public
    }
  }

  /// Refuses a camera's host that is a number outside the house. A name is looked at when it is resolved.
  ///
  /// - Throws: `Problem` (exit 64).
  public static func checkCameraHost(_ host: String) throws {
    switch reach(of: host) {
    case nil, .loopback?, .private?: return
    case .wildcard?, .multicast?:
      throw Problem(.usage, "\(host) is not one camera's address", next: "use the camera's own address on your network")
    case .metadata?, .public?:
      throw Problem(
        .usage, "\(host) is not in your house: Hearth reads only from private addresses",
        next: "use the camera's address on your network, such as 192.168.1.20")
    }
  }
}
