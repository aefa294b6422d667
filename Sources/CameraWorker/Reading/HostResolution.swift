import Domain
import Glibc

/// Finds the numeric addresses of a camera's host.
package enum HostResolution {
  /// Asks the system's resolver once.
  ///
  /// - Returns: the addresses as numbers, in the resolver's order; at least one, all of them in the house.
  /// - Throws: `Problem` that names the address outside the house (see `CameraHost`), or says that the name is not known.
  package static func resolve(_ host: String) throws -> [String] {
    let numbers = try lookUp(host)
    try CameraHost.check(host, resolvedTo: numbers)
    return numbers
  }

  private static func lookUp(_ host: String) throws -> [String] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0, let first = list else {
      throw Problem(
        .unavailable, "no address is known for \(host): \(String(cString: gai_strerror(code)))",
        next: "check the camera's name, or use its number", code: .resolver(code))
    }
    defer { freeaddrinfo(first) }
    var numbers: [String] = []
    var entry: UnsafeMutablePointer<addrinfo>? = first
    while let info = entry?.pointee {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
        numbers.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
      entry = info.ai_next
    }
    return numbers
  }
}
