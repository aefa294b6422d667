/// Eight cells side by side, which the processor works on at once. The compiler finds such groups by itself only in the
/// simplest of loops.
typealias Eight = SIMD8<Float>

extension Span<Float> {
  /// The eight cells from here on.
  @inline(__always) func eight(_ at: Int) -> Eight {
    bytes.unsafeLoadUnaligned(fromByteOffset: at &* 4, as: Eight.self)
  }

  /// Every second one of the sixteen cells from here on.
  @inline(__always) func everySecond(_ at: Int) -> Eight {
    bytes.unsafeLoadUnaligned(fromByteOffset: at &* 4, as: SIMD16<Float>.self).evenHalf
  }
}

extension MutableSpan<Float> {
  @inline(__always) func eight(_ at: Int) -> Eight {
    bytes.unsafeLoadUnaligned(fromByteOffset: at &* 4, as: Eight.self)
  }

  @inline(__always) mutating func set(_ cells: Eight, _ at: Int) {
    var bytes = mutableBytes
    bytes.storeBytes(of: cells, toByteOffset: at &* 4, as: Eight.self)
  }
}

extension Eight {
  @inline(__always) var size: Eight { replacing(with: 0 - self, where: self .< 0) }

  @inline(__always) func least(_ other: Eight) -> Eight { replacing(with: other, where: other .< self) }
}
