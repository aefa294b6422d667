/// Reads big-endian numbers from bytes that nobody vouches for: every read is checked and throws instead of trapping.
public struct ByteReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  /// How many bytes were read so far.
  public private(set) var position = 0
  private let subject: Subject

  /// A box is named only when something is wrong with it: making a text for each of thousands takes longer than reading
  /// them.
  private enum Subject: Sendable {
    case text(String)
    case box(FourCC)
  }

  /// What is being read, for error messages.
  public var name: String {
    switch subject {
    case .text(let text): text
    case .box(let type): "box \(type)"
    }
  }

  public init(_ bytes: [UInt8], name: String) { self.init(bytes[...], name: name) }

  public init(_ bytes: ArraySlice<UInt8>, name: String) {
    self.bytes = bytes
    subject = .text(name)
  }

  private init(_ bytes: ArraySlice<UInt8>, box type: FourCC) {
    self.bytes = bytes
    subject = .box(type)
  }

  public var remaining: Int { bytes.count - position }
  public var isAtEnd: Bool { remaining == 0 }

  /// - Throws: `truncated` when fewer than `count` bytes are left.
  public mutating func take(_ count: Int) throws(MP4Error) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw MP4Error(.truncated, name) }
    let start = bytes.startIndex + position
    position += count
    return bytes[start..<start + count]
  }

  public mutating func skip(_ count: Int) throws(MP4Error) { _ = try take(count) }
  /// Everything that is left.
  public mutating func rest() -> ArraySlice<UInt8> {
    let start = bytes.startIndex + position
    position = bytes.count
    return bytes[start...]
  }

  public mutating func u8() throws(MP4Error) -> UInt8 { UInt8(truncatingIfNeeded: try number(1)) }
  public mutating func u16() throws(MP4Error) -> UInt16 { UInt16(truncatingIfNeeded: try number(2)) }
  public mutating func u24() throws(MP4Error) -> UInt32 { UInt32(truncatingIfNeeded: try number(3)) }
  public mutating func u32() throws(MP4Error) -> UInt32 { UInt32(truncatingIfNeeded: try number(4)) }
  public mutating func u64() throws(MP4Error) -> UInt64 { try number(8) }
  public mutating func i32() throws(MP4Error) -> Int32 { Int32(bitPattern: try u32()) }
  public mutating func i64() throws(MP4Error) -> Int64 { Int64(bitPattern: try u64()) }
  public mutating func fourCC() throws(MP4Error) -> FourCC { FourCC(try u32()) }

  private mutating func number(_ width: Int) throws(MP4Error) -> UInt64 {
    guard width <= remaining else { throw MP4Error(.truncated, name) }
    var value: UInt64 = 0
    let start = bytes.startIndex + position
    for index in start..<start + width { value = value << 8 | UInt64(bytes[index]) }
    position += width
    return value
  }

  /// The next box inside these bytes, with a reader for its payload; `nil` at the end.
  ///
  /// - Throws: when its size runs past these bytes, is smaller than its header, or means "to the end of the file".
  public mutating func nextBox() throws(MP4Error) -> (type: FourCC, payload: ByteReader)? {
    guard !isAtEnd else { return nil }
    let small = try u32()
    let type = try fourCC()
    var payload = Int(small) - 8
    if small == 1 {
      let large = try u64()
      guard large >= 16, large <= UInt64(Int.max) else { throw MP4Error(.malformed, "size of box \(type)") }
      payload = Int(large) - 16
    }
    guard payload >= 0 else { throw MP4Error(.malformed, "size of box \(type)") }
    guard payload <= remaining else { throw MP4Error(.truncated, "box \(type)") }
    return (type, ByteReader(try take(payload), box: type))
  }
}
