import Domain

/// One track of a `moov` that is being written.
package struct MovieTrack {
  package var description: TrackDescription
  /// In units of the movie's timescale; 0 in a fragmented file.
  package var durationInMovie: UInt64
  /// In units of the track's own timescale; 0 in a fragmented file.
  package var durationInMedia: UInt64
  /// The whole `edts` box, or nothing.
  package var edits: [UInt8]
  /// The boxes of `stbl` after `stsd`.
  package var tables: [UInt8]

  package init(
    description: TrackDescription, durationInMovie: UInt64, durationInMedia: UInt64, edits: [UInt8], tables: [UInt8]
  ) {
    self.description = description
    self.durationInMovie = durationInMovie
    self.durationInMedia = durationInMedia
    self.edits = edits
    self.tables = tables
  }
}

/// Writes `ftyp` and `moov` (ISO/IEC 14496-12 sections 4.3 and 8.2), for segments and for clips.
package enum MovieBox {
  package static func fileType(fragmented: Bool) -> [UInt8] {
    var writer = ByteWriter()
    writer.box("ftyp") {
      $0.fourCC(fragmented ? "iso6" : "isom")
      $0.u32(512)
      for brand: FourCC in fragmented ? ["iso6", "mp41"] : ["isom", "iso4", "mp41"] { $0.fourCC(brand) }
    }
    return writer.bytes
  }

  package static func movie(timescale: UInt32, duration: UInt64, tracks: [MovieTrack], fragmented: Bool) -> [UInt8] {
    var writer = ByteWriter(reserving: tracks.reduce(2048) { $0 + $1.tables.count + $1.description.sampleEntry.count })
    writer.box("moov") { moov in
      movieHeader(&moov, timescale: timescale, duration: duration, tracks: tracks)
      for track in tracks {
        moov.box("trak") { trak in
          trackHeader(&trak, track)
          trak.put(track.edits)
          trak.box("mdia") { media(&$0, track) }
        }
      }
      if fragmented { moov.box("mvex") { extends(&$0, tracks) } }
    }
    return writer.bytes
  }

  private static let matrix: [UInt32] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000]

  private static func movieHeader(
    _ writer: inout ByteWriter, timescale: UInt32, duration: UInt64, tracks: [MovieTrack]
  ) {
    let wide = duration > UInt64(UInt32.max)
    writer.fullBox("mvhd", version: wide ? 1 : 0) {
      times(&$0, wide: wide)
      $0.u32(timescale)
      number(&$0, duration, wide: wide)
      $0.u32(0x0001_0000)
      $0.u16(0x0100)
      $0.zeroes(10)
      for value in matrix { $0.u32(value) }
      $0.zeroes(24)
      $0.u32((tracks.map(\.description.id).max() ?? 0) &+ 1)
    }
  }

  private static func trackHeader(_ writer: inout ByteWriter, _ track: MovieTrack) {
    let wide = track.durationInMovie > UInt64(UInt32.max)
    // Enabled, and part of the presentation.
    writer.fullBox("tkhd", version: wide ? 1 : 0, flags: 3) {
      times(&$0, wide: wide)
      $0.u32(track.description.id)
      $0.u32(0)
      number(&$0, track.durationInMovie, wide: wide)
      $0.zeroes(12)
      $0.u16(track.description.audio == nil ? 0 : 0x0100)
      $0.u16(0)
      for value in matrix { $0.u32(value) }
      $0.u32(UInt32(track.description.video?.width ?? 0) << 16)
      $0.u32(UInt32(track.description.video?.height ?? 0) << 16)
    }
  }

  private static func media(_ writer: inout ByteWriter, _ track: MovieTrack) {
    let isVideo = track.description.video != nil
    let wide = track.durationInMedia > UInt64(UInt32.max)
    writer.fullBox("mdhd", version: wide ? 1 : 0) {
      times(&$0, wide: wide)
      $0.u32(track.description.timescale)
      number(&$0, track.durationInMedia, wide: wide)
      // The language code of "und", undetermined.
      $0.u16(0x55c4)
      $0.u16(0)
    }
    writer.fullBox("hdlr") {
      $0.u32(0)
      $0.fourCC(isVideo ? "vide" : "soun")
      $0.zeroes(12)
      $0.put((isVideo ? "video" : "sound").utf8)
      $0.u8(0)
    }
    writer.box("minf") { minf in
      if isVideo {
        minf.fullBox("vmhd", flags: 1) { $0.zeroes(8) }
      } else {
        minf.fullBox("smhd") { $0.zeroes(4) }
      }
      minf.box("dinf") { dinf in
        dinf.fullBox("dref") { dref in
          dref.u32(1)
          // Flag 1: the media is in this very file.
          dref.fullBox("url ", flags: 1) { _ in }
        }
      }
      minf.box("stbl") { stbl in
        stbl.fullBox("stsd") {
          $0.u32(1)
          $0.put(track.description.sampleEntry)
        }
        stbl.put(track.tables)
      }
    }
  }

  private static func extends(_ writer: inout ByteWriter, _ tracks: [MovieTrack]) {
    for track in tracks {
      writer.fullBox("trex") {
        $0.u32(track.description.id)
        $0.u32(1)
        $0.u32(0)
        $0.u32(0)
        $0.u32(0)
      }
    }
  }

  /// Creation and modification times are left 0: unknown, and the same bytes each time.
  private static func times(_ writer: inout ByteWriter, wide: Bool) { writer.zeroes(wide ? 16 : 8) }

  private static func number(_ writer: inout ByteWriter, _ value: UInt64, wide: Bool) {
    if wide { writer.u64(value) } else { writer.u32(UInt32(truncatingIfNeeded: value)) }
  }
}
