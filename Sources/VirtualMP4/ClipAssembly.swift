import Domain
import MP4

/// Puts the chosen samples of both tracks onto one timeline that begins with the first frame and never goes back.
struct ClipAssembly {
  let times: FragmentTimes
  let video: TrackDescription
  let audio: TrackDescription?
  private(set) var videoLine = TrackTimeline()
  private(set) var audioLine = TrackTimeline()
  /// Decode time of the first frame from the start of the first fragment's segment.
  private var origin: Int64?
  private var firstCompositionOffset: Int64 = 0

  /// Longer gaps are shortened to this: players read a duration as a signed 32-bit number.
  private static let longestGap = Int64(Int32.max)

  /// Fragments before and after the pictures' in which their sound is looked for.
  private static let neighbours = 4

  init(times: FragmentTimes, video: TrackDescription, audio: TrackDescription?) {
    self.times = times
    self.video = video
    self.audio = audio
  }

  mutating func add(_ selection: FrameSelection) {
    let begin = videoLine.isEmpty ? 0 : videoLine.end
    let shifts = addVideo(selection)
    addAudio(selection, shifts: shifts, window: begin..<videoLine.end)
  }

  /// - Returns: for each fragment with chosen frames, what was added to its times so that they don't overlap earlier ones.
  private mutating func addVideo(_ selection: FrameSelection) -> [Int: Int64] {
    var shifts: [Int: Int64] = [:]
    var shift: Int64 = 0
    var previous: Int?
    for fragment in selection.first.fragment...selection.last.fragment {
      guard let part = times.part(fragment, video) else { continue }
      if let previous, !times.isSameSegment(previous, fragment) { shift = 0 }
      previous = fragment
      let from = fragment == selection.first.fragment ? selection.first.sample : 0
      let to = fragment == selection.last.fragment ? selection.last.sample + 1 : part.samples.count
      var time = times.segmentOffset(fragment, timescale: video.timescale) + Int64(clamping: part.baseDecodeTime)
      for sample in part.samples[..<from] { time += Int64(sample.duration) }
      if origin == nil {
        origin = time
        firstCompositionOffset = Int64(part.samples[from].compositionOffset)
      }
      time -= origin ?? 0
      shift = adjusted(shift, for: time)
      shifts[fragment] = shift
      for sample in part.samples[from..<to] {
        videoLine.append(sample, fragment: fragment, at: time + shift)
        time += Int64(sample.duration)
      }
    }
    return shifts
  }

  /// A fragment that begins less than a frame early only shortens the frame before it; one that begins before that frame
  /// is moved behind it.
  private func adjusted(_ shift: Int64, for time: Int64) -> Int64 {
    guard !videoLine.isEmpty else { return shift }
    let begin = time + shift
    if begin <= videoLine.last { return videoLine.end - time }
    if begin - videoLine.last > Self.longestGap { return videoLine.last + Self.longestGap - time }
    return shift
  }

  /// Takes the audio frames that begin inside the run's pictures. Neighbouring fragments of the same segment may hold some
  /// of them, since sound and picture don't arrive together.
  private mutating func addAudio(_ selection: FrameSelection, shifts: [Int: Int64], window: Range<Int64>) {
    guard let audio else { return }
    let rate = Int128(audio.timescale)
    let scale = Int128(video.timescale)
    var begin = selection.first.fragment
    while begin > selection.run.lowerBound, selection.first.fragment - begin < Self.neighbours,
      times.isSameSegment(begin - 1, selection.first.fragment)
    {
      begin -= 1
    }
    var end = selection.last.fragment
    while end < selection.run.upperBound, end - selection.last.fragment < Self.neighbours,
      times.isSameSegment(end + 1, selection.last.fragment)
    {
      end += 1
    }
    var shift = shifts[selection.first.fragment] ?? 0
    for fragment in begin...end {
      shift = shifts[fragment] ?? shift
      guard let part = times.part(fragment, audio) else { continue }
      var time = audioTime(fragment, part, shift: shift)
      for sample in part.samples {
        let begin = time
        time += Int64(sample.duration)
        guard Int128(begin) * scale >= Int128(window.lowerBound) * rate else { continue }
        guard Int128(begin) * scale < Int128(window.upperBound) * rate else { break }
        // What overlaps the frame before by more than half is there twice: leave it out, so that sync is kept.
        if !audioLine.isEmpty, begin - audioLine.last < max(1, (audioLine.end - audioLine.last) / 2) { continue }
        audioLine.append(sample, fragment: fragment, at: begin)
      }
    }
  }

  /// When a fragment's sound begins, in audio units after the first frame is shown: rounded once, from exact numbers.
  private func audioTime(_ fragment: Int, _ part: ParsedTrack, shift: Int64) -> Int64 {
    guard let audio else { return 0 }
    let rate = Int128(audio.timescale)
    let scale = Int128(video.timescale)
    let billion: Int128 = 1_000_000_000
    let distance =
      Int128(times.fragments[fragment].segmentStart.nanoseconds)
      - Int128(times.fragments[0].segmentStart.nanoseconds)
    let picture = Int128(shift) - Int128(origin ?? 0) - Int128(firstCompositionOffset)
    let exact = distance * scale * rate + Int128(part.baseDecodeTime) * scale * billion + picture * rate * billion
    return Int64(clamping: FragmentTimes.rounded(exact, scale * billion))
  }
}
