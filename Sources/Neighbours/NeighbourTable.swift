public import Domain
import Glibc

/// One line of the kernel's neighbour table: which adapter has an address on a network this machine is on.
public struct Neighbour: Hashable, Sendable {
  /// The numeric address, without a zone.
  public let host: String
  public let hardware: HardwareAddress
  /// Whether the kernel heard from it within the last half minute or so.
  public let isFresh: Bool

  public init(host: String, hardware: HardwareAddress, isFresh: Bool) {
    self.host = host
    self.hardware = hardware
    self.isFresh = isFresh
  }
}

/// The kernel's neighbour table (ARP and IPv6's neighbour discovery), by rtnetlink(7): needs no rights, and no file
/// below /proc/net, which a confined service may not see.
public enum NeighbourTable {
  /// Everything in it that has a hardware address.
  ///
  /// - Throws: `Problem` when the kernel won't say; a system unit has to allow AF_NETLINK.
  public static func read() throws -> [Neighbour] {
    var found: [Neighbour] = []
    let socket = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), route)
    guard socket >= 0 else { throw unreadable() }
    defer { close(socket) }
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard request.withUnsafeBytes({ send(socket, $0.baseAddress, $0.count, 0) }) == request.count else {
      throw unreadable()
    }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let got = recv(socket, &buffer, buffer.count, 0)
      guard got > 0 else { throw unreadable() }
      let (neighbours, isEnd) = NeighbourMessages.parse(buffer[..<got])
      found += neighbours
      if isEnd { return found }
    }
  }

  /// The adapter that has `host`; `nil` for loopback, for this machine's own addresses and for what lies behind a router.
  public static func hardware(of host: String) throws -> HardwareAddress? {
    guard let number = IPAddress(host), let wanted = IPAddress(bytes: number.bytes) else { return nil }
    return try read().first { $0.host == "\(wanted)" }?.hardware
  }

  private static func unreadable() -> Problem {
    Problem(
      .inputOutput, "the neighbour table can't be read: \(String(cString: strerror(errno)))",
      next: "let the service use AF_NETLINK; cameras are told apart by less until then", code: .system(errno))
  }

  /// NETLINK_ROUTE, which Glibc's module does not have.
  private static let route: Int32 = 0

  /// `nlmsghdr` and `ndmsg` that ask for all neighbours (RTM_GETNEIGH with NLM_F_REQUEST and NLM_F_DUMP).
  private static let request: [UInt8] = {
    var message = [UInt8](repeating: 0, count: 28)
    withUnsafeBytes(of: UInt32(28)) { message.replaceSubrange(0..<4, with: $0) }
    withUnsafeBytes(of: UInt16(30)) { message.replaceSubrange(4..<6, with: $0) }
    withUnsafeBytes(of: UInt16(0x301)) { message.replaceSubrange(6..<8, with: $0) }
    return message
  }()
}

/// The kernel's answer: `nlmsghdr` (16 bytes), `ndmsg` (12), attributes, each padded to 4 bytes.
package enum NeighbourMessages {
  private static let newNeighbour: UInt16 = 28
  private static let done: UInt16 = 3
  private static let failed: UInt16 = 2
  /// NUD_REACHABLE and NUD_PERMANENT: heard from; NUD_INCOMPLETE and NUD_FAILED: nobody there.
  private static let fresh: UInt16 = 0x02 | 0x80
  private static let absent: UInt16 = 0x01 | 0x20

  /// - Returns: the neighbours of one datagram, and whether it was the last.
  package static func parse(_ bytes: some Collection<UInt8>) -> (neighbours: [Neighbour], isEnd: Bool) {
    let bytes = Array(bytes)
    var neighbours: [Neighbour] = []
    var position = 0
    while position + 16 <= bytes.count {
      let length = Int(u32(bytes, position))
      let type = u16(bytes, position + 4)
      guard length >= 16, position + length <= bytes.count else { return (neighbours, true) }
      if type == done || type == failed { return (neighbours, true) }
      if type == newNeighbour, let neighbour = neighbour(bytes[(position + 16)..<(position + length)]) {
        neighbours.append(neighbour)
      }
      position += (length + 3) & ~3
    }
    return (neighbours, bytes.isEmpty)
  }

  private static func neighbour(_ message: ArraySlice<UInt8>) -> Neighbour? {
    let message = Array(message)
    guard message.count >= 12 else { return nil }
    let state = u16(message, 8)
    guard state & absent == 0 else { return nil }
    var host: String?
    var hardware: HardwareAddress?
    var position = 12
    while position + 4 <= message.count {
      let length = Int(u16(message, position))
      guard length >= 4, position + length <= message.count else { return nil }
      let value = message[(position + 4)..<(position + length)]
      switch u16(message, position + 2) {
      case 1: host = IPAddress(bytes: value)?.description
      case 2: hardware = HardwareAddress(bytes: value)
      default: break
      }
      position += (length + 3) & ~3
    }
    guard let host, let hardware else { return nil }
    return Neighbour(host: host, hardware: hardware, isFresh: state & fresh != 0)
  }

  /// In the machine's own order, which is little-endian wherever Hearth runs.
  private static func u16(_ bytes: [UInt8], _ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }

  private static func u32(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    UInt32(u16(bytes, at)) | UInt32(u16(bytes, at + 2)) << 16
  }
}
