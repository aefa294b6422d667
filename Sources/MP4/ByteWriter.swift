/// Builds boxes in memory: big-endian numbers, sizes filled in when a box ends.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  public var count: Int { bytes.count }

  public mutating func u8(_ value: UInt8) { bytes.append(value) }
  public mutating func u16(_ value: UInt16) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
  /// The low 24 bits.
  public mutating func u24(_ value: UInt32) {
    u8(UInt8(truncatingIfNeeded: value >> 16))
    u16(UInt16(truncatingIfNeeded: value))
  }
  public mutating func u32(_ value: UInt32) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
  /// Many numbers at once: the tables of a clip of hours have hundreds of thousands.
  public mutating func u32(each values: [UInt32]) {
    // A closure, not a key path: those are read at run time, which costs more than all the rest.
    values.map { $0.bigEndian }.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }
  public mutating func u64(_ value: UInt64) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
  public mutating func i32(_ value: Int32) { u32(UInt32(bitPattern: value)) }
  public mutating func i64(_ value: Int64) { u64(UInt64(bitPattern: value)) }
  public mutating func fourCC(_ value: FourCC) { u32(value.value) }
  public mutating func zeroes(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }
  public mutating func raw(_ values: some Sequence<UInt8>) { bytes.append(contentsOf: values) }
  public mutating func raw(_ values: UnsafeRawBufferPointer) { bytes.append(contentsOf: values) }

  /// Overwrites four bytes that were written before; out of range is ignored.
  public mutating func patch(u32 value: UInt32, at position: Int) {
    guard position >= 0, position + 4 <= bytes.count else { return }
    for index in 0..<4 { bytes[position + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
  }

  /// A box around what `body` writes. Boxes made in memory stay far below 4 GiB; a longer one gets no valid size.
  public mutating func box(_ type: FourCC, _ body: (inout ByteWriter) -> Void) {
    let start = count
    u32(0)
    fourCC(type)
    body(&self)
    patch(u32: UInt32(truncatingIfNeeded: count - start), at: start)
  }

  /// A box with version and flags.
  public mutating func fullBox(
    _ type: FourCC, version: UInt8 = 0, flags: UInt32 = 0, _ body: (inout ByteWriter) -> Void
  ) {
    box(type) {
      $0.u8(version)
      $0.u24(flags)
      body(&$0)
    }
  }
}
