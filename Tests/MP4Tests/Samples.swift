import Domain
import MP4

/// Parameter sets as encoders wrote them (x264 and x265), behind start codes.
enum Samples {
  static let baseline360 =
    "000000016742c01eda0280bfe5c044000003000400000300c83c58ba800000000168ce0fc8"
  static let high1080 =
    "0000000167640028acd940780227e5c044000003000400000300c83c60c6580000000168ebe3cb22c0"
  static let high10 = "00000001676e000da6cb40a0fd80880000030008000003019078a1550000000168ce0fc8"
  static let high444 = "0000000167f4000d91968150878f8fc044000003000400000300c83c50aa800000000168ce0f1920"
  static let high422 = "00000001677a000dbcb40a843c447e0220000003002000000641e285540000000168ce0fc8"
  static let interlaced1080 =
    "00000001674d4028f403c0227ef011000003000100000300321f162ea00000000168de0fc8"
  static let scalingMatrix =
    "000000016764001eacd940a03db011000003000100000300320f162d960000000168ebe3cb3002c0"
  static let main1080 =
    "0000000140010c01ffff01600000030090000003000003007895940900000001420101016000000300900000030000030078a003c08011"
    + "07cb965654a4c2f0168080000003008000000c84000000014401c073c189"
  static let main10 =
    "0000000140010c01ffff02200000030090000003000003003c9594090000000142010102200000030090000003000003003ca00a880407"
    + "1110d965654a4c2f016808000003000800000300c840000000014401c073c189"
  static let range444 =
    "0000000140010c01ffff0408000003009e0800000300003c959409000000014201010408000003009e0800000300003c9001510080e3e3"
    + "f2caca94985e02d0100000030010000003019080000000014401c07318301890"
  static let highTier360 =
    "0000000140010c01ffff21600000030090000003000003009695940900000001420101216000000300900000030000030096a005020171"
    + "f2e595952930bc05a02000000300200000030321000000014401c073c189"

  /// AAC-LC, 48 kHz, one channel.
  static let aac48: [UInt8] = [0x11, 0x88]

  static func bytes(_ hex: String) throws -> [UInt8] {
    guard let bytes = Hex.decode(hex) else { throw MP4Error(.malformed, "test data") }
    return bytes
  }

  static func tracks() throws -> [TrackDescription] {
    let video = try VideoConfiguration(codec: .h264, annexB: bytes(baseline360))
    return [
      TrackDescription(video: video),
      TrackDescription(audio: try AudioConfiguration(audioSpecificConfig: aac48)),
    ]
  }
}

/// A small generator with a seed, so that a failing round can be run again (SplitMix64, Steele and others 2014).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
