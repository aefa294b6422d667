import Domain
import Glibc
import TestSupport
import Testing

/// Reads and writes as inet_pton(3) and inet_ntop(3) do, but for two things: an IPv4-mapped address is the IPv4 address,
/// and an IPv6 address may have a zone.
@Suite struct IPAddressTests {
  /// What the C library reads: 4 or 16 bytes.
  private static func reference(_ text: String) -> [UInt8]? {
    // inet_pton reads up to the first NUL.
    guard !text.utf8.contains(0) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
    guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
    let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
    return isMapped ? Array(bytes[12...]) : bytes
  }

  private static func written(_ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Bytes with many zeros in runs, as addresses have them.
  private static func bytes(using generator: inout SeededGenerator) -> [UInt8] {
    guard Int.random(in: 0..<4, using: &generator) > 0 else {
      return (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    let zeros = UInt8.random(in: 0...255, using: &generator)
    return (0..<8).flatMap { group -> [UInt8] in
      guard zeros >> group & 1 == 0 else { return [0, 0] }
      return [UInt8.random(in: 0...1, using: &generator) &* 0xff, UInt8.random(in: 0...255, using: &generator)]
    }
  }

  @Test func everyAddressIsWrittenAndReadAsTheSystemDoes() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      let bytes = Self.bytes(using: &generator)
      guard let address = IPAddress(bytes: bytes) else {
        Issue.record("\(bytes) is an address")
        continue
      }
      let text = Self.written(bytes)
      #expect(IPAddress(text) == address, "\(text)")
      #expect(IPAddress(text.uppercased()) == address, "\(text)")
      #expect(IPAddress(address.description) == address, "\(text)")
      if address.bytes == bytes { #expect(address.description == text) }
    }
  }

  @Test func everyTextIsReadOrRefusedAsTheSystemDoes() {
    var generator = SeededGenerator(seed: 2)
    let pieces = [
      ":", ":", "::", ".", ".", "0", "1", "10", "255", "256", "01", "00", "ff", "FFFF", "12345", "g", "-", "+1", " ",
      "é",
    ]
    var read = 0
    for round in 0..<200_000 {
      var text: String
      if round.isMultiple(of: 2) {
        text = (0..<Int.random(in: 0...16, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
        }
        .joined()
      } else {
        // An address with one place changed.
        var characters = Array(Self.written(Self.bytes(using: &generator)))
        let at = Int.random(in: 0...characters.count, using: &generator)
        if at < characters.count, Bool.random(using: &generator) { characters.remove(at: at) }
        characters.insert(contentsOf: pieces.randomElement(using: &generator) ?? "", at: min(at, characters.count))
        text = String(characters)
      }
      let expected = Self.reference(text)
      if expected != nil { read += 1 }
      #expect(IPAddress(text)?.bytes == expected, "\"\(text)\"")
    }
    #expect(read > 10_000)
  }

  @Test(arguments: [
    "", ":", "::1%", "1.2.3.4%eth0", "fe80::1%a/b", "fe80::1%a b", "fe80::1%a%b", "porch.lan", "localhost", "192.168.1",
    "1.2.3.4.5", "0x7f.1", "127.1", "2130706433", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "::1::",
    ":::",
    "[::1]", "1.2.3.4:80", "::1 ", " ::1", "1.2.3.04", "::00001", "::1\u{0}",
  ])
  func whatIsNoNumericAddressIsRefused(_ text: String) { #expect(IPAddress(text) == nil) }

  @Test(arguments: [
    ("::FFFF:192.168.1.20", "192.168.1.20"), ("::ffff:c0a8:114", "192.168.1.20"), ("FE80::1%eth0.2", "fe80::1%eth0.2"),
    ("::ffff:1.2.3.4%eth0", "1.2.3.4"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
    ("0:0:0:0:0:0:0:0", "::"), ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
  ])
  func anAddressHasOneSpelling(_ text: String, _ canonical: String) {
    #expect(IPAddress(text)?.description == canonical)
  }

  @Test func mappedAddressesAreTheIPv4Address() throws {
    let mapped = try #require(IPAddress("::ffff:7f00:1"))
    #expect(mapped == IPAddress("127.0.0.1") && mapped.isIPv4)
    #expect(IPAddress("fe80::1%eth0")?.zone == "eth0")
    #expect(IPAddress("fe80::1%eth0") != IPAddress("fe80::1"))
  }

  @Test(arguments: [0, 1, 3, 5, 15, 17]) func otherCountsOfBytesAreNoAddress(_ count: Int) {
    #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
  }
}
