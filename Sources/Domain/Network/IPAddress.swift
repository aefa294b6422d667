/// A numeric IPv4 or IPv6 address. An IPv4-mapped IPv6 address (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2), in either
/// spelling, is the IPv4 address: both reach the same device, and nothing may treat them differently.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// 4 or 16 bytes in network order.
  public let bytes: [UInt8]
  /// The interface of a link-local IPv6 address (RFC 4007 section 11), such as `eth0` in `fe80::1%eth0`.
  public let zone: String?

  /// - Returns: `nil` unless there are 4 or 16 bytes, in network order.
  public init?(bytes: some Collection<UInt8>) { self.init(Array(bytes), zone: nil) }

  private init?(_ bytes: [UInt8], zone: String?) {
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    switch bytes.count {
    case 4: self.bytes = bytes
    case 16: self.bytes = bytes.starts(with: mapped) ? Array(bytes[12...]) : bytes
    default: return nil
    }
    self.zone = self.bytes.count == 16 ? zone : nil
  }

  /// Reads the text forms that inet_pton(3) reads: four decimal numbers, or the forms of RFC 4291 section 2.2; an IPv6
  /// address may have a zone.
  ///
  /// - Returns: `nil` for everything else, such as a name or `127.1`.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "%"), maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 1, let four = Self.dotted(parts[0]) {
      self.init(four, zone: nil)
    } else if let sixteen = Self.groups(parts[0]) {
      let zone = parts.dropFirst().first
      guard zone.map({ !$0.isEmpty && $0.allSatisfy(Self.isZoneByte) }) ?? true else { return nil }
      self.init(sixteen, zone: zone.map { String(Substring($0)) })
    } else {
      return nil
    }
  }

  public var isIPv4: Bool { bytes.count == 4 }

  /// The text in its one canonical form (RFC 5952), with the zone if there is one.
  public var description: String {
    guard !isIPv4 else { return Self.decimal(bytes[...]) }
    return Self.compressed(bytes) + (zone.map { "%\($0)" } ?? "")
  }

  // Zones go into URLs, so only characters that need no escaping there; interfaces' names have no others in practice.
  private static func isZoneByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }
}

// MARK: - Reading

extension IPAddress {
  /// `a.b.c.d`, decimal without leading zeros: with them some programs would read octal.
  private static func dotted(_ text: Substring.UTF8View) -> [UInt8]? {
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
        part.count == 1 || part.first != 0x30, let byte = UInt8(Substring(part))
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// Eight groups of one to four hexadecimal digits, of which one run of zeros may be left out as `::`, and the last two
  /// may be written as an IPv4 address.
  private static func groups(_ text: Substring.UTF8View) -> [UInt8]? {
    var pieces = text.split(separator: UInt8(ascii: ":"), maxSplits: 9, omittingEmptySubsequences: false)[...]
    guard pieces.count >= 3 else { return nil }
    // A colon at an end must be half of "::", which then stands as one empty piece like any other.
    if pieces[0].isEmpty {
      guard pieces[1].isEmpty else { return nil }
      pieces.removeFirst()
    }
    if let last = pieces.last, last.isEmpty {
      guard pieces.count >= 2, pieces[pieces.endIndex - 2].isEmpty else { return nil }
      pieces.removeLast()
    }
    var bytes: [UInt8] = []
    var gap: Int?
    for (index, piece) in zip(pieces.indices, pieces) {
      if piece.isEmpty {
        guard gap == nil else { return nil }
        gap = bytes.count
      } else if index == pieces.endIndex - 1, let four = dotted(piece) {
        bytes += four
      } else if piece.count <= 4, piece.allSatisfy(isHexDigit), let group = UInt16(Substring(piece), radix: 16) {
        bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
      } else {
        return nil
      }
    }
    guard let gap else { return bytes.count == 16 ? bytes : nil }
    guard bytes.count <= 14 else { return nil }
    bytes.insert(contentsOf: [UInt8](repeating: 0, count: 16 - bytes.count), at: gap)
    return bytes
  }
}

extension IPAddress {
  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}

// MARK: - Writing

extension IPAddress {
  private static func decimal(_ bytes: ArraySlice<UInt8>) -> String { bytes.map { "\($0)" }.joined(separator: ".") }

  private static func compressed(_ bytes: [UInt8]) -> String {
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    func hex(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
    let run = longestZeros(groups)
    // RFC 5952 section 4.2.2: one group of zeros is not shortened.
    guard run.count >= 2 else { return hex(0..<8) }
    // IPv4-compatible addresses (RFC 4291 section 2.5.5.1), as inet_ntop(3) writes them.
    if run == 0..<6 { return "::" + decimal(bytes[12...]) }
    return hex(0..<run.lowerBound) + "::" + hex(run.upperBound..<8)
  }

  /// The longest run of zeros, the first of equal ones (RFC 5952 section 4.2.3).
  private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
    var longest = 0..<0
    var start = 0
    for (index, group) in groups.enumerated() {
      if group != 0 { start = index + 1 }
      if index + 1 - start > longest.count { longest = start..<index + 1 }
    }
    return longest
  }
}
