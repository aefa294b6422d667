/// Reads bits and Exp-Golomb numbers of a parameter set (ISO/IEC 14496-10 section 9.1); throws instead of trapping.
struct BitReader {
  private let bytes: [UInt8]
  private var position = 0
  private let name: String

  /// - Parameter unit: the payload of a NAL unit, after its header; emulation prevention bytes are taken out.
  init(unit: some Sequence<UInt8>, name: String) {
    var plain: [UInt8] = []
    var zeroes = 0
    for byte in unit {
      if zeroes >= 2, byte == 3 {
        zeroes = 0
        continue
      }
      zeroes = byte == 0 ? zeroes + 1 : 0
      plain.append(byte)
    }
    self.init(plain: plain, name: name)
  }

  /// - Parameter plain: bytes without emulation prevention.
  init(plain: [UInt8], name: String) {
    bytes = plain
    self.name = name
  }

  /// Up to 32 bits.
  mutating func bits(_ count: Int) throws(MP4Error) -> UInt32 {
    guard count >= 0, count <= 32, position + count <= bytes.count * 8 else { throw MP4Error(.truncated, name) }
    var value: UInt64 = 0
    for _ in 0..<count {
      value = value << 1 | UInt64(bytes[position >> 3] >> (7 - UInt8(position & 7)) & 1)
      position += 1
    }
    return UInt32(truncatingIfNeeded: value)
  }

  mutating func flag() throws(MP4Error) -> Bool { try bits(1) == 1 }

  mutating func skip(_ count: Int) throws(MP4Error) {
    guard count >= 0, position + count <= bytes.count * 8 else { throw MP4Error(.truncated, name) }
    position += count
  }

  /// `ue(v)`, refused above `limit`.
  mutating func unsigned(upTo limit: Int = Int(UInt32.max) - 1) throws(MP4Error) -> Int {
    var zeroes = 0
    while try bits(1) == 0 {
      zeroes += 1
      guard zeroes <= 31 else { throw MP4Error(.malformed, name) }
    }
    let value = (1 << zeroes) - 1 + Int(try bits(zeroes))
    guard value <= limit else { throw MP4Error(.malformed, name) }
    return value
  }

  /// `se(v)`.
  mutating func signed() throws(MP4Error) -> Int {
    let code = try unsigned()
    return code.isMultiple(of: 2) ? -(code / 2) : (code + 1) / 2
  }
}

/// The shared limits and bookkeeping of parameter sets.
enum ParameterSets {
  /// Real sets are well below 1 KiB; a length field holds 65535.
  static let maximumUnitBytes = 16 << 10
  static let maximumTotalBytes = 64 << 10
  static let maximumSide = 8192

  /// Puts sets into the order of their ids; of several with one id the last one holds.
  static func ordered(_ sets: [(id: Int, unit: [UInt8])]) -> [[UInt8]] {
    var byID: [Int: [UInt8]] = [:]
    for set in sets { byID[set.id] = set.unit }
    return byID.sorted { $0.key < $1.key }.map(\.value)
  }

  static func checkSizes(_ units: [[UInt8]], _ name: String) throws(MP4Error) {
    var total = 0
    for unit in units {
      total += unit.count
      guard unit.count <= maximumUnitBytes, total <= maximumTotalBytes else { throw MP4Error(.tooLarge, name) }
    }
  }

  /// The size after cropping, checked; all values come from the stream.
  static func cropped(_ coded: Int, by crop: [Int], unit: Int, _ name: String) throws(MP4Error) -> Int {
    guard coded > 0 else { throw MP4Error(.malformed, "picture size in the \(name)") }
    guard coded <= maximumSide else { throw MP4Error(.tooLarge, "picture size in the \(name)") }
    var shown = coded
    for part in crop {
      guard part <= coded else { throw MP4Error(.malformed, "cropping in the \(name)") }
      shown -= part * unit
    }
    guard shown > 0 else { throw MP4Error(.malformed, "cropping in the \(name)") }
    return shown
  }
}
