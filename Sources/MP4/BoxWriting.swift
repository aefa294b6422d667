public import Domain

/// Boxes (ISO/IEC 14496-12 section 4.2), whose sizes are filled in when they end.
extension ByteWriter {
  public mutating func fourCC(_ value: FourCC) { u32(value.value) }

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
