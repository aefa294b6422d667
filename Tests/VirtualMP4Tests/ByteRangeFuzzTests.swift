import Fuzz
import Testing
import VirtualMP4

@Suite struct ByteRangeFuzzTests {
  @Test func whateverIsAskedForLiesInside() {
    let seeds = ["bytes=0-499", "bytes=500-", "bytes=-500", "bytes=0-0,2-3", "bytes=99999999999999999999-"]
    let lengths: [UInt64] = [0, 1, 500, 1 << 40, .max]
    Fuzz.run(seeds.map { Array($0.utf8) }, words: ["-", ",", "bytes", "=", " ", "00"], few: 5000) { bytes, round in
      for length in lengths {
        switch ByteRange.evaluate(header: [String(decoding: bytes, as: UTF8.self)], length: length) {
        case .partial(let range): #expect(!range.isEmpty && range.upperBound <= length, "round \(round)")
        case .whole, .unsatisfiable: break
        }
      }
    }
  }
}
