import Testing
import VirtualMP4

/// `Range` fields and what RFC 9110 says of them; the representation has 1000 bytes unless a row says otherwise.
struct ByteRangeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let fields: [String]
    let length: UInt64
    let ifRange: Bool?
    let expected: ByteRange

    init(_ field: String..., of length: UInt64 = 1000, ifRange: Bool? = nil, is expected: ByteRange) {
      self.fields = field
      self.length = length
      self.ifRange = ifRange
      self.expected = expected
    }

    var testDescription: String { "\(fields) of \(length)" }
  }

  static let rows = [
    // 14.2: "A server MAY ignore the Range header field" and, without one, answers as usual.
    Row(is: .whole),
    // 14.1.2: "The first 500 bytes (byte offsets 0-499, inclusive): bytes=0-499".
    Row("bytes=0-499", is: .partial(0..<500)),
    // 14.1.2: "The second 500 bytes (byte offsets 500-999, inclusive): bytes=500-999".
    Row("bytes=500-999", is: .partial(500..<1000)),
    // 14.1.2: "The final 500 bytes (byte offsets 9500-9999, inclusive): bytes=-500", of a length of 10000.
    Row("bytes=-500", of: 10_000, is: .partial(9500..<10_000)),
    // 14.1.2: "Or: bytes=9500-".
    Row("bytes=9500-", of: 10_000, is: .partial(9500..<10_000)),
    // 14.1.2: "The first and last bytes only (bytes 0 and 9999): bytes=0-0,-1"; 14.2: the server MAY ignore it.
    Row("bytes=0-0,-1", of: 10_000, is: .whole),
    // 14.1.2: "The first, middle, and last 1000 bytes: bytes= 0-999, 4500-5499, -1000"; several are answered with all.
    Row("bytes= 0-999, 4500-5499, -1000", of: 10_000, is: .whole),
    // 14.1.2: "Other valid (but not canonical) specifications of the second 500 bytes": overlapping ranges.
    Row("bytes=500-600,601-999", of: 10_000, is: .whole),
    Row("bytes=500-700,601-999", of: 10_000, is: .whole),
    // 14.1.2: "first-pos ... the byte-offset of the first byte": offsets start at zero, both ends belong to it.
    Row("bytes=0-0", is: .partial(0..<1)),
    Row("bytes=999-999", is: .partial(999..<1000)),
    Row("bytes=10-10", is: .partial(10..<11)),
    // 14.1.2: "if the last-pos value is absent ... the remainder of the representation".
    Row("bytes=0-", is: .partial(0..<1000)),
    Row("bytes=999-", is: .partial(999..<1000)),
    // 14.1.2: "or if the value is greater than or equal to the current length ... the remainder".
    Row("bytes=0-1000", is: .partial(0..<1000)),
    Row("bytes=500-99999", is: .partial(500..<1000)),
    Row("bytes=0-999", is: .partial(0..<1000)),
    // 14.1.2: "If a valid byte-range-set includes at least one range-spec that is satisfiable": first-pos below the length.
    Row("bytes=1000-", is: .unsatisfiable),
    Row("bytes=1000-1001", is: .unsatisfiable),
    Row("bytes=5000-6000", is: .unsatisfiable),
    // 14.1.2: "or at least one suffix-range with a non-zero suffix-length".
    Row("bytes=-0", is: .unsatisfiable),
    Row("bytes=-000", is: .unsatisfiable),
    Row("bytes=-1", is: .partial(999..<1000)),
    // 14.1.2: "If the selected representation is shorter than the specified suffix-length, the entire representation".
    Row("bytes=-1000", is: .partial(0..<1000)),
    Row("bytes=-1001", is: .partial(0..<1000)),
    // 14.1.1: "An int-range is invalid if the last-pos value is present and less than first-pos."
    Row("bytes=500-100", is: .whole),
    Row("bytes=1-0", is: .whole),
    Row("bytes=2000-1500", is: .whole),
    // 14.1: "Range units ... are case-insensitive".
    Row("Bytes=0-499", is: .partial(0..<500)),
    Row("BYTES=-1", is: .partial(999..<1000)),
    // 14.2: "An origin server MUST ignore a Range header field that contains a range unit it does not understand."
    Row("seconds=0-10", is: .whole),
    Row("bytesx=0-10", is: .whole),
    Row("none=0-10", is: .whole),
    // 14.1.1: range-unit "=" range-set; what does not match has no meaning: "MAY ignore ... invalid ranges-specifier".
    Row("", is: .whole),
    Row("bytes", is: .whole),
    Row("bytes=", is: .whole),
    Row("=0-10", is: .whole),
    Row("bytes=-", is: .whole),
    Row("bytes=--5", is: .whole),
    Row("bytes=5", is: .whole),
    Row("bytes=a-b", is: .whole),
    Row("bytes=0x10-0x20", is: .whole),
    Row("bytes=+1-5", is: .whole),
    Row("bytes=0-5-9", is: .whole),
    Row("bytes=1.5-3", is: .whole),
    Row("bytes=٠-٥", is: .whole),
    // 14.1.1: there is no white space inside a range or before "="; 5.6.3: it may stand around a field's value.
    Row("bytes=0 - 499", is: .whole),
    Row("bytes =0-499", is: .whole),
    Row("bytes= 0-499", is: .whole),
    Row(" bytes=0-499\t", is: .partial(0..<500)),
    // 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
    Row("bytes=0-499,", is: .partial(0..<500)),
    Row("bytes=, ,0-499 , ", is: .partial(0..<500)),
    Row("bytes=,", is: .whole),
    // 14.1.1: first-pos = 1*DIGIT: any number of digits. 17.15: recipients are to expect overlong numbers.
    Row("bytes=00000000000000000000000000-0000000000000000000000000000499", is: .partial(0..<500)),
    Row("bytes=0-18446744073709551615", is: .partial(0..<1000)),
    Row("bytes=0-99999999999999999999999999999999999999", is: .partial(0..<1000)),
    Row("bytes=18446744073709551616-", is: .unsatisfiable),
    Row("bytes=99999999999999999999999999999999-99999999999999999999999999999998", is: .whole),
    Row("bytes=-99999999999999999999999999999999", is: .partial(0..<1000)),
    Row("bytes=0-", of: .max, is: .partial(0..<UInt64.max)),
    Row("bytes=18446744073709551614-18446744073709551615", of: .max, is: .partial(UInt64.max - 1..<UInt64.max)),
    // 5.3: "A sender MUST NOT generate multiple field lines with the same name" unless it is a list; Range is none.
    Row("bytes=0-1", "bytes=2-3", is: .whole),
    // 13.1.5: "If the validator given in If-Range does not match ... the recipient MUST ignore the Range header field".
    Row("bytes=0-499", ifRange: false, is: .whole),
    Row("bytes=5000-", ifRange: false, is: .whole),
    // 13.1.5: "Otherwise, the recipient SHOULD process the Range header field as requested".
    Row("bytes=0-499", ifRange: true, is: .partial(0..<500)),
    Row("bytes=5000-", ifRange: true, is: .unsatisfiable),
    // 14.1.2: of an empty representation no first-pos is less than the current length.
    Row("bytes=0-", of: 0, is: .unsatisfiable),
    Row("bytes=0-0", of: 0, is: .unsatisfiable),
    Row("bytes=-0", of: 0, is: .unsatisfiable),
    // 14.1.2: its last 5 bytes are "the entire representation", which no Content-Range can name.
    Row("bytes=-5", of: 0, is: .whole),
    Row(of: 0, is: .whole),
    // 14.1.2: one byte.
    Row("bytes=0-", of: 1, is: .partial(0..<1)),
    Row("bytes=-5", of: 1, is: .partial(0..<1)),
    Row("bytes=1-", of: 1, is: .unsatisfiable),
  ]

  @Test(arguments: rows)
  func rangeFieldMeansWhatTheRFCSays(_ row: Row) {
    #expect(ByteRange.evaluate(header: row.fields, length: row.length, ifRange: row.ifRange) == row.expected)
  }
}
