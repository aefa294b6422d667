import Domain
import MP4
import Testing

struct AccessUnitTests {
  @Test func unitsLieBetweenStartCodesOfThreeOrFourBytes() throws {
    let bytes: [UInt8] = [0xff, 0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, 0x65, 0xaa, 0, 0, 0, 0, 1, 0x41, 0xbb, 0, 0]
    #expect(AnnexB.units(in: bytes) == [[0x09, 0xf0], [0x65, 0xaa], [0x41, 0xbb]])
  }

  /// They are looked for in strides: every place within one, and the border between two, must be seen.
  @Test func aStartCodeIsFoundWhereverItLies() {
    for zeroes in 2...3 {
      for place in 0...80 {
        for rest in 1...40 {
          let (before, unit) = ([UInt8](repeating: 0xff, count: place), [UInt8](repeating: 0x80, count: rest))
          let bytes = [0, 0, 1, 0x61] + before + [UInt8](repeating: 0, count: zeroes) + [1] + unit
          #expect(AnnexB.units(in: bytes) == [[0x61] + before, unit], "\(zeroes) zeroes, \(place), \(rest)")
        }
      }
    }
  }

  @Test(arguments: [[], [0], [0, 0, 1], [0, 0, 0, 1], [1, 2, 3], [0, 0, 1, 0, 0, 1], [0, 0, 1, 0, 0, 0]])
  func whereThereIsNoUnitNoneIsFound(_ bytes: [UInt8]) {
    #expect(AnnexB.units(in: bytes) == [])
    #expect(AccessUnit(annexB: bytes, codec: .h264).hasPicture == false)
    #expect(AccessUnit(annexB: bytes, codec: .h265).sample == [])
  }

  @Test func delimiterAndParameterSetsLeaveTheSampleInformationAndSlicesStay() {
    let unit = AccessUnit(
      annexB: [0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce]
        + [0, 0, 1, 0x06, 0x05, 0, 0, 1, 0x65, 0x11, 0x22, 0, 0, 1, 0x65, 0x33, 0, 0, 1, 0x0c, 0xff],
      codec: .h264)
    #expect(unit.sample == [0, 0, 0, 2, 0x06, 0x05, 0, 0, 0, 3, 0x65, 0x11, 0x22, 0, 0, 0, 2, 0x65, 0x33])
    #expect(unit.isKeyframe)
    #expect(unit.hasPicture)
    #expect(unit.parameterSets == [[0x67, 0x42], [0x68, 0xce]])
  }

  @Test(arguments: [
    // H.264: only an IDR slice (5) begins anew.
    (VideoCodec.h264, [0x65, 0x80], true), (.h264, [0x41, 0x80], false), (.h264, [0x06, 0x80], false),
    // H.265: types 16 (BLA_W_LP), 19 (IDR_W_RADL), 20 (IDR_N_LP), 21 (CRA); not 0, 1 (trailing), 9 (RASL), 22 (reserved).
    (.h265, [0x20, 0x01, 0x80], true), (.h265, [0x26, 0x01, 0x80], true), (.h265, [0x28, 0x01, 0x80], true),
    (.h265, [0x2a, 0x01, 0x80], true), (.h265, [0x00, 0x01, 0x80], false), (.h265, [0x02, 0x01, 0x80], false),
    (.h265, [0x12, 0x01, 0x80], false), (.h265, [0x2c, 0x01, 0x80], false),
    // A second layer is not the base layer; a header alone is no slice.
    (.h265, [0x26, 0x09, 0x80], false), (.h265, [0x26, 0x01], false),
  ])
  func keyframesAreFoundByTheTypeOfTheirSlices(_ codec: VideoCodec, _ unit: [UInt8], _ expected: Bool) {
    let bytes = [0, 0, 0, 1] + unit
    #expect(AccessUnit.isKeyframe(annexB: bytes, codec: codec) == expected)
    #expect(AccessUnit(annexB: bytes, codec: codec).isKeyframe == expected)
  }

  @Test func informationAloneIsNoPicture() {
    let unit = AccessUnit(annexB: [0, 0, 0, 1, 0x06, 0x05, 0x01], codec: .h264)
    #expect(unit.hasPicture == false)
  }
}
