import Domain

extension ByteReader {
  /// A media time, written as nanoseconds in 64 bits.
  mutating func media() -> MediaTime? { i64().map(MediaTime.init(nanoseconds:)) }
}
