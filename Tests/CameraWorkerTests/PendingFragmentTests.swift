import CameraWorker
import Domain
import MP4
import Testing

@Suite struct PendingFragmentTests {
  private func parse(_ fragment: Fragment) throws -> ParsedFragment {
    try FragmentedMP4.parse(moof: [UInt8](fragment.moof))
  }

  @Test func itsTimesCountFromTheSegmentsStart() throws {
    let pending = Made.fragment(try Made.generation(), frames: 3, start: .milliseconds(100_800))
    let parsed = try parse(try pending.render(sequence: 2, origin: .seconds(100)))
    #expect(parsed.sequence == 2)
    // 0.8 s of 90,000 units, and 40 ms a frame.
    #expect(parsed.tracks.map(\.baseDecodeTime) == [72_000])
    #expect(parsed.tracks[0].samples.map(\.duration) == [3600, 3600, 3600])
    #expect(parsed.tracks[0].samples.map(\.isSync) == [true, false, false])
  }

  @Test func roundingNeverAddsUp() throws {
    // A third of a second is no whole number of units: the sum over a minute is still a minute.
    let generation = try Made.generation()
    let start = MonotonicTime.seconds(100)
    let video = (0..<180).map { (index: Int) -> Sample in
      let decode = start + .nanoseconds(index * 1_000_000_000 / 3)
      return Sample(bytes: [1], decode: decode, composition: .zero, isSync: index == 0, number: UInt64(index + 1))
    }
    let pending = PendingFragment(generation: generation, video: video, sound: [], end: .seconds(160))
    let parsed = try parse(try pending.render(sequence: 1, origin: .seconds(100)))
    #expect(parsed.tracks[0].samples.reduce(0) { $0 + Int($1.duration) } == 60 * 90_000)
  }

  @Test func soundFromBeforeTheSegmentHasNoPlaceInIt() throws {
    let generation = try Made.generation(sound: true)
    let rate = try #require(generation.sound?.sampleRate)
    let first = MonotonicTime.milliseconds(99_990)
    let sound = (0..<4).map { (index: Int) -> SoundSample in
      let start = first + .nanoseconds(index * 1_024_000_000_000 / Int(rate))
      return SoundSample(bytes: [UInt8(index)], start: start, samples: 1024)
    }
    let pending = Made.fragment(generation, sound: sound)
    let parsed = try parse(try pending.render(sequence: 1, origin: .seconds(100)))
    #expect(parsed.tracks.count == 2)
    #expect(parsed.tracks[1].samples.map(\.duration) == [1024, 1024, 1024])
    #expect(parsed.tracks[1].baseDecodeTime == UInt64(1024 - Int(rate) / 100))
  }

  @Test func aGapInTheSoundLastsUntilItGoesOn() throws {
    let generation = try Made.generation(sound: true)
    let rate = Int(try #require(generation.sound?.sampleRate))
    let sound = [
      SoundSample(bytes: [1], start: .seconds(100), samples: 1024),
      SoundSample(bytes: [2], start: .seconds(101), samples: 1024),
    ]
    let parsed = try parse(try Made.fragment(generation, sound: sound).render(sequence: 1, origin: .seconds(100)))
    #expect(parsed.tracks[1].samples.map(\.duration) == [UInt32(rate), 1024])
  }
}
