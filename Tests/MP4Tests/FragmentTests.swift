import Domain
import MP4
import Testing

struct FragmentTests {
  @Test func initialisationHasNoDurationsNoMehdAndNoEdits() throws {
    let bytes = FragmentedMP4.initialisation(tracks: try Samples.tracks())
    let (boxes, last) = BoxWalker.walk(bytes)
    #expect(boxes.map(\.type) == ["ftyp", "moov"])
    #expect(last == .end)
    for absent in ["mehd", "edts"] { #expect(!contains(bytes, Array(absent.utf8))) }
    for present in ["mvex", "trex", "avc1", "avcC", "mp4a", "esds"] { #expect(contains(bytes, Array(present.utf8))) }
    // mvhd: version, two times, timescale 1000, duration 0.
    #expect(contains(bytes, Array("mvhd".utf8) + [0, 0, 0, 0] + zeroes(8) + [0, 0, 3, 0xe8] + zeroes(4)))
  }

  @Test(arguments: [(VideoCodec.h264, Samples.high1080), (.h265, Samples.main1080)])
  func aMovieBoxReadsBackAsTheTracksItWasMadeOf(_ codec: VideoCodec, _ extradata: String) throws {
    let tracks = [
      TrackDescription(video: try VideoConfiguration(codec: codec, annexB: Samples.bytes(extradata))),
      TrackDescription(audio: try AudioConfiguration(audioSpecificConfig: Samples.aac48)),
    ]
    let bytes = FragmentedMP4.initialisation(tracks: tracks)
    let movie = try #require(BoxWalker.walk(bytes).boxes.last)
    let read = try FragmentedMP4.parse(moov: [UInt8](bytes[Int(movie.offset)..<Int(movie.end)]))
    #expect(read == tracks)
    #expect(read.map(\.id) == [1, 2])
    #expect(read.map(\.timescale) == [90_000, 48_000])
  }

  @Test func aLiveFragmentOfOneFrameIsByteForByteThis() throws {
    let fragment = try FragmentedMP4.fragment(
      sequence: 7,
      tracks: [
        FragmentTrack(
          trackID: 1, baseDecodeTime: 0x1_0000_0000,
          samples: [FragmentSample(bytes: [0xaa, 0xbb, 0xcc], duration: 3600, isSync: true)])
      ])
    let moof =
      "00000064" + "6d6f6f66" + "00000010" + "6d666864" + "00000000" + "00000007"
      + "0000004c" + "74726166"
      + "00000018" + "74666864" + "00020028" + "00000001" + "00000e10" + "02000000"
      + "00000014" + "74666474" + "01000000" + "0000000100000000"
      + "00000018" + "7472756e" + "01000201" + "00000001" + "0000006c" + "00000003"
    #expect(Hex.encode(fragment.bytes) == moof + "0000000b" + "6d646174" + "aabbcc")
    #expect(fragment.moofLength == 100)
    #expect(fragment.mdatLength == 11)
  }

  @Test func picturesComeFirstAndEveryByteIsFoundAgain() throws {
    let pictures = (0..<20).map { index in
      FragmentSample(
        bytes: [UInt8](repeating: UInt8(index), count: 100 + index), duration: index == 19 ? 4000 : 3600,
        compositionOffset: index.isMultiple(of: 2) ? 7200 : -3600, isSync: index == 0)
    }
    let sound = (0..<37).map { FragmentSample(bytes: [0x80, UInt8($0)], duration: 1024, isSync: true) }
    let fragment = try FragmentedMP4.fragment(
      sequence: 3,
      tracks: [
        FragmentTrack(trackID: 2, baseDecodeTime: 99, samples: sound),
        FragmentTrack(trackID: 1, baseDecodeTime: 72_000, samples: pictures),
      ])
    let parsed = try FragmentedMP4.parse(moof: [UInt8](fragment.moof))
    #expect(parsed.sequence == 3)
    #expect(parsed.tracks.map(\.trackID) == [1, 2])
    #expect(parsed.tracks.map(\.baseDecodeTime) == [72_000, 99])
    #expect(parsed.tracks[0].samples[0].offset == UInt32(fragment.moofLength + 8))
    for (track, given) in zip(parsed.tracks, [pictures, sound]) {
      #expect(track.samples.map(\.duration) == given.map(\.duration))
      #expect(track.samples.map(\.compositionOffset) == given.map(\.compositionOffset))
      #expect(track.samples.map(\.isSync) == given.map(\.isSync))
      for (sample, original) in zip(track.samples, given) {
        #expect([UInt8](fragment.bytes[Int(sample.offset)..<Int(sample.offset + sample.size)]) == original.bytes)
      }
    }
  }

  @Test func aFragmentWithoutSamplesIsRefused() {
    let error = #expect(throws: MP4Error.self) {
      try FragmentedMP4.fragment(
        sequence: 1, tracks: [FragmentTrack(trackID: 1, baseDecodeTime: 0, samples: [])])
    }
    #expect(error?.kind == .missing)
  }

  private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: part) }
  }

  private func zeroes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}

