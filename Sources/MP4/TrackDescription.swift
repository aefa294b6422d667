import Domain

/// One track of a segment or a clip: what its samples are and how their time is counted.
public struct TrackDescription: Hashable, Sendable {
  public enum Media: Hashable, Sendable {
    case video(VideoConfiguration)
    case audio(AudioConfiguration)
  }

  /// 1 for video, 2 for audio in all files that Hearth writes.
  public let id: UInt32
  /// Units of time per second: 90000 for video, the sample rate for audio.
  public let timescale: UInt32
  public let media: Media
  /// The whole sample entry box (`avc1`, `hvc1`, `mp4a`) as it stands in `stsd`.
  public let sampleEntry: [UInt8]

  init(id: UInt32, timescale: UInt32, media: Media, sampleEntry: [UInt8]) {
    self.id = id
    self.timescale = timescale
    self.media = media
    self.sampleEntry = sampleEntry
  }

  /// The video track, id 1.
  public init(video: VideoConfiguration) {
    self.init(id: 1, timescale: 90_000, media: .video(video), sampleEntry: SampleEntry.bytes(video))
  }

  /// The audio track, id 2.
  public init(audio: AudioConfiguration) {
    self.init(id: 2, timescale: audio.sampleRate, media: .audio(audio), sampleEntry: SampleEntry.bytes(audio, track: 2))
  }

  /// RFC 6381 name of the codec.
  public var codecString: String {
    switch media {
    case .video(let video): video.codecString
    case .audio(let audio): audio.codecString
    }
  }

  public var video: VideoConfiguration? { if case .video(let video) = media { video } else { nil } }
  public var audio: AudioConfiguration? { if case .audio(let audio) = media { audio } else { nil } }
}

/// The boxes inside `stsd`.
enum SampleEntry {
  /// `avc1` or `hvc1`: ISO/IEC 14496-12 section 12.1.3, 14496-15 sections 5.4.2 and 8.4.1.
  static func bytes(_ video: VideoConfiguration) -> [UInt8] {
    var writer = ByteWriter()
    writer.box(video.codec == .h264 ? "avc1" : "hvc1") { entry in
      entry.zeroes(6)
      entry.u16(1)
      entry.zeroes(16)
      entry.u16(UInt16(video.width))
      entry.u16(UInt16(video.height))
      // 72 dots per inch both ways.
      entry.u32(0x0048_0000)
      entry.u32(0x0048_0000)
      entry.u32(0)
      entry.u16(1)
      entry.zeroes(32)
      entry.u16(24)
      entry.u16(0xffff)
      switch video {
      case .h264(let sets): entry.box("avcC") { $0.put(sets.avcC) }
      case .h265(let sets): entry.box("hvcC") { $0.put(sets.hvcC) }
      }
    }
    return writer.bytes
  }

  /// `mp4a` with `esds`: ISO/IEC 14496-12 section 12.2.3, 14496-14 section 6.7, 14496-1 section 7.2.6.
  static func bytes(_ audio: AudioConfiguration, track: UInt32) -> [UInt8] {
    let config = audio.audioSpecificConfig
    var writer = ByteWriter()
    writer.box("mp4a") { entry in
      entry.zeroes(6)
      entry.u16(1)
      entry.zeroes(8)
      entry.u16(audio.channels)
      entry.u16(16)
      entry.zeroes(4)
      // The field holds 16 bits of rate; above that the configuration alone tells it.
      entry.u32(audio.sampleRate <= 0xffff ? audio.sampleRate << 16 : 0)
      entry.fullBox("esds") { esds in
        // Lengths below 128 take one byte; the configuration has at most 64.
        esds.put([0x03, UInt8(23 + config.count)])
        esds.u16(UInt16(truncatingIfNeeded: track))
        esds.u8(0)
        esds.put([0x04, UInt8(15 + config.count), 0x40, 0x15])
        esds.zeroes(11)
        esds.put([0x05, UInt8(config.count)])
        esds.put(config)
        esds.put([0x06, 1, 2])
      }
    }
    return writer.bytes
  }

  static func parse(_ type: FourCC, _ payload: BoxReader) throws(MP4Error) -> TrackDescription.Media {
    var reader = payload
    switch type {
    case "avc1":
      try reader.skip(78)
      let record = try child("avcC", of: &reader)
      return .video(.h264(try H264ParameterSets(avcC: [UInt8](record))))
    case "hvc1":
      try reader.skip(78)
      let record = try child("hvcC", of: &reader)
      return .video(.h265(try H265ParameterSets(hvcC: [UInt8](record))))
    case "mp4a":
      try reader.skip(28)
      var esds = BoxReader(try child("esds", of: &reader), name: "esds")
      try esds.skip(4)
      return .audio(try AudioConfiguration(audioSpecificConfig: [UInt8](try specificConfig(&esds))))
    default: throw MP4Error(.unsupported, "sample entry \(type)")
    }
  }

  private static func child(_ type: FourCC, of reader: inout BoxReader) throws(MP4Error) -> ArraySlice<UInt8> {
    while var box = try reader.nextBox() {
      if box.type == type { return box.payload.rest() }
    }
    throw MP4Error(.missing, "box \(type)")
  }

  /// Goes down ES descriptor, decoder configuration, decoder specific info.
  private static func specificConfig(_ reader: inout BoxReader) throws(MP4Error) -> ArraySlice<UInt8> {
    var elementary = try descriptor(0x03, &reader)
    try elementary.skip(2)
    guard try elementary.u8() & 0xe0 == 0 else { throw MP4Error(.unsupported, "flags of esds") }
    var decoder = try descriptor(0x04, &elementary)
    guard try decoder.u8() == 0x40 else { throw MP4Error(.unsupported, "object type of esds") }
    try decoder.skip(12)
    var specific = try descriptor(0x05, &decoder)
    return specific.rest()
  }

  private static func descriptor(_ tag: UInt8, _ reader: inout BoxReader) throws(MP4Error) -> BoxReader {
    guard try reader.u8() == tag else { throw MP4Error(.malformed, "esds") }
    var length = 0
    for _ in 0..<4 {
      let byte = try reader.u8()
      length = length << 7 | Int(byte & 0x7f)
      if byte & 0x80 == 0 { return BoxReader(try reader.take(length), name: "esds") }
    }
    throw MP4Error(.malformed, "esds")
  }
}
