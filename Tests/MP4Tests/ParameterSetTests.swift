import Domain
import MP4
import Testing

struct ParameterSetTests {
  @Test(arguments: [
    (VideoCodec.h264, Samples.baseline360, 640, 360, "avc1.42c01e"),
    (.h264, Samples.high1080, 1920, 1080, "avc1.640028"),
    (.h264, Samples.high10, 320, 240, "avc1.6e000d"),
    (.h264, Samples.high444, 322, 242, "avc1.f4000d"),
    (.h264, Samples.high422, 322, 242, "avc1.7a000d"),
    (.h264, Samples.interlaced1080, 1920, 1080, "avc1.4d4028"),
    (.h264, Samples.scalingMatrix, 640, 480, "avc1.64001e"),
    (.h265, Samples.main1080, 1920, 1080, "hvc1.1.6.L120.90"),
    (.h265, Samples.main10, 322, 242, "hvc1.2.4.L60.90"),
    (.h265, Samples.range444, 322, 242, "hvc1.4.10.L60.9E.8"),
    (.h265, Samples.highTier360, 640, 360, "hvc1.1.6.H150.90"),
  ])
  func extradataGivesSizeAndCodecString(
    _ codec: VideoCodec, _ extradata: String, _ width: Int, _ height: Int, _ text: String
  ) throws {
    let configuration = try VideoConfiguration(codec: codec, annexB: Samples.bytes(extradata))
    #expect(configuration.width == width)
    #expect(configuration.height == height)
    #expect(configuration.codecString == text)
    #expect(configuration.codec == codec)
  }

  @Test(arguments: [
    (Samples.baseline360, "0142c01effe100196742c01eda0280bfe5c044000003000400000300c83c58ba8001000468ce0fc8"),
    (
      Samples.high1080,
      "01640028ffe1001b67640028acd940780227e5c044000003000400000300c83c60c65801000668ebe3cb22c0fdf8f800"
    ),
  ])
  func avcCIsWhatOtherMuxersWrite(_ extradata: String, _ expected: String) throws {
    let sets = try H264ParameterSets(units: AnnexB.units(in: Samples.bytes(extradata)))
    #expect(Hex.encode(sets.avcC) == expected)
    #expect(try H264ParameterSets(avcC: sets.avcC) == sets)
  }

  @Test(arguments: [
    (
      Samples.main1080,
      "01016000000090000000000078f000fcfdf8f800000f03a00001001840010c01ffff016000000300900000030000030078959409a10001"
        + "002b420101016000000300900000030000030078a003c0801107cb965654a4c2f0168080000003008000000c84a200010006"
        + "4401c073c189"
    ),
    (
      Samples.highTier360,
      "01216000000090000000000096f000fcfdf8f800000f03a00001001840010c01ffff216000000300900000030000030096959409a10001"
        + "002b420101216000000300900000030000030096a005020171f2e595952930bc05a02000000300200000030321a200010006"
        + "4401c073c189"
    ),
  ])
  func hvcCIsWhatOtherMuxersWrite(_ extradata: String, _ expected: String) throws {
    let sets = try H265ParameterSets(units: AnnexB.units(in: Samples.bytes(extradata)))
    #expect(Hex.encode(sets.hvcC) == expected)
    #expect(try H265ParameterSets(hvcC: sets.hvcC) == sets)
  }

  @Test(arguments: [
    (VideoCodec.h264, ""), (.h264, "00000001"), (.h264, "0000000167"),
    (.h264, "000000016742c01eda0280bfe5c044000003000400000300c83c58ba80"), (.h264, "0000000168ce0fc8"),
    (.h265, "0000000140010c01ffff0160000003009000000300000300789594"), (.h265, "000000014001"),
  ])
  func incompleteSetsAreMissingOrCutShort(_ codec: VideoCodec, _ extradata: String) throws {
    let bytes = try Samples.bytes(extradata)
    let error = #expect(throws: MP4Error.self) { try VideoConfiguration(codec: codec, annexB: bytes) }
    #expect(error?.kind == .missing || error?.kind == .truncated)
  }

  @Test func aPictureOf16384PixelsIsRefused() throws {
    // Baseline, 1024 by 1024 macroblocks: 16384 by 16384 pixels.
    let error = #expect(throws: MP4Error.self) { try H264ParameterSets(units: [sequence(columns: 1024), picture]) }
    #expect(error == MP4Error(.tooLarge, "picture size in the H.264 sequence parameter set"))
    #expect(try H264ParameterSets(units: [sequence(columns: 512), picture]).width == 8192)
  }

