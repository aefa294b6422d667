/// Builds bytes in memory: big-endian numbers, one after the other. Inlined into its callers, as `ByteReader` is.
public struct ByteWriter: Sendable {
  @usableFromInline var written: [UInt8] = []

  @inlinable public init(reserving capacity: Int = 0) { written.reserveCapacity(capacity) }

  @inlinable public var bytes: [UInt8] { written }
  @inlinable public var count: Int { written.count }

  @inlinable public mutating func u8(_ value: UInt8) { written.append(value) }
  @inlinable public mutating func u16(_ value: UInt16) { number(value) }
  /// The low 24 bits.
  @inlinable public mutating func u24(_ value: UInt32) {
    u8(UInt8(truncatingIfNeeded: value >> 16))
    u16(UInt16(truncatingIfNeeded: value))
  }
  @inlinable public mutating func u32(_ value: UInt32) { number(value) }
  @inlinable public mutating func u64(_ value: UInt64) { number(value) }
  @inlinable public mutating func i32(_ value: Int32) { number(value) }
  @inlinable public mutating func i64(_ value: Int64) { number(value) }

  /// Many numbers at once: the tables of a clip of hours have hundreds of thousands.
  @inlinable public mutating func u32(each values: [UInt32]) {
    // A closure, not a key path: those are read at run time, which costs more than all the rest.
    values.map { $0.bigEndian }.withUnsafeBytes { written.append(contentsOf: $0) }
  }

  @inlinable public mutating func zeroes(_ count: Int) { written.append(contentsOf: repeatElement(0, count: count)) }
  @inlinable public mutating func put(_ values: some Sequence<UInt8>) { written.append(contentsOf: values) }
  @inlinable public mutating func put(_ values: UnsafeRawBufferPointer) { written.append(contentsOf: values) }

  /// Overwrites four bytes that were written before; out of range is ignored.
  @inlinable public mutating func patch(u32 value: UInt32, at position: Int) {
    guard position >= 0, position <= written.count - 4 else { return }
    for index in 0..<4 { written[position + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
  }

  @inlinable mutating func number<Number: FixedWidthInteger>(_ value: Number) {
    withUnsafeBytes(of: value.bigEndian) { written.append(contentsOf: $0) }
  }
}