struct BoxWalkerTests {
  private let free: [UInt8] = [0, 0, 0, 12, 0x66, 0x72, 0x65, 0x65, 1, 2, 3, 4]

  @Test func boxesFollowOneAnotherToTheEnd() {
    let (boxes, last) = BoxWalker.walk(free + free)
    #expect(boxes.map(\.offset) == [0, 12])
    #expect(boxes.map(\.payloadOffset) == [8, 20])
    #expect(boxes.map(\.payloadLength) == [4, 4])
    #expect(last == .end)
  }

  @Test func sixtyFourBitSizesAndUserTypesAreRead() {
    let large: [UInt8] = [0, 0, 0, 1, 0x6d, 0x64, 0x61, 0x74, 0, 0, 0, 0, 0, 0, 0, 18, 9, 9]
    let user: [UInt8] = [0, 0, 0, 25, 0x75, 0x75, 0x69, 0x64] + (0..<16) + [7]
    let (boxes, last) = BoxWalker.walk(large + user)
    #expect(boxes.map(\.type) == ["mdat", "uuid"])
    #expect(boxes.map(\.headerLength) == [16, 24])
    #expect(boxes[1].userType == (0..<16).map { UInt8($0) })
    #expect(last == .end)
  }

  @Test func aTornFileTellsWhereItsLastWholeBoxEnds() {
    let (boxes, last) = BoxWalker.walk(free + free.dropLast())
    #expect(boxes.count == 1)
    #expect(last == .tail(BoxWalker.Tail(offset: 12, length: 11, reason: .cutShort("free", 12))))
    #expect(
      BoxWalker.walk(free + [0, 0, 1]).last
        == .tail(BoxWalker.Tail(offset: 12, length: 3, reason: .cutShort(nil, nil))))
  }

  @Test func zeroesAfterTheLastBoxAreNamed() {
    let (boxes, last) = BoxWalker.walk(free + [UInt8](repeating: 0, count: 4096))
    #expect(boxes.count == 1)
    #expect(last == .tail(BoxWalker.Tail(offset: 12, length: 4096, reason: .zeroes)))
  }

  @Test(
    arguments: [
      // Sizes of 0, 7 and (with 64 bits) 15, a uuid that ends inside its type.
      [0, 0, 0, 0, 0x66, 0x72, 0x65, 0x65], [0, 0, 0, 7, 0x66, 0x72, 0x65, 0x65],
      [0, 0, 0, 1, 0x66, 0x72, 0x65, 0x65, 0, 0, 0, 0, 0, 0, 0, 15], [0, 0, 0, 23, 0x75, 0x75, 0x69, 0x64],
    ] as [[UInt8]])
  func sizesThatNoBoxCanHaveAreDamage(_ bytes: [UInt8]) {
    let padded = bytes + [UInt8](repeating: 1, count: 64)
    #expect(
      BoxWalker.walk(free + padded).last
        == .tail(BoxWalker.Tail(offset: 12, length: UInt64(padded.count), reason: .damaged)))
  }

  @Test func aSizeNearTheTopOf64BitsDoesNotOverflow() {
    let bytes: [UInt8] = free + [0, 0, 0, 1, 0x6d, 0x64, 0x61, 0x74] + [UInt8](repeating: 0xff, count: 8)
    #expect(
      BoxWalker.walk(bytes).last
        == .tail(BoxWalker.Tail(offset: 12, length: 16, reason: .cutShort("mdat", .max))))
  }

  @Test func aFileThatIsShorterThanItWasSaidToBeIsCutShort() throws {
    var walker = BoxWalker(fileLength: 100)
    let step = walker.next { _, _ in [0, 0, 0] + [9] }
    #expect(step == .tail(BoxWalker.Tail(offset: 0, length: 100, reason: .cutShort(nil, nil))))
    #expect(walker.next { _, _ in [0, 0, 0] + [9] } == step)
  }
}