  @Test func croppingThePictureAwayIsRefused() throws {
    // 16 pixels wide; 4 times 2 off the left and 4 times 2 off the right leave none.
    #expect(throws: MP4Error.self) {
      try H264ParameterSets(units: [sequence(columns: 1, crop: [4, 4, 0, 0]), picture])
    }
    let kept = try H264ParameterSets(units: [sequence(columns: 1, crop: [4, 3, 0, 1]), picture])
    #expect(kept.width == 2)
    #expect(kept.height == 14)
  }

  @Test func oneMegabyteOfParameterSetsIsRefused() throws {
    let huge = [UInt8](try sequence(columns: 40)) + [UInt8](repeating: 0xff, count: 1 << 20)
    let error = #expect(throws: MP4Error.self) { try H264ParameterSets(units: [huge, picture]) }
    #expect(error?.kind == .tooLarge)
  }

  @Test func theSameSetsInAKeyframeChangeNothing() throws {
    let configuration = try VideoConfiguration(codec: .h264, annexB: Samples.bytes(Samples.high1080))
    #expect(try configuration.updated(with: configuration.parameterSets) == nil)
    #expect(try configuration.updated(with: []) == nil)
  }

  @Test func aNewResolutionIsANewConfiguration() throws {
    let old = try VideoConfiguration(codec: .h264, annexB: Samples.bytes(Samples.high1080))
    let new = try VideoConfiguration(codec: .h264, annexB: Samples.bytes(Samples.baseline360))
    #expect(try old.updated(with: new.parameterSets) == new)
  }

  @Test func aLonePictureSetReplacesTheOneWithItsID() throws {
    let old = try VideoConfiguration(codec: .h264, annexB: Samples.bytes(Samples.baseline360))
    let changed: [UInt8] = [0x68, 0xce, 0x0f, 0x19, 0x20]
    let new = try #require(try old.updated(with: [changed]))
    #expect(new.parameterSets == [old.parameterSets[0], changed])
    #expect(new.width == 640)
  }

  @Test func damagedSetsThrowAndTheOldOnesStillHold() throws {
    let old = try VideoConfiguration(codec: .h264, annexB: Samples.bytes(Samples.baseline360))
    #expect(throws: MP4Error.self) { try old.updated(with: [[0x67, 0x42], [0x68, 0xce]]) }
  }

  @Test func aStreamWithTwoSequenceSetsTakesTheSizeOfTheOneInUse() throws {
    // The picture set refers to sequence set 1; sequence set 0 is a left-over of another size.
    let sets = try H264ParameterSets(
      units: [sequence(columns: 10), sequence(columns: 20, id: 1), [0x68] + bytesOf("1 010 1111 1000")])
    #expect(sets.width == 320)
    #expect(sets.sequenceSets.count == 2)
  }

  @Test(arguments: [
    ([0x11, 0x88], 48_000, 1, "mp4a.40.2"), ([0x15, 0x88], 8_000, 1, "mp4a.40.2"),
    ([0x12, 0x10], 44_100, 2, "mp4a.40.2"), ([0x13, 0x90, 0x56, 0xe5, 0x00], 22_050, 2, "mp4a.40.2"),
  ])
  func audioConfigurationTellsRateAndChannels(
    _ bytes: [UInt8], _ rate: UInt32, _ channels: UInt16, _ text: String
  ) throws {
    let audio = try AudioConfiguration(audioSpecificConfig: bytes)
    #expect(audio.sampleRate == rate)
    #expect(audio.channels == channels)
    #expect(audio.codecString == text)
    #expect(audio.frameLength == 1024)
  }

  @Test(arguments: [[], [0x11], [0x00, 0x00], [0x16, 0x88], [0x11, 0x80], [UInt8](repeating: 0x11, count: 65)])
  func whatIsNoAACConfigurationIsRefused(_ bytes: [UInt8]) {
    #expect(throws: MP4Error.self) { try AudioConfiguration(audioSpecificConfig: bytes) }
  }

  private let picture: [UInt8] = [0x68, 0xce, 0x0f, 0xc8]

  /// A baseline sequence set of `columns` by `columns` macroblocks.
  private func sequence(columns: Int, id: Int = 0, crop: [Int]? = nil) throws -> [UInt8] {
    let cropping = crop.map { "1" + $0.map(golomb).joined() } ?? "0"
    let text =
      golomb(id) + golomb(0) + golomb(2) + golomb(1) + "0" + golomb(columns - 1) + golomb(columns - 1) + "1" + "1"
      + cropping + "0" + "1"
    return [0x67, 0x42, 0x00, 0x1e] + bytesOf(text)
  }

  private func golomb(_ value: Int) -> String {
    let digits = String(value + 1, radix: 2)
    return String(repeating: "0", count: digits.count - 1) + digits
  }
}

/// The bytes of digits 0 and 1, the last one filled up with zeroes; spaces are for the reader.
private func bytesOf(_ text: String) -> [UInt8] {
  let digits = text.filter { $0 != " " }.map { $0 == "1" ? UInt8(1) : 0 }
  return stride(from: 0, to: digits.count, by: 8).map { begin in
    (0..<8).reduce(0) { $0 << 1 | (begin + $1 < digits.count ? digits[begin + $1] : 0) }
  }
}
