/// What a decoder must know of an AAC stream.
public struct AudioConfiguration: Hashable, Sendable {
  /// ISO/IEC 14496-3 section 1.6: what libavformat and encoders give as extradata.
  public let audioSpecificConfig: [UInt8]
  /// Samples per second of the core coder, which the track's time is counted in.
  public let sampleRate: UInt32
  public let channels: UInt16
  /// Samples per coded frame: 1024, seldom 960.
  public let frameLength: UInt32
  private let objectType: UInt8

  /// Object type 2 is AAC-LC; 5 and 29 are the same with high-band extensions.
  private static let playable: Set<UInt8> = [2, 5, 29]
  /// ISO/IEC 14496-3 table 1.18.
  private static let rates: [UInt32] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
  ]

  /// - Throws: `malformed` or `unsupported` when the bytes are no AAC configuration of 1 to 8 channels; the rate and the
  ///   channels are read from them.
  public init(audioSpecificConfig: [UInt8]) throws(MP4Error) {
    guard audioSpecificConfig.count <= 64 else { throw MP4Error(.tooLarge, "AAC configuration") }
    var bits = BitReader(plain: audioSpecificConfig, name: "AAC configuration")
    let type = UInt8(try bits.bits(5))
    guard Self.playable.contains(type) else { throw MP4Error(.unsupported, "AAC object type \(type)") }
    sampleRate = try Self.rate(&bits)
    let layout = try bits.bits(4)
    guard (1...7).contains(layout) else { throw MP4Error(.unsupported, "AAC channel layout \(layout)") }
    channels = layout == 7 ? 8 : UInt16(layout)
    if type != 2 {
      _ = try Self.rate(&bits)
      guard try bits.bits(5) == 2 else { throw MP4Error(.unsupported, "AAC core object type") }
    }
    frameLength = try bits.flag() ? 960 : 1024
    objectType = type
    self.audioSpecificConfig = audioSpecificConfig
  }

  private static func rate(_ bits: inout BitReader) throws(MP4Error) -> UInt32 {
    let index = Int(try bits.bits(4))
    let rate = index == 15 ? try bits.bits(24) : index < rates.count ? rates[index] : 0
    guard (7_350...96_000).contains(rate) else { throw MP4Error(.malformed, "AAC sample rate") }
    return rate
  }

  /// RFC 6381: `mp4a.40.2`.
  public var codecString: String { "mp4a.40.\(objectType)" }
}
