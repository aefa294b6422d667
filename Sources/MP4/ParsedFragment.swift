/// What a `moof` says.
public struct ParsedFragment: Hashable, Sendable {
  public var sequence: UInt32
  /// In the order of the track ids.
  public var tracks: [ParsedTrack]

  public init(sequence: UInt32, tracks: [ParsedTrack]) {
    self.sequence = sequence
    self.tracks = tracks
  }
}

/// One track's part of a `moof`.
public struct ParsedTrack: Hashable, Sendable {
  public var trackID: UInt32
  public var baseDecodeTime: UInt64
  public var samples: [ParsedSample]

  public init(trackID: UInt32, baseDecodeTime: UInt64, samples: [ParsedSample]) {
    self.trackID = trackID
    self.baseDecodeTime = baseDecodeTime
    self.samples = samples
  }
}

/// Where a sample lies and when it is shown.
public struct ParsedSample: Hashable, Sendable {
  /// Counted from the first byte of the `moof`.
  public var offset: UInt32
  public var size: UInt32
  public var duration: UInt32
  public var compositionOffset: Int32
  public var isSync: Bool

  public init(offset: UInt32, size: UInt32, duration: UInt32, compositionOffset: Int32, isSync: Bool) {
    self.offset = offset
    self.size = size
    self.duration = duration
    self.compositionOffset = compositionOffset
    self.isSync = isSync
  }
}

extension FragmentedMP4 {
  /// Reads a `moof` box (with its header) that Hearth wrote, or the copy of one in a closing box.
  ///
  /// - Throws: `MP4Error` for anything else; each sample lies behind the `moof`, below 4 GiB from its start.
  public static func parse(moof: [UInt8]) throws(MP4Error) -> ParsedFragment {
    var outer = BoxReader(moof, name: "moof")
    guard var box = try outer.nextBox(), box.type == "moof", outer.isAtEnd else { throw MP4Error(.malformed, "moof") }
    var sequence: UInt32?
    var tracks: [ParsedTrack] = []
    var samples = 0
    while var child = try box.payload.nextBox() {
      switch child.type {
      case "mfhd":
        try child.payload.skip(4)
        sequence = try child.payload.u32()
      case "traf":
        let track = try TrackFragmentReader(&child.payload, moofLength: moof.count, room: maximumSamples - samples)
          .track
        guard !tracks.contains(where: { $0.trackID == track.trackID }), tracks.count < 8 else {
          throw MP4Error(.malformed, "tracks of moof")
        }
        samples += track.samples.count
        tracks.append(track)
      default: break
      }
    }
    guard let sequence else { throw MP4Error(.missing, "mfhd") }
    guard !tracks.isEmpty else { throw MP4Error(.missing, "traf") }
    return ParsedFragment(sequence: sequence, tracks: tracks.sorted { $0.trackID < $1.trackID })
  }
}

/// Reads one `traf` (ISO/IEC 14496-12 sections 8.8.6 to 8.8.8, 8.8.12).
private struct TrackFragmentReader {
  private var header: (track: UInt32, duration: UInt32?, size: UInt32?, flags: UInt32?)?
  private var baseDecodeTime: UInt64?
  private var samples: [ParsedSample] = []
  private var nextOffset: UInt64?
  private let moofLength: Int
  private let room: Int

  /// Leaves room to add any durations of 65536 samples without overflow.
  private static let maximumDecodeTime: UInt64 = 1 << 56

  init(_ reader: inout BoxReader, moofLength: Int, room: Int) throws(MP4Error) {
    self.moofLength = moofLength
    self.room = room
    while var box = try reader.nextBox() {
      switch box.type {
      case "tfhd": try readHeader(&box.payload)
      case "tfdt": try readTime(&box.payload)
      case "trun": try readRun(&box.payload)
      default: break
      }
    }
  }

  var track: ParsedTrack {
    get throws(MP4Error) {
      guard let header else { throw MP4Error(.missing, "tfhd") }
      guard let baseDecodeTime else { throw MP4Error(.missing, "tfdt") }
      guard !samples.isEmpty else { throw MP4Error(.missing, "trun") }
      return ParsedTrack(trackID: header.track, baseDecodeTime: baseDecodeTime, samples: samples)
    }
  }

  private mutating func readHeader(_ box: inout BoxReader) throws(MP4Error) {
    guard header == nil else { throw MP4Error(.malformed, "tfhd") }
    let fields = try box.u32() & 0xff_ffff
    guard fields & 0x02_0000 != 0, fields & 1 == 0 else { throw MP4Error(.unsupported, "base offset of tfhd") }
    let track = try box.u32()
    if fields & 2 != 0 { try box.skip(4) }
    header = (
      track, fields & 0x08 != 0 ? try box.u32() : nil, fields & 0x10 != 0 ? try box.u32() : nil,
      fields & 0x20 != 0 ? try box.u32() : nil
    )
  }

  private mutating func readTime(_ box: inout BoxReader) throws(MP4Error) {
    guard baseDecodeTime == nil else { throw MP4Error(.malformed, "tfdt") }
    let version = try box.u32() >> 24
    let time = version == 1 ? try box.u64() : UInt64(try box.u32())
    guard time <= Self.maximumDecodeTime else { throw MP4Error(.tooLarge, "tfdt") }
    baseDecodeTime = time
  }

  private mutating func readRun(_ box: inout BoxReader) throws(MP4Error) {
    guard let header else { throw MP4Error(.malformed, "trun before tfhd") }
    let versionAndFlags = try box.u32()
    let fields = versionAndFlags & 0xff_ffff
    let isSigned = versionAndFlags >> 24 == 1
    let count = Int(try box.u32())
    guard samples.count + count <= room else { throw MP4Error(.tooLarge, "trun") }
    if fields & 0x001 != 0 {
      let offset = try box.i32()
      guard offset >= 0 else { throw MP4Error(.malformed, "data offset of trun") }
      nextOffset = UInt64(offset)
    }
    guard var offset = nextOffset, offset >= UInt64(moofLength) else {
      throw MP4Error(.malformed, "data offset of trun")
    }
    let firstFlags = fields & 0x004 != 0 ? try box.u32() : nil
    for index in 0..<count {
      let duration = fields & 0x100 != 0 ? try box.u32() : header.duration
      let size = fields & 0x200 != 0 ? try box.u32() : header.size
      let own = fields & 0x400 != 0 ? try box.u32() : header.flags
      let flags = index == 0 ? firstFlags ?? own : own
      let shift = fields & 0x800 != 0 ? try box.i32() : 0
      guard isSigned || shift >= 0 else { throw MP4Error(.malformed, "composition offset of trun") }
      guard let duration, let size, let flags else { throw MP4Error(.unsupported, "defaults of trex") }
      guard offset + UInt64(size) <= UInt64(UInt32.max) else { throw MP4Error(.tooLarge, "trun") }
      samples.append(
        ParsedSample(
          offset: UInt32(offset), size: size, duration: duration, compositionOffset: shift,
          isSync: flags & 0x0001_0000 == 0))
      offset += UInt64(size)
    }
    nextOffset = offset
  }
}
