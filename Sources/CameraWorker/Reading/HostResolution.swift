import Domain
import Glibc

/// Finds the numeric address of a camera, and refuses every one that is not in the house: Hearth has no business with
/// devices on the public internet, and a name that suddenly points there must not be followed.
package enum HostResolution {
  /// Asks the system's resolver once.
  ///
  /// - Returns: the addresses as numbers, in the resolver's order; at least one.
  /// - Throws: `Problem` that names the public address, or says that the name is not known.
  package static func resolve(_ host: String) throws -> [String] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0, let first = list else {
      throw Problem(
        .unavailable, "no address is known for \(host): \(String(cString: gai_strerror(code)))",
        next: "check the camera's name, or use its number", code: code)
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
    // One public address among them is enough to refuse: which one is used would be chance.
    if let outside = numbers.first(where: { !isPrivate($0) }) {
      let named = outside == host ? host : "\(host) (\(outside))"
      throw Problem(
        .configuration, "\(named) is a public address, and cameras must be inside the house",
        next: "use the camera's address on the local network, such as 192.168.1.20")
    }
    guard !numbers.isEmpty else {
      throw Problem(.unavailable, "no address is known for \(host)", next: "check the camera's name")
    }
    return numbers
  }

  /// Loopback, RFC 1918, RFC 4193 and link-local addresses. Shared address space (100.64/10, RFC 6598) belongs to
  /// providers and is not private.
  package static func isPrivate(_ number: String) -> Bool {
    var four = [UInt8](repeating: 0, count: 4)
    if inet_pton(AF_INET, number, &four) == 1 { return isPrivate(four: four) }
    var six = [UInt8](repeating: 0, count: 16)
    let plain = String(number.prefix { $0 != "%" })
    guard inet_pton(AF_INET6, plain, &six) == 1 else { return false }
    if six[..<10].allSatisfy({ $0 == 0 }), six[10] == 0xff, six[11] == 0xff {
      return isPrivate(four: Array(six[12...]))
    }
    if six[..<15].allSatisfy({ $0 == 0 }), six[15] == 1 { return true }
    return six[0] & 0xfe == 0xfc || (six[0] == 0xfe && six[1] & 0xc0 == 0x80)
  }

  private static func isPrivate(four: [UInt8]) -> Bool {
    switch (four[0], four[1]) {
    case (127, _), (10, _), (192, 168), (169, 254): true
    case (172, 16...31): true
    default: false
    }
  }
}
