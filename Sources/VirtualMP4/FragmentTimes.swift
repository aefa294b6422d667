import Domain
import MP4

/// A position in the list of fragments: a fragment and a sample of its video track.
struct SamplePosition: Comparable {
  var fragment: Int
  var sample: Int

  static func < (left: SamplePosition, right: SamplePosition) -> Bool {
    (left.fragment, left.sample) < (right.fragment, right.sample)
  }
}

/// Exact arithmetic on the times of fragments. 128 bits hold every product of nanoseconds and two timescales.
struct FragmentTimes {
  let fragments: [SourceFragment]

  /// Nanoseconds since 1970 of a time in a fragment's segment.
  func wall(_ fragment: Int, _ ticks: Int64, timescale: UInt32) -> Int64 {
    let nanoseconds = Self.rounded(Int128(ticks) * 1_000_000_000, Int128(timescale))
    return Int64(clamping: Int128(fragments[fragment].segmentStart.nanoseconds) + nanoseconds)
  }

  func isSameSegment(_ one: Int, _ other: Int) -> Bool {
    fragments[one].source == fragments[other].source
      && fragments[one].segmentStart == fragments[other].segmentStart
  }

  func part(_ fragment: Int, _ track: TrackDescription) -> ParsedTrack? {
    fragments[fragment].content.tracks.first { $0.trackID == track.id }
  }

  /// From the start of the first fragment's segment to that of this fragment's, in the units of `timescale`.
  func segmentOffset(_ fragment: Int, timescale: UInt32) -> Int64 {
    let distance =
      Int128(fragments[fragment].segmentStart.nanoseconds) - Int128(fragments[0].segmentStart.nanoseconds)
    return Int64(clamping: Self.rounded(distance * Int128(timescale), 1_000_000_000))
  }

  /// Division with rounding to the nearest; the divisor is positive.
  static func rounded(_ value: Int128, _ divisor: Int128) -> Int128 {
    let shifted = value + divisor / 2
    let quotient = shifted / divisor
    return shifted % divisor < 0 ? quotient - 1 : quotient
  }
}

/// Which frames a clip holds.
struct FrameSelection {
  /// Fragments in which time does not go back: the clock of the house did not, or only within a fragment.
  var run: ClosedRange<Int>
  var first: SamplePosition
  var last: SamplePosition
  /// When the first frame is shown and the last one ends: nanoseconds since 1970.
  var from: Int64
  var to: Int64

  /// Each stretch of fragments without a step back of the clock gives its own part of the span, so that footage from
  /// both sides of the step can be seen.
  static func select(_ times: FragmentTimes, video: TrackDescription, span: TimeSpan) -> [FrameSelection] {
    runs(times, video).compactMap { select(times, run: $0, video: video, span: span) }
  }

  /// Pictures alone tell whether time went back: sound lags a little and may begin before an earlier fragment's pictures.
  private static func runs(_ times: FragmentTimes, _ video: TrackDescription) -> [ClosedRange<Int>] {
    var runs: [ClosedRange<Int>] = []
    var begin = 0
    var previous: Int64?
    for index in times.fragments.indices {
      guard let part = times.part(index, video) else { continue }
      let start = times.wall(index, Int64(clamping: part.baseDecodeTime), timescale: video.timescale)
      if let previous, start < previous {
        runs.append(begin...index - 1)
        begin = index
      }
      previous = start
    }
    if !times.fragments.isEmpty { runs.append(begin...times.fragments.count - 1) }
    return runs
  }

  /// Begins at the keyframe whose group of pictures shows `from`, or else (nothing was recorded at `from`) at the next
  /// keyframe; ends with the last frame, in decode order, that is shown before `to`.
  private static func select(
    _ times: FragmentTimes, run: ClosedRange<Int>, video: TrackDescription, span: TimeSpan
  ) -> FrameSelection? {
    let from = span.from.nanoseconds
    let to = span.to.nanoseconds
    var before: (position: SamplePosition, start: Int64)?
    var after: (position: SamplePosition, start: Int64)?
    var last: (position: SamplePosition, end: Int64)?
    var showsFrom = false
    // Reordered frames end in another order than they stand in.
    var latestEnd = Int64.min
    for fragment in run {
      guard let part = times.part(fragment, video) else { continue }
      var decode = Int64(clamping: part.baseDecodeTime)
      for (index, sample) in part.samples.enumerated() {
        let shown = decode + Int64(sample.compositionOffset)
        let start = times.wall(fragment, shown, timescale: video.timescale)
        let end = times.wall(fragment, shown + Int64(sample.duration), timescale: video.timescale)
        let position = SamplePosition(fragment: fragment, sample: index)
        latestEnd = max(latestEnd, end)
        if sample.isSync {
          if start <= from {
            before = (position, start)
            showsFrom = false
          } else if after == nil {
            after = (position, start)
          }
        }
        if before != nil, after == nil, end > from { showsFrom = true }
        if start < to { last = (position, latestEnd) }
        decode += Int64(sample.duration)
      }
    }
    guard let first = showsFrom ? before : after, let last, first.position <= last.position else { return nil }
    return FrameSelection(
      run: run, first: first.position, last: last.position, from: first.start, to: last.end)
  }
}
