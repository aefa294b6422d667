import Domain

/// Reads boxes (ISO/IEC 14496-12 section 4.2) from untrusted bytes; errors name the box that is wrong.
public struct BoxReader: Sendable {
  private var input: ByteReader
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
    input = ByteReader(bytes)
    subject = .text(name)
  }

  private init(_ bytes: ArraySlice<UInt8>, box type: FourCC) {
    input = ByteReader(bytes)
    subject = .box(type)
  }

  /// How many bytes were read so far.
  public var position: Int { input.position }
  public var remaining: Int { input.remaining }
  public var isAtEnd: Bool { input.isAtEnd }

  private var truncated: MP4Error { MP4Error(.truncated, name) }

  /// - Throws: `truncated` when fewer than `count` bytes are left.
  public mutating func take(_ count: Int) throws(MP4Error) -> ArraySlice<UInt8> {
    guard let bytes = input.slice(count) else { throw truncated }
    return bytes
  }

  public mutating func skip(_ count: Int) throws(MP4Error) { _ = try take(count) }
  /// Everything that is left.
  public mutating func rest() -> ArraySlice<UInt8> { input.rest() }

  public mutating func u8() throws(MP4Error) -> UInt8 {
    guard let value = input.u8() else { throw truncated }
    return value
  }

  public mutating func u16() throws(MP4Error) -> UInt16 {
    guard let value = input.u16() else { throw truncated }
    return value
  }

  public mutating func u24() throws(MP4Error) -> UInt32 {
    guard let value = input.u24() else { throw truncated }
    return value
  }

  public mutating func u32() throws(MP4Error) -> UInt32 {
    guard let value = input.u32() else { throw truncated }
    return value
  }

  public mutating func u64() throws(MP4Error) -> UInt64 {
    guard let value = input.u64() else { throw truncated }
    return value
  }

  public mutating func i32() throws(MP4Error) -> Int32 { Int32(bitPattern: try u32()) }
  public mutating func i64() throws(MP4Error) -> Int64 { Int64(bitPattern: try u64()) }
  public mutating func fourCC() throws(MP4Error) -> FourCC { FourCC(try u32()) }

  /// The next box inside these bytes, with a reader for its payload; `nil` at the end.
  ///
  /// - Throws: when its size runs past these bytes, is smaller than its header, or means "to the end of the file".
  public mutating func nextBox() throws(MP4Error) -> (type: FourCC, payload: BoxReader)? {
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
    return (type, BoxReader(try take(payload), box: type))
  }
}
