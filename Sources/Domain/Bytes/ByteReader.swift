/// Reads big-endian numbers from untrusted bytes: `nil` past the end, never a trap. A read that gives `nil` takes nothing.
///
/// Inlined into its callers: the door reads thousands of numbers for each clip with it.
public struct ByteReader: Sendable {
  @usableFromInline let source: ArraySlice<UInt8>
  /// The index of the next byte.
  @usableFromInline var next: Int

  @inlinable public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  @inlinable public init(_ bytes: ArraySlice<UInt8>) {
    source = bytes
    next = bytes.startIndex
  }

  /// How many bytes were read so far.
  @inlinable public var position: Int { next - source.startIndex }
  @inlinable public var remaining: Int { source.endIndex - next }
  @inlinable public var isAtEnd: Bool { next == source.endIndex }

  /// The next `count` bytes, not copied.
  @inlinable public mutating func slice(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= remaining else { return nil }
    let start = next
    next += count
    return source[start..<next]
  }

  /// The next `count` bytes as an array of their own.
  @inlinable public mutating func take(_ count: Int) -> [UInt8]? { slice(count).map { Array($0) } }

  /// Everything that is left, not copied.
  @inlinable public mutating func rest() -> ArraySlice<UInt8> {
    let start = next
    next = source.endIndex
    return source[start...]
  }

  @inlinable public mutating func u8() -> UInt8? { number(1).map { UInt8(truncatingIfNeeded: $0) } }
  @inlinable public mutating func u16() -> UInt16? { number(2).map { UInt16(truncatingIfNeeded: $0) } }
  @inlinable public mutating func u24() -> UInt32? { number(3).map { UInt32(truncatingIfNeeded: $0) } }
  @inlinable public mutating func u32() -> UInt32? { number(4).map { UInt32(truncatingIfNeeded: $0) } }
  @inlinable public mutating func u64() -> UInt64? { number(8) }
  @inlinable public mutating func i32() -> Int32? { u32().map { Int32(bitPattern: $0) } }
  @inlinable public mutating func i64() -> Int64? { u64().map { Int64(bitPattern: $0) } }

  // Always inlined: the width is then known, and the loop is gone.
  @inlinable @inline(__always) mutating func number(_ width: Int) -> UInt64? {
    let end = next + width
    guard end <= source.endIndex else { return nil }
    var value: UInt64 = 0
    for index in next..<end { value = value << 8 | UInt64(source[index]) }
    next = end
    return value
  }
}
