package import Domain
package import MP4

/// One picture, ready for a file: its bytes are shared by the segment, the live view and the pre-roll, never copied
/// between them.
package struct Sample: Sendable {
  var bytes: [UInt8]
  var decode: MonotonicTime
  /// Presentation minus decode time.
  var composition: Duration
  var isSync: Bool
  /// Counts the pictures of a generation from 1: the live view's sequence.
  var number: UInt64

  package init(bytes: [UInt8], decode: MonotonicTime, composition: Duration, isSync: Bool, number: UInt64) {
    self.bytes = bytes
    self.decode = decode
    self.composition = composition
    self.isSync = isSync
    self.number = number
  }
}

/// One frame of AAC.
package struct SoundSample: Sendable {
  var bytes: [UInt8]
  var start: MonotonicTime
  var samples: Int

  package init(bytes: [UInt8], start: MonotonicTime, samples: Int) {
    self.bytes = bytes
    self.start = start
    self.samples = samples
  }
}

/// What holds for all pictures of a connection until the parameters change.
package final class Generation: Sendable {
  let number: UInt32
  let video: VideoConfiguration
  package let sound: AudioConfiguration?
  /// Media time 0 of the live view.
  let base: MonotonicTime

  package init(number: UInt32, video: VideoConfiguration, sound: AudioConfiguration?, base: MonotonicTime) {
    self.number = number
    self.video = video
    self.sound = sound
    self.base = base
  }

  /// One unit a sample; `nil` without sound.
  var soundScale: Timescale? { sound.map { Timescale(unitsPerSecond: Int64($0.sampleRate)) } }

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
package final class PendingFragment: Sendable {
  let generation: Generation
  let video: [Sample]
  let sound: [SoundSample]
  /// When the last picture ends: where the next fragment begins, as far as that is known.
  let end: MonotonicTime
  package let byteCount: Int

  package init(generation: Generation, video: [Sample], sound: [SoundSample], end: MonotonicTime) {
    self.generation = generation
    self.video = video
    self.sound = sound
    self.end = end
    byteCount = video.reduce(0) { $0 + $1.bytes.count } + sound.reduce(0) { $0 + $1.bytes.count }
  }

  var start: MonotonicTime { video.first?.decode ?? end }

  /// `moof` and `mdat` for a segment whose media time 0 is at `origin`.
  package func render(sequence: UInt32, origin: MonotonicTime) throws -> Fragment {
    let scale = Timescale.video
    var samples: [FragmentSample] = []
    samples.reserveCapacity(video.count)
    for (index, sample) in video.enumerated() {
      let begin = scale.floor(MediaTime(sample.decode, since: origin))
      let next = scale.floor(MediaTime(index + 1 < video.count ? video[index + 1].decode : end, since: origin))
      samples.append(
        FragmentSample(
          bytes: sample.bytes, duration: UInt32(clamping: max(1, next - begin)),
          compositionOffset: Int32(clamping: scale.floor(sample.composition)), isSync: sample.isSync))
    }
    var tracks = [
      FragmentTrack(
        trackID: 1, baseDecodeTime: UInt64(max(0, scale.floor(MediaTime(start, since: origin)))), samples: samples)
    ]
    // Sound from before the segment has no place in it.
    if let scale = generation.soundScale, let first = sound.firstIndex(where: { $0.start >= origin }) {
      tracks.append(
        FragmentTrack(
          trackID: 2, baseDecodeTime: UInt64(max(0, scale.nearest(MediaTime(sound[first].start, since: origin)))),
          samples: sound.indices[first...].map { index in
            FragmentSample(
              bytes: sound[index].bytes, duration: UInt32(clamping: soundLength(index, scale)), isSync: true)
          }))
    }
    return try FragmentedMP4.fragment(sequence: sequence, tracks: tracks)
  }
}

extension PendingFragment {
  /// How long a frame of sound lasts: its own length, or on to the next one where there is a gap between them.
  private func soundLength(_ index: Int, _ scale: Timescale) -> Int64 {
    let own = Int64(sound[index].samples)
    guard index + 1 < sound.count else { return own }
    let distance = scale.nearest(sound[index + 1].start - sound[index].start)
    return distance > own + 16 ? distance : own
  }
}
