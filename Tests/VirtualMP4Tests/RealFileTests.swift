import Domain
import MP4
import Testing
import VirtualMP4

private let start = WallTime(seconds: 1_790_000_000)
private func after(_ seconds: Double) -> WallTime { start + .seconds(seconds) }
private func span(_ from: Double, _ to: Double) throws -> TimeSpan {
  try #require(TimeSpan(from: after(from), to: after(to)))
}

/// Files that real encoders made, put together by Hearth's muxer and decoded by ffprobe to the last frame.
@Suite(.enabled(if: Tools.areInstalled, "needs the programs ffmpeg and ffprobe"), .serialized)
struct RealFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func clip(
    _ media: RecordedMedia, _ segments: [RecordedSegment], _ wanted: TimeSpan, sound: Bool = true
  ) throws -> (file: VirtualFile, probe: Probe) {
    let file = try #require(
      try VirtualMP4.plan(
        tracks: try media.tracks(sound: sound), fragments: segments.flatMap(\.fragments), span: wanted))
    let bytes = file.bytes(segments.map(\.bytes))
    #expect(UInt64(bytes.count) == file.length)
    return (file, try Probe(try folder.write(bytes, to: "clip.mp4")))
  }

  @Test(arguments: [(VideoCodec.h264, "avc1"), (.h265, "hvc1")])
  func segmentPlaysAsItLies(_ codec: VideoCodec, _ tag: String) throws {
    let media = try RecordedMedia(codec, seconds: 3)
    let segment = try RecordedSegment(media, frames: 0..<75, source: 0, start: start)
    let probe = try Probe(try folder.write(segment.bytes, to: "segment.mp4"))
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.frames) == [75])
    #expect(probe.streams.map(\.tag) == [tag])
    #expect(probe.streams.map(\.width) == [320])
    #expect(probe.pictureTimes.first == 0)
    #expect(probe.pictureTimes.last == 2.96)
  }

  @Test func oneFrameAFragmentPlaysToo() throws {
    let media = try RecordedMedia(.h264, seconds: 2, rate: 48_000)
    let segment = try RecordedSegment(media, frames: 0..<50, source: 0, start: start, longest: 1)
    #expect(segment.fragments.count == 50)
    let probe = try Probe(try folder.write(segment.bytes, to: "live.mp4"))
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.frames) == [50, 94])
    #expect(probe.streams.map(\.tag) == ["avc1", "mp4a"])
  }

  @Test(arguments: [(VideoCodec.h264, "avc1"), (.h265, "hvc1")])
  func clipOfAWholeSegmentHasEveryFrame(_ codec: VideoCodec, _ tag: String) throws {
    let media = try RecordedMedia(codec, seconds: 3)
    let segment = try RecordedSegment(media, frames: 0..<75, source: 0, start: start)
    let (file, probe) = try clip(media, [segment], try span(0, 60))
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.frames) == [75])
    #expect(probe.streams.map(\.tag) == [tag])
    #expect(probe.streams.map(\.duration) == [3])
    #expect(probe.streams.map(\.start) == [0])
    #expect(file.from == start)
    #expect(file.to == after(3))
  }

  @Test func cutInTheMiddleBeginsAtTheKeyframeBeforeAndEndsWithTheLastFrameBefore() throws {
    let media = try RecordedMedia(.h264, seconds: 5)
    let segment = try RecordedSegment(media, frames: 0..<125, source: 0, start: start)
    // Keyframes at 1 s and 2 s; the frame at 3.48 s is the last that starts before 3.5 s.
    let (file, probe) = try clip(media, [segment], try span(1.7, 3.5))
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.frames) == [63])
    #expect(file.from == after(1))
    #expect(file.to == after(3.52))
    #expect(probe.streams.map(\.duration) == [2.52])
  }

  @Test func cutExactlyOnFramesTakesTheFirstAndLeavesTheLast() throws {
    let media = try RecordedMedia(.h264, seconds: 4)
    let segment = try RecordedSegment(media, frames: 0..<100, source: 0, start: start)
    let (file, probe) = try clip(media, [segment], try span(1, 3))
    #expect(probe.streams.map(\.frames) == [50])
    #expect(file.from == after(1))
    #expect(file.to == after(3))
  }

  @Test(arguments: [VideoCodec.h264, .h265])
  func reorderedFramesKeepTheirOrderAndTimes(_ codec: VideoCodec) throws {
    let media = try RecordedMedia(codec, seconds: 4, options: ["-g", "25", "-bf", "3", "-sc_threshold", "0"])
    #expect(media.frames.contains { $0.presentation != $0.decode })
    let segment = try RecordedSegment(media, frames: 0..<100, source: 0, start: start)
    let plain = try Probe(try folder.write(segment.bytes, to: "segment.mp4"))
    #expect(plain.warnings == "")
    #expect(plain.streams.map(\.frames) == [100])
    let (file, probe) = try clip(media, [segment], try span(0, 60))
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.frames) == [100])
    #expect(probe.streams.map(\.start) == [0])
    #expect(probe.pictureTimes == (0..<100).map { Double($0 * 4) / 100 })
    #expect(file.to - file.from == .seconds(4))
  }

  @Test func closedGroupsOfReorderedFramesCanBeCut() throws {
    let media = try RecordedMedia(
      .h264, seconds: 4, options: ["-g", "25", "-bf", "2", "-sc_threshold", "0", "-flags", "+cgop"])
    let segment = try RecordedSegment(media, frames: 0..<100, source: 0, start: start)
    let shown = Double(media.frames[0].presentation) / 90_000
    let (file, probe) = try clip(media, [segment], try span(shown + 1.5, shown + 3))
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.frames) == [50])
    #expect(probe.pictureTimes == (0..<50).map { Double($0 * 4) / 100 })
    #expect(file.from == after(shown + 1))
  }

  @Test(arguments: [48_000, 16_000, 8_000])
  func soundStaysWithThePicture(_ rate: Int) throws {
    let media = try RecordedMedia(.h264, seconds: 5, rate: rate)
    let segment = try RecordedSegment(media, frames: 0..<125, source: 0, start: start)
    let (_, probe) = try clip(media, [segment], try span(2.3, 4))
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.tag) == ["avc1", "mp4a"])
    // The first AAC frame at or after 2 s, as it was recorded on the same clock.
    let first = Double((2 * rate + 1023) / 1024 * 1024) / Double(rate) - 2
    #expect(abs(probe.streams[1].start - first) < 0.001)
    #expect(probe.streams[0].frames == 50)
    let last = (4 * rate + 1023) / 1024
    #expect(probe.streams[1].frames == last - (2 * rate + 1023) / 1024)
  }

  @Test func soundCanBeLeftOut() throws {
    let media = try RecordedMedia(.h264, seconds: 2, rate: 48_000)
    let segment = try RecordedSegment(media, frames: 0..<50, source: 0, start: start)
    let (file, probe) = try clip(media, [segment], try span(0, 2), sound: false)
    #expect(probe.warnings == "")
    #expect(probe.streams.map(\.frames) == [50])
    #expect(file.pieces.count == segment.fragments.count)
  }

  @Test func twoSegmentsBecomeOneClip() throws {
    let media = try RecordedMedia(.h264, seconds: 4, rate: 44_100)
    let segments = [
      try RecordedSegment(media, frames: 0..<50, source: 0, start: start),
      try RecordedSegment(media, frames: 50..<100, source: 1, start: after(2)),
    ]
    let (file, probe) = try clip(media, segments, try span(0, 60))
    #expect(probe.warnings == "")
    #expect(probe.streams[0].frames == 100)
    #expect(probe.streams[0].duration == 4)
    #expect(abs(probe.streams[1].duration - 4) < 0.05)
    #expect(probe.pictureTimes == (0..<100).map { Double($0 * 4) / 100 })
    #expect(Set(file.pieces.map(\.source)) == [0, 1])
  }

  @Test func aGapIsKeptAsTheDurationOfTheFrameBeforeIt() throws {
    let media = try RecordedMedia(.h264, seconds: 4, rate: 16_000)
    let segments = [
      try RecordedSegment(media, frames: 0..<50, source: 0, start: start),
      try RecordedSegment(media, frames: 50..<100, source: 1, start: after(9)),
    ]
    let (file, probe) = try clip(media, segments, try span(0, 60))
    #expect(probe.warnings == "")
    #expect(probe.streams[0].frames == 100)
    #expect(probe.streams[0].duration == 11)
    #expect(probe.pictureTimes[49] == 1.96)
    #expect(probe.pictureTimes[50] == 9)
    #expect(file.to == after(11))
  }

  @Test func aClockThatStepsBackGivesNoNegativeDurations() throws {
    let media = try RecordedMedia(.h264, seconds: 4, rate: 16_000)
    // The second segment claims to begin while the first was still running.
    let segments = [
      try RecordedSegment(media, frames: 0..<50, source: 0, start: start),
      try RecordedSegment(media, frames: 50..<100, source: 1, start: after(0.5)),
    ]
    let (_, probe) = try clip(media, segments, try span(0, 60))
    #expect(probe.warnings == "")
    #expect(probe.streams[0].frames == 100)
    #expect(probe.pictureTimes == (0..<100).map { Double($0 * 4) / 100 })
  }
}
