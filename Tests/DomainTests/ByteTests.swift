import Domain
import TestSupport
import Testing

@Suite struct ByteTests {
  @Test func numbersAreWrittenBigEndian() {
    var writer = ByteWriter()
    writer.u8(1)
    writer.u16(0x0203)
    writer.u24(0xff04_0506)
    writer.u32(0x0708_090a)
    writer.u64(0x0b0c_0d0e_0f10_1112)
    writer.i32(-2)
    writer.i64(-3)
    writer.u32(each: [1, 2])
    writer.zeroes(2)
    writer.put([9, 8])
    let negative: [UInt8] = [0xff, 0xff, 0xff, 0xfe] + [UInt8](repeating: 0xff, count: 7) + [0xfd]
    #expect(writer.bytes == Array(1...0x12) + negative + [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 9, 8])
    writer.patch(u32: 0xa1a2_a3a4, at: 1)
    #expect(Array(writer.bytes[..<6]) == [1, 0xa1, 0xa2, 0xa3, 0xa4, 6])
    let before = writer.bytes
    for position in [-1, before.count - 3, .max] { writer.patch(u32: 0, at: position) }
    #expect(writer.bytes == before)
  }

  @Test func whatWasWrittenIsRead() {
    var writer = ByteWriter()
    writer.u8(200)
    writer.u16(.max)
    writer.u24(0xabcdef)
    writer.u32(.max - 1)
    writer.u64(.max - 2)
    writer.i32(.min)
    writer.i64(-1)
    writer.put([1, 2, 3])
    // Read as a slice that doesn't begin at 0.
    var reader = ByteReader(([7, 7] + writer.bytes)[2...])
    #expect(reader.u8() == 200)
    #expect(reader.u16() == .max)
    #expect(reader.u24() == 0xabcdef)
    #expect(reader.u32() == UInt32.max - 1)
    #expect(reader.u64() == UInt64.max - 2)
    #expect(reader.i32() == .min)
    #expect(reader.i64() == -1)
    #expect(reader.position == 30 && reader.remaining == 3 && !reader.isAtEnd)
    #expect(reader.take(1) == [1])
    #expect(reader.rest() == [2, 3])
    #expect(reader.isAtEnd && reader.rest().isEmpty && reader.u8() == nil)
  }

  /// Every read gives what was there, or `nil` and takes nothing.
  @Test func noReadTrapsOrGoesPastTheEnd() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      var reader = ByteReader(bytes)
      for _ in 0..<8 {
        let (before, left) = (reader.position, reader.remaining)
        let count = [-1, 0, 1, 3, 16, .max].randomElement(using: &generator) ?? 0
        let (width, got): (Int, Bool) =
          switch Int.random(in: 0..<7, using: &generator) {
          case 0: (1, reader.u8() != nil)
          case 1: (2, reader.u16() != nil)
          case 2: (3, reader.u24() != nil)
          case 3: (4, reader.u32() != nil)
          case 4: (8, reader.i64() != nil)
          case 5: (count, reader.take(count) != nil)
          default: (count, reader.slice(count) != nil)
          }
        #expect(got == (0...left).contains(width))
        #expect(reader.position == (got ? before + width : before))
        #expect(reader.position + reader.remaining == bytes.count)
      }
    }
  }
}
