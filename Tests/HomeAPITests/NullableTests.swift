import Foundation
import HomeAPI
import Testing

/// What a field without a value looks like on the wire.
@Suite struct NullableTests {
  private struct Body: Codable, Equatable {
    @Nullable var wanted: Int?
    var spare: Int?
  }

  @Test func aNullableFieldIsWrittenAsNullAndAnOptionalOneIsLeftOut() throws {
    let text = String(decoding: try JSONEncoder().encode(Body(wanted: nil)), as: UTF8.self)
    #expect(text == #"{"wanted":null}"#)
  }

  @Test(arguments: [#"{}"#, #"{"wanted":null}"#, #"{"wanted":null,"spare":null}"#])
  func whatIsMissingReadsAsNull(_ text: String) throws {
    #expect(try JSONDecoder().decode(Body.self, from: Data(text.utf8)) == Body(wanted: nil))
  }

  @Test func aValueOfAnotherTypeIsRefused() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Body.self, from: Data(#"{"wanted":"7"}"#.utf8))
    }
  }
}
