import Domain
import MP4

/// Orders the media of both tracks in the file and writes the head that describes it.
struct ClipLayout {
  let header: [UInt8]
  let pieces: [VirtualFile.Piece]
  let etagInput: [UInt8]

  private struct Track {
    let description: TrackDescription
    let tables: SampleTables
    /// `tables.bytes()`, made once.
    let fixedTables: [UInt8]
    /// In units of the movie's timescale.
    let duration: UInt64
    let edits: [UInt8]
  }

  /// Fragment after fragment, each with its pictures first: the order of the sources, so that reading goes forward.
  init(assembly: ClipAssembly) {
    let lines = [(assembly.video, assembly.videoLine)] + (assembly.audio.map { [($0, assembly.audioLine)] } ?? [])
    var offsets = lines.map { _ in [UInt64]() }
    var pieces: [VirtualFile.Piece] = []
    var length: UInt64 = 0
    var next = lines.map { _ in 0 }
    let fragments = assembly.times.fragments
    for index in fragments.indices {
      for (line, (_, timeline)) in lines.enumerated() {
        while next[line] < timeline.chunks.count, timeline.chunks[next[line]].fragment == index {
          let chunk = timeline.chunks[next[line]]
          offsets[line].append(length)
          length += chunk.length
          next[line] += 1
          Self.add(chunk, of: fragments[index], to: &pieces)
        }
      }
    }
    let timescale = assembly.video.timescale
    let tracks = zip(lines, offsets).filter { !$0.0.1.isEmpty }.map {
      Self.track($0.0.0, $0.0.1, offsets: $0.1, movieTimescale: timescale)
    }
    self.pieces = pieces
    header = Self.header(tracks, timescale: timescale, mediaLength: length)
    etagInput = Self.etagInput(tracks.map(\.description), pieces, fragments, assembly)
  }

  /// Pictures and sound of one fragment lie behind one another: mostly one piece.
  private static func add(
    _ chunk: TrackTimeline.Chunk, of fragment: SourceFragment, to pieces: inout [VirtualFile.Piece]
  ) {
    let offset = fragment.offset + chunk.offset
    if let last = pieces.last, last.fragment == chunk.fragment, last.offset + last.length == offset {
      pieces[pieces.count - 1] = VirtualFile.Piece(
        source: last.source, fragment: last.fragment, offset: last.offset, length: last.length + chunk.length)
    } else {
      pieces.append(
        VirtualFile.Piece(
          source: fragment.source, fragment: chunk.fragment, offset: offset, length: chunk.length))
    }
  }

  private static func track(
    _ description: TrackDescription, _ line: TrackTimeline, offsets: [UInt64], movieTimescale: UInt32
  ) -> Track {
    func inMovie(_ ticks: Int64) -> UInt64 {
      UInt64(clamping: FragmentTimes.rounded(Int128(ticks) * Int128(movieTimescale), Int128(description.timescale)))
    }
    guard description.video != nil else {
      // Sound that begins after the first picture waits for as long as an empty edit says.
      let wait = inMovie(line.first)
      let duration = inMovie(line.end - line.first)
      let edits = wait > 0 ? editList([(wait, -1), (duration, 0)]) : []
      let tables = SampleTables(timeline: line, chunkOffsets: offsets, shift: 0)
      return Track(
        description: description, tables: tables, fixedTables: tables.bytes(), duration: wait + duration, edits: edits)
    }
    // With reordered frames the first one is shown some time after it is decoded: an edit cuts that time off. An edit
    // can't begin before the media does, so a negative offset is taken out of all of them instead.
    let delay = line.compositionOffsets.first ?? 0
    let tables = SampleTables(timeline: line, chunkOffsets: offsets, shift: max(0, -delay))
    let duration = inMovie(line.presentationEnd - line.first - delay)
    return Track(
      description: description, tables: tables, fixedTables: tables.bytes(), duration: duration,
      edits: delay > 0 ? editList([(duration, delay)]) : [])
  }

  /// ISO/IEC 14496-12 section 8.6.6.
  private static func editList(_ edits: [(duration: UInt64, mediaTime: Int64)]) -> [UInt8] {
    let wide = edits.contains { $0.duration > UInt64(UInt32.max) || $0.mediaTime > Int64(Int32.max) }
    var writer = ByteWriter()
    writer.box("edts") { edts in
      edts.fullBox("elst", version: wide ? 1 : 0) {
        $0.u32(UInt32(edits.count))
        for edit in edits {
          if wide {
            $0.u64(edit.duration)
            $0.i64(edit.mediaTime)
          } else {
            $0.u32(UInt32(edit.duration))
            $0.i32(Int32(edit.mediaTime))
          }
          $0.u32(0x0001_0000)
        }
      }
    }
    return writer.bytes
  }

  /// The length of the head does not depend on the offsets in it, only on how wide they are.
  private static func header(_ tracks: [Track], timescale: UInt32, mediaLength: UInt64) -> [UInt8] {
    let fileType = MovieBox.fileType(fragmented: false)
    func movie(mediaStart: UInt64, wide: Bool) -> [UInt8] {
      MovieBox.movie(
        timescale: timescale, duration: tracks.map(\.duration).max() ?? 0,
        tracks: tracks.map {
          MovieTrack(
            description: $0.description, durationInMovie: $0.duration, durationInMedia: $0.tables.timeline.duration,
            edits: $0.edits, tables: $0.fixedTables + $0.tables.offsets(mediaStart: mediaStart, wide: wide))
        }, fragmented: false)
    }
    var wide = false
    var length = fileType.count + movie(mediaStart: 0, wide: false).count + 8
    if UInt64(length) + mediaLength > UInt64(UInt32.max) {
      wide = true
      length = fileType.count + movie(mediaStart: 0, wide: true).count + 16
    }
    var writer = ByteWriter(reserving: length)
    writer.put(fileType)
    writer.put(movie(mediaStart: UInt64(length), wide: wide))
    if wide {
      writer.u32(1)
      writer.fourCC("mdat")
      writer.u64(mediaLength + 16)
    } else {
      writer.u32(UInt32(mediaLength + 8))
      writer.fourCC("mdat")
    }
    return writer.bytes
  }

  /// Everything that the bytes follow from: the kind of plan, the tracks, and for each piece its fragment and its place.
  private static func etagInput(
    _ tracks: [TrackDescription], _ pieces: [VirtualFile.Piece], _ fragments: [SourceFragment], _ assembly: ClipAssembly
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.put("hearth clip 1".utf8)
    for track in tracks {
      writer.u32(track.id)
      writer.u32(UInt32(track.sampleEntry.count))
      writer.put(track.sampleEntry)
    }
    writer.u64(UInt64(assembly.videoLine.sizes.count))
    writer.u64(UInt64(assembly.audioLine.sizes.count))
    for piece in pieces {
      let fragment = fragments[piece.fragment]
      writer.i64(fragment.segmentStart.nanoseconds)
      writer.u64(fragment.offset)
      writer.u64(fragment.moofLength)
      writer.u64(fragment.mdatLength)
      writer.u32(fragment.content.sequence)
      writer.u32(UInt32(fragment.tag.count))
      writer.put(fragment.tag)
      writer.u64(piece.offset)
      writer.u64(piece.length)
    }
    return writer.bytes
  }
}
