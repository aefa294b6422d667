import Domain

/// Big-endian writer for the seal's boxes.
struct ByteWriter {
  var bytes: [UInt8] = []
  mutating func u8(_ value: UInt8) { bytes.append(value) }
  mutating func u32(_ value: UInt32) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
  mutating func u64(_ value: UInt64) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
  mutating func i64(_ value: Int64) { u64(UInt64(bitPattern: value)) }
  mutating func put(_ more: [UInt8]) { bytes.append(contentsOf: more) }
}

/// Big-endian reader: `nil` past the end, never a trap.
struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func take(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= bytes.count - position else { return nil }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  private mutating func word(_ count: Int) -> UInt64? {
    guard count <= bytes.count - position else { return nil }
    defer { position += count }
    return bytes[position..<position + count].reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func u8() -> UInt8? { word(1).map { UInt8(truncatingIfNeeded: $0) } }
  mutating func u32() -> UInt32? { word(4).map { UInt32(truncatingIfNeeded: $0) } }
  mutating func u64() -> UInt64? { word(8) }
  mutating func i64() -> Int64? { word(8).map { Int64(bitPattern: $0) } }
  mutating func media() -> MediaTime? { i64().map(MediaTime.init(nanoseconds:)) }
}
