import Domain
import MP4
import TestSupport
import Testing
import VirtualMP4

private let start = WallTime(seconds: 1_790_000_000)

/// Plans over made-up fragments, whose numbers can be read off the boxes.
struct PlanTests {
  private let track: TrackDescription

  init() throws {
    let sets = "000000016742c01eda0280bfe5c044000003000400000300c83c58ba800000000168ce0fc8"
    track = TrackDescription(
      video: try VideoConfiguration(codec: .h264, annexB: try #require(Hex.decode(sets))))
  }

  /// `seconds` fragments of a second, each of four frames of 100 bytes that begin with a keyframe.
  private func fragments(
    _ seconds: Int, source: Int = 0, segmentStart: WallTime = start, size: UInt32 = 100, tag: UInt8 = 1
  ) -> [SourceFragment] {
    (0..<seconds).map { second in
      SourceFragment(
        source: source, offset: UInt64(1000 + second * 8 * Int(size)), moofLength: 200,
        mdatLength: 8 + 4 * UInt64(size),
        segmentStart: segmentStart, tag: [tag, UInt8(truncatingIfNeeded: second)],
        content: ParsedFragment(
          sequence: UInt32(second + 1),
          tracks: [
            ParsedTrack(
              trackID: 1, baseDecodeTime: UInt64(second) * 90_000,
              samples: (0..<4).map {
                ParsedSample(
                  offset: 208 + UInt32($0) * size, size: size, duration: 22_500, compositionOffset: 0, isSync: $0 == 0)
              })
          ]))
    }
  }

  private func plan(_ fragments: [SourceFragment], _ from: Double, _ to: Double) throws -> VirtualFile? {
    let span = try #require(TimeSpan(from: start + .seconds(from), to: start + .seconds(to)))
    return try VirtualMP4.plan(tracks: [track], fragments: fragments, span: span)
  }

  @Test func piecesAreSampleRangesOfTheSources() throws {
    let file = try #require(try plan(fragments(4), 1.5, 2.6))
    #expect(
      file.pieces == [
        VirtualFile.Piece(source: 0, fragment: 1, offset: 1000 + 800 + 208, length: 400),
        VirtualFile.Piece(source: 0, fragment: 2, offset: 1000 + 1600 + 208, length: 300),
      ])
    #expect(file.length == UInt64(file.header.count) + 700)
    #expect(file.from == start + .seconds(1))
    #expect(file.to == start + .seconds(2.75))
  }

  @Test func theSameInputGivesTheSameBytesAndAnotherFragmentAnotherETag() throws {
    let one = try #require(try plan(fragments(4), 1.5, 2.6))
    let two = try #require(try plan(fragments(4), 1.5, 2.6))
    #expect(one.header == two.header)
    #expect(one.etagInput == two.etagInput)
    let resealed = try #require(try plan(fragments(4, tag: 2), 1.5, 2.6))
    #expect(one.header == resealed.header)
    #expect(one.etagInput != resealed.etagInput)
    let longer = try #require(try plan(fragments(4), 1.5, 2.8))
    #expect(one.etagInput != longer.etagInput)
    // The same samples under another span are the same file.
    #expect(try plan(fragments(4), 1.1, 2.7)?.etagInput == one.etagInput)
    #expect(one.etag { _ in (0..<32).map { UInt8($0) } } == "\"000102030405060708090a0b0c0d0e0f\"")
  }

  @Test func slicesOfAnyRangeAreTheSameBytesAsTheWhole() throws {
    let file = try #require(try plan(fragments(5), 0, 60))
    let source = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let whole = file.bytes([source])
    #expect(whole.count == Int(file.length))
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<500 {
      let begin = UInt64.random(in: 0...file.length, using: &generator)
      let end = UInt64.random(in: begin...file.length, using: &generator)
      #expect(file.bytes([source], begin..<end) == [UInt8](whole[Int(begin)..<Int(end)]))
    }
    #expect(file.slices(of: file.length..<file.length + 10) == [])
    #expect(file.slices(of: 0..<4) == [.header(0..<4)])
    #expect(file.slices(of: file.length - 1..<UInt64.max) == [.piece(4, 399..<400)])
  }

  @Test func aSpanWithoutFootageHasNoFile() throws {
    #expect(try plan(fragments(4), 4, 9) == nil)
    #expect(try plan(fragments(4), -9, 0) == nil)
    #expect(try plan([], 0, 9) == nil)
    var keyless = fragments(2)
    for index in keyless.indices { keyless[index].content.tracks[0].samples[0].isSync = false }
    #expect(try plan(keyless, 0, 9) == nil)
  }

  @Test func withoutAKeyframeBeforeItBeginsAtTheNextOne() throws {
    var late = fragments(3)
    late[0].content.tracks[0].samples[0].isSync = false
    let file = try #require(try plan(late, 0.5, 9))
    #expect(file.from == start + .seconds(1))
  }

  @Test func aSpanThatBeginsInAGapDoesNotReachBackOverIt() throws {
    let two = fragments(2) + fragments(2, source: 1, segmentStart: start + .seconds(3600))
    let file = try #require(try plan(two, 1800, 3602))
    #expect(file.from == start + .seconds(3600))
    #expect(Set(file.pieces.map(\.source)) == [1])
  }

  @Test func bothSidesOfAClockStepAreFound() throws {
    // The clock was set back by an hour after the first segment: both show the span.
    let two =
      fragments(10, segmentStart: start) + fragments(10, source: 1, segmentStart: start + .seconds(-2))
    let file = try #require(try plan(two, 3, 5))
    #expect(file.pieces.map(\.source) == [0, 0, 1, 1])
    #expect(file.pieces.map(\.fragment) == [3, 4, 15, 16])
  }

  @Test func soundThatLagsIsTakenFromTheNextFragmentAndBreaksNothing() throws {
    let audio = TrackDescription(audio: try AudioConfiguration(audioSpecificConfig: [0x14, 0x08]))
    // 16 kHz; each fragment holds the second of sound that began 1.2 s before its pictures.
    var lagging = fragments(6)
    for second in 2..<6 {
      lagging[second].mdatLength += 16
      lagging[second].content.tracks.append(
        ParsedTrack(
          trackID: 2, baseDecodeTime: UInt64(second * 16_000 - 19_200),
          samples: (0..<16).map {
            ParsedSample(
              offset: 608 + UInt32($0), size: 1, duration: 1000, compositionOffset: 0, isSync: true)
          }))
    }
    let span = try #require(TimeSpan(from: start + .seconds(2), to: start + .seconds(4)))
    let file = try #require(try VirtualMP4.plan(tracks: [track, audio], fragments: lagging, span: span))
    // Two seconds from 2 s on are 32 frames: 12 of the fourth fragment, 16 of the fifth, 4 of the sixth.
    #expect(file.length == UInt64(file.header.count) + 800 + 32)
    #expect(file.pieces.map(\.fragment) == [2, 3, 3, 4, 5])
    #expect(file.pieces.map(\.length) == [400, 400, 12, 16, 4])
  }

  @Test func sampleTablesAreWhatTheSamplesAre() throws {
    let file = try #require(try plan(fragments(2) + fragments(1, source: 1, segmentStart: start + .seconds(5)), 0, 60))
    let base = UInt32(file.header.count)
    // stts: seven frames of a quarter of a second, one of 3.25 s before the gap, four again.
    #expect(
      try table("stts", file) == words([3, 7, 22_500, 1, 292_500, 4, 22_500]))
    // stss: frames 1, 5 and 9; stsc: four samples in each chunk; stsz and stco literally.
    #expect(try table("stss", file) == words([3, 1, 5, 9]))
    #expect(try table("stsc", file) == words([1, 1, 4, 1]))
    #expect(try table("stsz", file) == words([0, 12] + [UInt32](repeating: 100, count: 12)))
    #expect(try table("stco", file) == words([3, base, base + 400, base + 800]))
    #expect(throws: MP4Error.self) { try table("ctts", file) }
    #expect(throws: MP4Error.self) { try table("edts", file) }
  }

