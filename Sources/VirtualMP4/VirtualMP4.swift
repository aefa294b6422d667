public import Domain
public import MP4

/// Makes one seekable MP4 out of fragments, without copying any media: playback, clips and exports are all this.
public enum VirtualMP4 {
  /// Plans the file. The same input gives the same bytes.
  ///
  /// It begins with the keyframe at or before `span.from` and ends with the last frame that starts before `span.to`, at
  /// the granularity of samples. A gap is kept as the duration of the frame before it. Where time goes back (the clock was
  /// set), the later footage follows at the earlier one's end. Sound begins with the first audio frame at or after
  /// the first picture.
  ///
  /// - Parameters:
  ///   - tracks: exactly one video track, and an audio track if it is wanted; other tracks of the fragments are left out.
  ///   - fragments: in the order they were recorded, all with these tracks.
  /// - Returns: `nil` when no frame can be shown: nothing recorded in the span, or no keyframe.
  /// - Throws: `MP4Error` when a fragment contradicts itself.
  public static func plan(
    tracks: [TrackDescription], fragments: [SourceFragment], span: TimeSpan
  ) throws(MP4Error) -> VirtualFile? {
    guard let video = tracks.first(where: { $0.video != nil }) else { throw MP4Error(.missing, "video track") }
    let audio = tracks.first { $0.audio != nil }
    let used = [video] + (audio.map { [$0] } ?? [])
    guard used.allSatisfy({ (1...10_000_000).contains($0.timescale) }) else {
      throw MP4Error(.malformed, "timescale of the track")
    }
    for (index, fragment) in fragments.enumerated() {
      try check(fragment, index)
      // 36 years: with this and the limits of `check`, no sum of times comes near 64 bits.
      let distance = Int128(fragment.segmentStart.nanoseconds) - Int128(fragments[0].segmentStart.nanoseconds)
      guard distance.magnitude < 1 << 60 else {
        throw MP4Error(.malformed, "start of the segment of fragment \(index)")
      }
    }
    let times = FragmentTimes(fragments: fragments)
    let selections = FrameSelection.select(times, video: video, span: span)
    guard let first = selections.first, let last = selections.last else { return nil }
    var assembly = ClipAssembly(times: times, video: video, audio: audio)
    for selection in selections { assembly.add(selection) }
    let layout = ClipLayout(assembly: assembly)
    return VirtualFile(
      header: layout.header, pieces: layout.pieces, from: WallTime(nanoseconds: first.from),
      to: WallTime(nanoseconds: last.to), etagInput: layout.etagInput)
  }

  /// All later arithmetic counts on this: samples lie inside their `mdat`, and sums of times stay far from overflow.
  private static func check(_ fragment: SourceFragment, _ index: Int) throws(MP4Error) {
    let limit: UInt64 = 1 << 56
    guard fragment.offset < limit, fragment.moofLength < limit, fragment.mdatLength < limit, fragment.mdatLength >= 8
    else { throw MP4Error(.malformed, "place of fragment \(index)") }
    let media = fragment.moofLength + 8..<fragment.moofLength + fragment.mdatLength
    for track in fragment.content.tracks {
      guard track.baseDecodeTime < limit else { throw MP4Error(.malformed, "decode time of fragment \(index)") }
      for sample in track.samples {
        let begin = UInt64(sample.offset)
        guard begin >= media.lowerBound, begin + UInt64(sample.size) <= media.upperBound else {
          throw MP4Error(.malformed, "sample of fragment \(index), outside its mdat,")
        }
        guard sample.duration <= UInt32(Int32.max) else {
          throw MP4Error(.malformed, "sample duration of fragment \(index)")
        }
      }
    }
  }
}
