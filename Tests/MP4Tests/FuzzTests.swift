import Domain
import Fuzz
import MP4
import TestSupport
import Testing

/// Bytes that were right once, with a few changed, cut off or doubled: nothing may trap, and what is accepted must hold
/// what it promises.
struct FuzzTests {
  private static let rounds = Fuzz.rounds(3000)

  private func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      guard !bytes.isEmpty else { return bytes }
      let at = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...16, using: &generator)))
      case 3: bytes.insert(contentsOf: bytes[at...].prefix(24), at: at)
      case 4:
        // Numbers at the limits are where arithmetic goes wrong.
        let value = [UInt8]([0, 0x7f, 0x80, 0xff].randomElement(using: &generator).map { [$0] } ?? [])
        for index in at..<min(bytes.count, at + 4) { bytes[index] = value.first ?? 0xff }
      default: bytes.removeLast(bytes.count - at)
      }
    }
    return bytes
  }

  @Test(arguments: [VideoCodec.h264, .h265])
  func parameterSetsNeverTrap(_ codec: VideoCodec) throws {
    let seeds =
      codec == .h264
      ? [Samples.baseline360, Samples.high1080, Samples.high444, Samples.scalingMatrix, Samples.interlaced1080]
      : [Samples.main1080, Samples.main10, Samples.range444, Samples.highTier360]
    var generator = SeededGenerator(seed: 1)
    for round in 0..<Self.rounds {
      let bytes = mutated(try Samples.bytes(seeds[round % seeds.count]), using: &generator)
      do throws(MP4Error) {
        let configuration = try VideoConfiguration(codec: codec, annexB: bytes)
        #expect((1...8192).contains(configuration.width) && (1...8192).contains(configuration.height))
        let track = TrackDescription(video: configuration)
        #expect(!track.sampleEntry.isEmpty && !track.codecString.isEmpty)
        _ = try configuration.updated(with: AnnexB.units(in: mutated(bytes, using: &generator)))
      } catch { continue }
    }
  }

  @Test(arguments: [VideoCodec.h264, .h265])
  func recordsAndAccessUnitsNeverTrap(_ codec: VideoCodec) throws {
    let seed = try Samples.bytes(codec == .h264 ? Samples.high1080 : Samples.main1080)
    let record: [UInt8]
    switch try VideoConfiguration(codec: codec, annexB: seed) {
    case .h264(let sets): record = sets.avcC
    case .h265(let sets): record = sets.hvcC
    }
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<Self.rounds {
      let unit = AccessUnit(annexB: mutated(seed + seed, using: &generator), codec: codec)
      #expect(unit.hasPicture || !unit.isKeyframe)
      let bytes = mutated(record, using: &generator)
      do throws(MP4Error) {
        if codec == .h264 { _ = try H264ParameterSets(avcC: bytes) } else { _ = try H265ParameterSets(hvcC: bytes) }
      } catch { continue }
    }
  }

  @Test func movieBoxesNeverTrap() throws {
    let head = FragmentedMP4.initialisation(tracks: try Samples.tracks())
    let movie = try #require(BoxWalker.walk(head).boxes.last)
    let seed = [UInt8](head[Int(movie.offset)...])
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<Self.rounds {
      do throws(MP4Error) {
        for track in try FragmentedMP4.parse(moov: mutated(seed, using: &generator)) {
          #expect(track.timescale > 0 && track.id > 0)
        }
      } catch { continue }
    }
  }

  @Test func fragmentBoxesNeverTrap() throws {
    let samples = (0..<8).map {
      FragmentSample(bytes: [1, 2, 3], duration: 3600 + UInt32($0), compositionOffset: 5, isSync: $0 == 0)
    }
    let fragment = try FragmentedMP4.fragment(
      sequence: 1,
      tracks: [
        FragmentTrack(trackID: 1, baseDecodeTime: 0, samples: samples),
        FragmentTrack(trackID: 2, baseDecodeTime: 0, samples: samples),
      ])
    let seed = [UInt8](fragment.moof)
    var generator = SeededGenerator(seed: 4)
    var accepted = 0
    for _ in 0..<Self.rounds {
      let bytes = mutated(seed, using: &generator)
      do throws(MP4Error) {
        let parsed = try FragmentedMP4.parse(moof: bytes)
        accepted += 1
        for sample in parsed.tracks.flatMap(\.samples) { #expect(sample.offset >= UInt32(bytes.count)) }
      } catch { continue }
    }
    // Else the rounds would test nothing but the first check.
    #expect(accepted > 50)
  }

  @Test func aCountOfFourBillionSamplesCostsNothing() throws {
    let fragment = try FragmentedMP4.fragment(
      sequence: 1,
      tracks: [
        FragmentTrack(
          trackID: 1, baseDecodeTime: 0, samples: [FragmentSample(bytes: [1], duration: 1, isSync: true)])
      ])
    var bytes = [UInt8](fragment.moof)
    // The count stands 12 bytes before the end: count, data offset, size.
    for index in bytes.count - 12..<bytes.count - 8 { bytes[index] = 0xff }
    let error = #expect(throws: MP4Error.self) { try FragmentedMP4.parse(moof: bytes) }
    #expect(error == MP4Error(.tooLarge, "trun"))
  }

  @Test func walkingBoxesAlwaysEnds() throws {
    let seed = FragmentedMP4.initialisation(tracks: try Samples.tracks()) + [UInt8](repeating: 0, count: 40)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<Self.rounds {
      let bytes = mutated(seed, using: &generator)
      let (boxes, last) = BoxWalker.walk(bytes)
      var position: UInt64 = 0
      for box in boxes {
        #expect(box.offset == position && box.length >= box.headerLength)
        position = box.end
      }
      switch last {
      case .end: #expect(position == UInt64(bytes.count))
      case .tail(let tail): #expect(tail.offset == position && tail.offset + tail.length == UInt64(bytes.count))
      case .box: Issue.record("a walk does not end with a box")
      }
    }
  }
}
