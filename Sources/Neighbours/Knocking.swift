import Domain
import Glibc

/// Finds out who has an address now. Only for private addresses: the caller has checked that.
public enum Knocking {
  /// Whether something takes a TCP connection there within `patience`; nothing is sent.
  public static func isAnswering(_ host: String, port: UInt16, patience: Duration) -> Bool {
    var address = sockaddr_storage()
    guard let number = IPAddress(host) else { return false }
    let length = fill(&address, number, port)
    let socket = socket(
      Int32(address.ss_family),
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return false }
    defer { close(socket) }
    let begun = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, length) }
    }
    if begun == 0 { return true }
    guard errno == EINPROGRESS else { return false }
    var polled = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    guard poll(&polled, 1, Int32(clamping: patience.nanoseconds / 1_000_000)) == 1 else { return false }
    var failure: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0
  }

  /// Makes the kernel ask who has the addresses of the /24 around `host` (IPv4 only): one empty datagram to each one's
  /// discard port (RFC 863). The neighbour table has the answers a moment later. Never more than 254 addresses: a house
  /// with a larger network has a cameras' part of it.
  public static func stir(around host: String) {
    guard let around = IPAddress(host), around.isIPv4 else { return }
    let socket = socket(
      AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    for last in UInt8(1)...254 where last != around.bytes[3] {
      var address = sockaddr_storage()
      guard let neighbour = IPAddress(bytes: around.bytes[..<3] + [last]) else { continue }
      let length = fill(&address, neighbour, 9)
      // Who isn't there doesn't answer; there is nothing to do about a failure.
      _ = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          sendto(socket, nil, 0, Int32(MSG_DONTWAIT), $0, length)
        }
      }
    }
  }

  static func fill(_ storage: inout sockaddr_storage, _ host: IPAddress, _ port: UInt16) -> socklen_t {
    withUnsafeMutableBytes(of: &storage) { raw in
      if host.isIPv4 {
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        withUnsafeMutableBytes(of: &four.sin_addr) { $0.copyBytes(from: host.bytes) }
        withUnsafeBytes(of: four) { raw.copyMemory(from: $0) }
        return socklen_t(MemoryLayout<sockaddr_in>.size)
      }
      var six = sockaddr_in6()
      six.sin6_family = sa_family_t(AF_INET6)
      six.sin6_port = port.bigEndian
      if let zone = host.zone {
        let index = if_nametoindex(zone)
        six.sin6_scope_id = index > 0 ? index : UInt32(zone) ?? 0
      }
      withUnsafeMutableBytes(of: &six.sin6_addr) { $0.copyBytes(from: host.bytes) }
      withUnsafeBytes(of: six) { raw.copyMemory(from: $0) }
      return socklen_t(MemoryLayout<sockaddr_in6>.size)
    }
  }
}
