import Domain

/// A sample on its way into a fragment.
public struct FragmentSample: Sendable {
  /// For video the length-prefixed units of `AccessUnit.sample`; for AAC a raw frame without ADTS header.
  public var bytes: [UInt8]
  /// In units of the track's timescale, as the two below.
  public var duration: UInt32
  /// Presentation time minus decode time.
  public var compositionOffset: Int32
  public var isSync: Bool

  public init(bytes: [UInt8], duration: UInt32, compositionOffset: Int32 = 0, isSync: Bool) {
    self.bytes = bytes
    self.duration = duration
    self.compositionOffset = compositionOffset
    self.isSync = isSync
  }
}

/// The samples of one track in one fragment.
public struct FragmentTrack: Sendable {
  public var trackID: UInt32
  /// Decode time of the first sample, in units of the track's timescale.
  public var baseDecodeTime: UInt64
  public var samples: [FragmentSample]

  public init(trackID: UInt32, baseDecodeTime: UInt64, samples: [FragmentSample]) {
    self.trackID = trackID
    self.baseDecodeTime = baseDecodeTime
    self.samples = samples
  }
}

/// A `moof` and its `mdat`, as they are written to a file or sent to a browser.
public struct Fragment: Sendable {
  public let bytes: [UInt8]
  /// How many of the bytes are the `moof`; the rest is the `mdat`.
  public let moofLength: Int

  public var moof: ArraySlice<UInt8> { bytes[..<moofLength] }
  public var mdatLength: Int { bytes.count - moofLength }
}

/// Fragmented MP4 (ISO/IEC 14496-12 section 8.8) as Hearth writes and reads it.
public enum FragmentedMP4 {
  /// `ftyp` and `moov`: the head of a segment, and the first message of a live view.
  ///
  /// All durations are 0 and there is neither `mehd` nor `edts`: Chromium then treats it as live (48 ms against 219 ms).
  public static func initialisation(tracks: [TrackDescription]) -> [UInt8] {
    let tables = emptyTables
    return MovieBox.fileType(fragmented: true)
      + MovieBox.movie(
        timescale: 1000, duration: 0,
        tracks: tracks.map {
          MovieTrack(description: $0, durationInMovie: 0, durationInMedia: 0, edits: [], tables: tables)
        }, fragmented: true)
  }

  /// The tables that must be there and say that all samples are in fragments.
  private static var emptyTables: [UInt8] {
    var writer = ByteWriter()
    for type: FourCC in ["stts", "stsc", "stco"] { writer.fullBox(type) { $0.u32(0) } }
    writer.fullBox("stsz") { $0.zeroes(8) }
    return writer.bytes
  }

  /// One fragment. Tracks without samples are left out; samples lie in `mdat` track after track in the order of the track
  /// ids, so video first. `tfdt` and `trun` are version 1, offsets count from the `moof`'s start.
  ///
  /// - Throws: `tooLarge` beyond 2 GiB, which a `trun` can't address; `missing` without any sample.
  public static func fragment(sequence: UInt32, tracks: [FragmentTrack]) throws(MP4Error) -> Fragment {
    let tracks = tracks.filter { !$0.samples.isEmpty }.sorted { $0.trackID < $1.trackID }
    guard !tracks.isEmpty else { throw MP4Error(.missing, "sample of the fragment") }
    var samples = 0
    var payload = 0
    for track in tracks {
      samples += track.samples.count
      payload += track.samples.reduce(0) { $0 + $1.bytes.count }
    }
    guard samples <= maximumSamples, payload <= maximumFragmentBytes else { throw MP4Error(.tooLarge, "fragment") }
    var writer = ByteWriter(reserving: 64 + tracks.count * 96 + samples * 16 + payload)
    var offsets: [(position: Int, within: Int)] = []
    var within = 0
    writer.box("moof") { moof in
      moof.fullBox("mfhd") { $0.u32(sequence) }
      for track in tracks {
        moof.box("traf") { offsets.append((trackFragment(&$0, track), within)) }
        within += track.samples.reduce(0) { $0 + $1.bytes.count }
      }
    }
    let moofLength = writer.count
    for offset in offsets { writer.patch(u32: UInt32(moofLength + 8 + offset.within), at: offset.position) }
    writer.u32(UInt32(8 + payload))
    writer.fourCC("mdat")
    for track in tracks { for sample in track.samples { writer.put(sample.bytes) } }
    return Fragment(bytes: writer.bytes, moofLength: moofLength)
  }

  /// More than an hour of any track; keeps a hostile count from costing memory.
  static let maximumSamples = 1 << 16
  /// Leaves room for the `moof` below the 2 GiB that a signed offset reaches.
  private static let maximumFragmentBytes = Int(Int32.max) - (16 << 20)

  private static func flags(isSync: Bool) -> UInt32 { isSync ? 0x0200_0000 : 0x0101_0000 }

  /// Writes `tfhd`, `tfdt` and `trun`; gives the place of the `trun`'s data offset, which is known when all are written.
  private static func trackFragment(_ writer: inout ByteWriter, _ track: FragmentTrack) -> Int {
    let samples = track.samples
    let duration = samples[0].duration
    let isSync = samples[0].isSync
    let sameDuration = samples.allSatisfy { $0.duration == duration }
    let sameSync = samples.allSatisfy { $0.isSync == isSync }
    let hasOffsets = samples.contains { $0.compositionOffset != 0 }
    // Default-base-is-moof, and the defaults of what all samples share.
    writer.fullBox("tfhd", flags: 0x02_0000 | (sameDuration ? 0x08 : 0) | (sameSync ? 0x20 : 0)) {
      $0.u32(track.trackID)
      if sameDuration { $0.u32(duration) }
      if sameSync { $0.u32(flags(isSync: isSync)) }
    }
    writer.fullBox("tfdt", version: 1) { $0.u64(track.baseDecodeTime) }
    var position = 0
    let fields: UInt32 = 0x201 | (sameDuration ? 0 : 0x100) | (sameSync ? 0 : 0x400) | (hasOffsets ? 0x800 : 0)
    writer.fullBox("trun", version: 1, flags: fields) { trun in
      trun.u32(UInt32(samples.count))
      position = trun.count
      trun.u32(0)
      for sample in samples {
        if !sameDuration { trun.u32(sample.duration) }
        trun.u32(UInt32(sample.bytes.count))
        if !sameSync { trun.u32(flags(isSync: sample.isSync)) }
        if hasOffsets { trun.i32(sample.compositionOffset) }
      }
    }
    return position
  }
}
