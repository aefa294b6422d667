import Domain
import Foundation
import Fuzz
import Seal
import Testing
import VaultWriter

/// Sealed files and records with damage in them: what is let through is, byte for byte, what was sealed.
@Suite struct SealFuzzTests {
  @Test func nothingOfADamagedSegmentVerifiesButWhatWasSealed() throws {
    let disk = try CameraDisk(House())
    var seeds: [[UInt8]] = []
    var sealed: [SegmentID: [UInt32: [UInt8]]] = [:]
    for (sequence, isClosed) in [(1, true), (2, false), (3, true)] as [(UInt64, Bool)] {
      let identity = disk.house.identity(disk.house.first, sequence: sequence)
      let writer = try SegmentWriter(in: disk.vault, identity: identity, initialisation: header)
      try write(3, to: writer, salt: Int(sequence))
      let bytes = try disk.bytes(try writer.close().file)
      let whole = try disk.read(bytes)
      seeds.append(isClosed ? bytes : Array(bytes[..<Int(whole.goodEnd)]))
      for fragment in whole.fragments {
        sealed[identity.segment, default: [:]][fragment.index] = Array(
          bytes[Int(fragment.offset)..<Int(fragment.end)])
      }
    }
    var accepted = 0
    Fuzz.run(seeds, words: ["uuid", "moof", "mdat", "moov"]) { bytes, round in
      guard let segment = try? disk.read(bytes) else { return }
      var previous = Tag.none
      for fragment in segment.fragments {
        defer { previous = fragment.tag }
        guard fragment.end <= UInt64(bytes.count), fragment.offset < fragment.end else { continue }
        let found = Array(bytes[Int(fragment.offset)..<Int(fragment.end)])
        guard found.withUnsafeBytes({ segment.seal.verifies($0, as: fragment, previous: previous) }) else { continue }
        accepted += 1
        #expect(sealed[segment.identity.segment]?[fragment.index] == found, "round \(round)")
      }
    }
    // Else nothing but the first check would be tested.
    #expect(accepted > 50)
  }

  @Test func aDamagedPictureIsNobodysOrUnchanged() throws {
    let house = try House()
    let jpeg: [UInt8] =
      [0xff, 0xd8, 0xff, 0xe0, 0, 16] + Array("JFIF".utf8) + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0]
      + [0xff, 0xda, 0, 4, 1, 2, 3, 4, 5, 6, 7, 0xff, 0xd9]
    let key = house.key(house.first)
    let seeds = try (1...3 as ClosedRange<Int64>).map { second in
      let identity = PictureIdentity(camera: house.first, kind: .snapshot, time: WallTime(seconds: second))
      return try #require(PictureSeal.seal(jpeg, as: identity, key: key))
    }
    Fuzz.run(seeds) { bytes, round in
      guard let identity = PictureSeal.verify(bytes, key: key) else { return }
      #expect(seeds.contains(bytes), "round \(round)")
      #expect(identity.camera == house.first, "round \(round)")
    }
  }

  @Test func aDamagedRecordIsNoEvent() throws {
    let house = try House()
    var generator = SystemRandomNumberGenerator()
    let key = house.key(house.first)
    let event = Event(
      id: .mint(camera: house.first, using: &generator), start: WallTime(seconds: 100), end: WallTime(seconds: 110),
      best: WallTime(seconds: 105), peak: 0.3, boxes: [], reasons: ["motion"], zones: ["path"])
    let seed = try #require(try EventRecord.seal(event, key: key))
    Fuzz.run([seed], words: ["\n", "{", "null", "\""]) { bytes, round in
      if let read = EventRecord.open(bytes, key: key) { #expect(read == event, "round \(round)") }
    }
  }

  @Test func aDamagedLiveMessageIsNotShown() throws {
    let house = try House()
    let seal = LiveSeal(key: house.key(house.first))
    let seeds = (1...3 as ClosedRange<UInt64>).map { number in
      seal.seal(
        LiveMessage(
          kind: .fragment, camera: house.first, generation: 1, sequence: number,
          body: [UInt8](repeating: UInt8(number), count: 40)))
    }
    Fuzz.run(seeds) { bytes, round in
      if seal.open(bytes) != nil { #expect(seeds.contains(bytes), "round \(round)") }
    }
  }

  @Test func fileNamesAreReadAsTheyAreMeant() throws {
    let seeds = [
      "0000000012-00112233445566778899aabbccddeeff.mp4", "0000000012-detect-00112233445566778899aabbccddeeff.mp4",
    ]
    Fuzz.run(seeds.map { Array($0.utf8) }, words: ["/", "..", "\0", "-detect"]) { bytes, round in
      let text = String(decoding: bytes, as: UTF8.self)
      guard let name = SegmentFileName(text) else { return }
      #expect(SegmentFileName(name.text) == name && !text.contains("/"), "round \(round)")
    }
  }
}