  @Test func beyondFourGigabytesOffsetsHave64Bits() throws {
    let large = fragments(2, size: 1 << 29) + fragments(1, source: 1, segmentStart: start + .seconds(2), size: 1 << 29)
    let file = try #require(try plan(large, 0, 60))
    #expect(file.length == UInt64(file.header.count) + 12 << 29)
    #expect(throws: MP4Error.self) { try table("stco", file) }
    let base = UInt64(file.header.count)
    var expected = ByteWriter()
    expected.u32(3)
    for offset: UInt64 in [base, base + 1 << 31, base + 1 << 32] { expected.u64(offset) }
    #expect(try table("co64", file) == expected.bytes)
    #expect([UInt8](file.header.suffix(16)) == [0, 0, 0, 1] + Array("mdat".utf8) + [0, 0, 0, 1, 0x80, 0, 0, 16])
  }

  @Test func aSampleOutsideItsMediaIsRefused() {
    var bad = fragments(2)
    bad[1].content.tracks[0].samples[3].size = 101
    #expect(throws: MP4Error.self) { try plan(bad, 0, 60) }
    bad = fragments(2)
    bad[0].content.tracks[0].samples[0].offset = 207
    #expect(throws: MP4Error.self) { try plan(bad, 0, 60) }
  }

  @Test func numbersAtTheirLimitsNeverTrap() throws {
    var generator = SeededGenerator(seed: 6)
    let times: [UInt64] = [0, 1, 90_000, 1 << 32, (1 << 56) - 1, .max]
    let starts: [Int64] = [.min, -1, 0, 1, start.nanoseconds, .max]
    var planned = 0
    for _ in 0..<2000 {
      var wild = fragments(3)
      for index in wild.indices where Bool.random(using: &generator) {
        wild[index].content.tracks[0].baseDecodeTime = times.randomElement(using: &generator) ?? 0
        wild[index].segmentStart = WallTime(nanoseconds: starts.randomElement(using: &generator) ?? 0)
        wild[index].offset = times.randomElement(using: &generator) ?? 0
        let sample = Int.random(in: 0..<4, using: &generator)
        wild[index].content.tracks[0].samples[sample].duration =
          [0, 1, UInt32(Int32.max), .max].randomElement(using: &generator) ?? 0
        wild[index].content.tracks[0].samples[sample].compositionOffset =
          [.min, -1, .max].randomElement(using: &generator) ?? 0
      }
      do {
        let span = try #require(
          TimeSpan(
            from: WallTime(nanoseconds: Bool.random(using: &generator) ? .min : 0), to: WallTime(nanoseconds: .max)))
        guard let file = try VirtualMP4.plan(tracks: [track], fragments: wild, span: span) else { continue }
        planned += 1
        #expect(file.length == file.pieces.reduce(UInt64(file.header.count)) { $0 + $1.length })
      } catch is MP4Error { continue }
    }
    // Else the rounds would test nothing but the first check.
    #expect(planned > 100)
  }

  /// The payload of the only box of this type in the head, after version and flags.
  private func table(_ type: String, _ file: VirtualFile) throws -> [UInt8] {
    let name = Array(type.utf8)
    let found = file.header.indices.filter { file.header[$0...].starts(with: name) }
    guard let at = found.first, found.count == 1 else { throw MP4Error(.missing, type) }
    var reader = BoxReader(file.header[(at - 4)...], name: type)
    guard var box = try reader.nextBox() else { throw MP4Error(.missing, type) }
    try box.payload.skip(4)
    return [UInt8](box.payload.rest())
  }

  private func words(_ values: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.u32(value) }
    return writer.bytes
  }
}
