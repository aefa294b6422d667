import Domain
import MP4
import Recording

/// One picture, ready for a file: its bytes are shared by the segment, the live view and the pre-roll, never copied
/// between them.
struct Sample: Sendable {
  var bytes: [UInt8]
  /// Monotonic nanoseconds.
  var decode: Int64
  /// Presentation minus decode time, nanoseconds.
  var composition: Int64
  var isSync: Bool
  /// Counts the pictures of a generation from 1: the live view's sequence.
  var number: UInt64
}

/// One frame of AAC.
struct SoundSample: Sendable {
  var bytes: [UInt8]
  /// Monotonic nanoseconds.
  var start: Int64
  var samples: Int
}

/// What holds for all pictures of a connection until the parameters change.
final class Generation: Sendable {
  let number: UInt32
  let video: VideoConfiguration
  let sound: AudioConfiguration?
  /// Monotonic nanoseconds that the live view counts from.
  let base: Int64

  init(number: UInt32, video: VideoConfiguration, sound: AudioConfiguration?, base: Int64) {
    self.number = number
    self.video = video
    self.sound = sound
    self.base = base
  }

  /// `ftyp` and `moov` of a segment.
  var initialisation: [UInt8] {
    FragmentedMP4.initialisation(
      tracks: [TrackDescription(video: video)] + (sound.map { [TrackDescription(audio: $0)] } ?? []))
  }

  /// `ftyp` and `moov` of a live view: the picture alone.
  var liveInitialisation: [UInt8] { FragmentedMP4.initialisation(tracks: [TrackDescription(video: video)]) }
}

/// The samples of one fragment before they are bound to a segment: a `moof` counts from its segment's start, which is not
/// known while a fragment waits for motion.
final class Draft: Sendable {
  let generation: Generation
  let video: [Sample]
  let sound: [SoundSample]
  /// When the last picture ends: where the next fragment begins, as far as that is known.
  let end: Int64
  let byteCount: Int

  init(generation: Generation, video: [Sample], sound: [SoundSample], end: Int64) {
    self.generation = generation
    self.video = video
    self.sound = sound
    self.end = end
    byteCount = video.reduce(0) { $0 + $1.bytes.count } + sound.reduce(0) { $0 + $1.bytes.count }
  }

  var start: Int64 { video.first?.decode ?? end }

  /// `moof` and `mdat`, with times counted from `origin`.
  func render(sequence: UInt32, origin: Int64) throws -> Fragment {
    var samples: [FragmentSample] = []
    samples.reserveCapacity(video.count)
    for (index, sample) in video.enumerated() {
      let begin = Ticks.video(sample.decode - origin)
      let next = Ticks.video((index + 1 < video.count ? video[index + 1].decode : end) - origin)
      samples.append(
        FragmentSample(
          bytes: sample.bytes, duration: UInt32(clamping: max(1, next - begin)),
          compositionOffset: Int32(clamping: Ticks.video(sample.composition)), isSync: sample.isSync))
    }
    var tracks = [
      FragmentTrack(trackID: 1, baseDecodeTime: UInt64(max(0, Ticks.video(start - origin))), samples: samples)
    ]
    // Sound from before the segment has no place in it.
    if let rate = generation.sound?.sampleRate, let first = sound.firstIndex(where: { $0.start >= origin }) {
      tracks.append(
        FragmentTrack(
          trackID: 2, baseDecodeTime: UInt64(max(0, Ticks.sound(sound[first].start - origin, rate: rate))),
          samples: sound.indices[first...].map { index in
            FragmentSample(
              bytes: sound[index].bytes, duration: UInt32(clamping: soundLength(index, rate: rate)), isSync: true)
          }))
    }
    return try FragmentedMP4.fragment(sequence: sequence, tracks: tracks)
  }
}

extension Draft {
  /// How long a frame of sound lasts: its own length, or on to the next one where there is a gap between them.
  private func soundLength(_ index: Int, rate: UInt32) -> Int64 {
    let own = Int64(sound[index].samples)
    guard index + 1 < sound.count else { return own }
    let distance = Ticks.sound(sound[index + 1].start - sound[index].start, rate: rate)
    return distance > own + 16 ? distance : own
  }
}

/// Nanoseconds to the units of a track.
enum Ticks {
  /// 90000 a second. Rounds down, so that increasing times (by the repair's least step) stay increasing.
  static func video(_ nanoseconds: Int64) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds * 90_000 + (rest * 9).floorDivided(by: 100_000)
  }

  static func sound(_ nanoseconds: Int64, rate: UInt32) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds * Int64(rate) + (rest * Int64(rate) + 500_000_000).floorDivided(by: 1_000_000_000)
  }
}
