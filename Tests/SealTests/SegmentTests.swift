import Domain
import Files
import Foundation
import Seal
import Testing
import VaultWriter

/// A camera's folder on the real disk, gone with the test.
final class CameraDisk {
  let house: House
  let path: String
  let vault: CameraVault

  init(_ house: House, camera: CameraID? = nil) throws {
    self.house = house
    path = NSTemporaryDirectory() + "/hearth-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    vault = try CameraVault(folder: path, key: house.key(camera ?? house.first), installation: house.installation)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func bytes(_ file: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(path)/media/\(file)"))) }

  func read(_ bytes: [UInt8], camera: CameraID? = nil) throws -> ReadSegment {
    try SegmentReader(size: UInt64(bytes.count)) { offset, count in
      Array(bytes.dropFirst(Int(offset)).prefix(count))
    }.open(key: house.key(camera ?? house.first), installation: house.installation)
  }
}

/// - Parameter salt: makes other bytes of the same length.
func fragment(_ number: Int, salt: Int = 0) -> (bytes: [UInt8], moofLength: Int) {
  let moof = box("moof", [UInt8](repeating: UInt8(number), count: 40))
  let media = (0..<(200 + number)).map { UInt8(truncatingIfNeeded: $0 * number + salt) }
  return (moof + box("mdat", media), moof.count)
}

func write(_ count: Int, to writer: SegmentWriter, salt: Int = 0) throws {
  for number in 0..<count {
    let (bytes, moofLength) = fragment(number, salt: salt)
    try writer.append(
      bytes, moofLength: moofLength, from: .zero + .milliseconds(number * 800),
      to: .zero + .milliseconds((number + 1) * 800))
  }
}

@Suite struct SegmentTests {
  @Test func aClosedSegmentIsReadByItsClosingBox() throws {
    let disk = try CameraDisk(House())
    let identity = disk.house.identity(disk.house.first)
    let writer = try SegmentWriter(in: disk.vault, identity: identity, initialisation: header)
    try write(5, to: writer)
    let finished = try writer.close()
    let bytes = try disk.bytes(finished.file)
    #expect(UInt64(bytes.count) == finished.bytes)
    let segment = try disk.read(bytes)
    #expect(segment.isClosed)
    #expect(segment.identity == identity)
    #expect(segment.initialisation == header)
    #expect(segment.fragments.count == 5)
    #expect(segment.end == identity.start + .seconds(4))
    for (index, entry) in segment.fragments.enumerated() {
      let range = Int(entry.offset)..<Int(entry.end)
      #expect(Array(bytes[range]) == fragment(index).bytes)
      let previous = index == 0 ? Tag.none : segment.fragments[index - 1].tag
      #expect(bytes[range].withUnsafeBytes { segment.seal.verifies($0, as: entry, previous: previous) })
    }
  }

  @Test func everyCutLeavesTheWholeFragmentsBeforeIt() throws {
    let disk = try CameraDisk(House())
    let writer = try SegmentWriter(
      in: disk.vault, identity: disk.house.identity(disk.house.first), initialisation: header)
    try write(4, to: writer)
    let bytes = try disk.bytes(try writer.close().file)
    let whole = try disk.read(bytes)
    let ends = whole.fragments.map { Int($0.end) + 93 }
    for length in stride(from: header.count + 250, to: bytes.count, by: 7) {
      let expected = ends.filter { $0 <= length }.count
      for tail in [[], [UInt8](repeating: 0, count: 300)] {
        let segment = try disk.read(Array(bytes[..<length]) + tail)
        #expect(segment.fragments.count == expected, "cut at \(length)")
        #expect(!segment.isClosed)
      }
    }
  }

  @Test func everyFlippedByteOfTheFileIsNoticed() throws {
    let disk = try CameraDisk(House())
    let writer = try SegmentWriter(
      in: disk.vault, identity: disk.house.identity(disk.house.first), initialisation: header)
    try write(2, to: writer)
    let bytes = try disk.bytes(try writer.close().file)
    let whole = try disk.read(bytes)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x04
      guard let segment = try? disk.read(changed) else { continue }
      // Nothing is footage under an identity that was altered, and each fragment that verifies is the original bytes.
      #expect(segment.identity == whole.identity || segment.fragments.isEmpty, "byte \(index)")
      for (number, entry) in segment.fragments.enumerated() {
        let range = Int(entry.offset)..<Int(entry.end)
        let previous = number == 0 ? Tag.none : segment.fragments[number - 1].tag
        if changed[range].withUnsafeBytes({ segment.seal.verifies($0, as: entry, previous: previous) }) {
          #expect(Array(changed[range]) == Array(bytes[range]), "byte \(index)")
        }
      }
    }
  }

  @Test func anotherCamerasFileDoesNotOpen() throws {
    let disk = try CameraDisk(House())
    let writer = try SegmentWriter(
      in: disk.vault, identity: disk.house.identity(disk.house.first), initialisation: header)
    try write(2, to: writer)
    let bytes = try disk.bytes(try writer.close().file)
    #expect(throws: SegmentFault.otherIdentity) { try disk.read(bytes, camera: disk.house.second) }
  }

  @Test func aFragmentMovedFromAnotherSegmentOfTheSameCameraIsRefused() throws {
    let disk = try CameraDisk(House())
    var files: [[UInt8]] = []
    for sequence in 1...2 {
      let writer = try SegmentWriter(
        in: disk.vault, identity: disk.house.identity(disk.house.first, sequence: UInt64(sequence)),
        initialisation: header)
      try write(2, to: writer, salt: sequence)
      files.append(try disk.bytes(try writer.close().file))
    }
    let first = try disk.read(files[0])
    // Same place and length in both files, so only the seal can tell.
    let range = Int(first.fragments[0].offset)..<(Int(first.fragments[0].end) + 93)
    var spliced = files[1]
    spliced.replaceSubrange(range, with: files[0][range])
    let segment = try disk.read(spliced)
    let entry = segment.fragments[0]
    #expect(
      !spliced[Int(entry.offset)..<Int(entry.end)].withUnsafeBytes {
        segment.seal.verifies($0, as: entry, previous: .none)
      })
  }

  @Test func aSegmentOfAnotherCameraCanNotBeWritten() throws {
    let disk = try CameraDisk(House())
    let identity = disk.house.identity(disk.house.second)
    #expect(throws: Problem.self) { try SegmentWriter(in: disk.vault, identity: identity, initialisation: header) }
  }

  @Test func randomBytesAreNeverASegment() throws {
    let disk = try CameraDisk(House())
    var generator = SystemRandomNumberGenerator()
    for length in [0, 1, 7, 8, 15, 16, 100, 5000] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(throws: SegmentFault.self) { try disk.read(bytes) }
    }
  }
}

@Suite struct RecoveryTests {
  @Test func aTornPartialIsCutClosedAndNamed() throws {
    let disk = try CameraDisk(House())
    let identity = disk.house.identity(disk.house.first)
    var writer: SegmentWriter? = try SegmentWriter(in: disk.vault, identity: identity, initialisation: header)
    try writer.map { try write(3, to: $0) }
    writer = nil
    let day = identity.start.day.text
    let partial = "\(disk.path)/media/\(day)/\(identity.fileName).partial"
    let file = try #require(FileHandle(forWritingAtPath: partial))
    try file.seekToEnd()
    try file.write(contentsOf: Data(fragment(3).bytes.prefix(100)))
    try file.close()

    let (recovered, problems) = try disk.vault.recoverLeftovers()
    #expect(problems.isEmpty)
    guard case .finished(let finished) = try #require(recovered.first) else {
      Issue.record("was set aside")
      return
    }
    #expect(finished.identity == identity)
    let segment = try disk.read(try disk.bytes(finished.file))
    #expect(segment.isClosed)
    #expect(segment.fragments.count == 3)
    #expect(!FileManager.default.fileExists(atPath: partial))
  }

  @Test func aPartialWithoutAnyGoodFragmentIsSetAsideAndKept() throws {
    let disk = try CameraDisk(House())
    let identity = disk.house.identity(disk.house.first)
    var writer: SegmentWriter? = try SegmentWriter(in: disk.vault, identity: identity, initialisation: header)
    _ = writer
    writer = nil
    let (recovered, _) = try disk.vault.recoverLeftovers()
    guard case .setAside(let file) = try #require(recovered.first) else {
      Issue.record("was finished")
      return
    }
    #expect(try !disk.bytes(file).isEmpty)
  }

  /// A sync failed: the bytes are in memory, and a later sync would say that they are on the disk.
  @Test func whatWasNotSyncedIsCutOffWhenASegmentIsAbandoned() throws {
    let disk = try CameraDisk(House())
    let identity = disk.house.identity(disk.house.first)
    var writer: SegmentWriter? = try SegmentWriter(in: disk.vault, identity: identity, initialisation: header)
    try writer.map { try write(2, to: $0) }
    let partial = "\(disk.path)/media/\(identity.start.day.text)/\(identity.fileName).partial"
    let durable = try #require(writer?.durableBytes)
    let file = try #require(FileHandle(forWritingAtPath: partial))
    try file.seekToEnd()
    try file.write(contentsOf: Data(fragment(2).bytes))
    try file.close()
    try writer?.abandon()
    #expect(try Data(contentsOf: URL(filePath: partial)).count == Int(durable))
    writer = nil
    guard case .finished(let finished) = try #require(try disk.vault.recoverLeftovers().recovered.first) else {
      Issue.record("was set aside")
      return
    }
    #expect(try disk.read(try disk.bytes(finished.file)).fragments.count == 2)
  }

  @Test func aLineAfterATornOneStandsForItself() throws {
    let disk = try CameraDisk(House())
    let time = WallTime(seconds: 1_795_469_070)
    let file = "\(disk.path)/journal/\(try disk.vault.note("first", at: time))"
    let torn = try #require(FileHandle(forWritingAtPath: file))
    try torn.seekToEnd()
    try torn.write(contentsOf: Data("seco".utf8))
    try torn.close()
    try disk.vault.note("third", at: time)
    try disk.vault.note("fourth", at: time)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "first\nseco\nthird\nfourth\n")
  }

  @Test func aPartialThatSomebodyWritesIsLeftAlone() throws {
    let disk = try CameraDisk(House())
    let writer = try SegmentWriter(
      in: disk.vault, identity: disk.house.identity(disk.house.first), initialisation: header)
    try write(1, to: writer)
    let (recovered, problems) = try disk.vault.recoverLeftovers()
    #expect(recovered.isEmpty)
    #expect(problems.isEmpty)
    _ = try writer.close()
  }

  @Test func sequencesGoOnOverRestarts() throws {
    let disk = try CameraDisk(House())
    #expect(try disk.vault.nextSequence() == 1)
    let writer = try SegmentWriter(
      in: disk.vault, identity: disk.house.identity(disk.house.first, sequence: 41), initialisation: header)
    #expect(try disk.vault.nextSequence() == 42)
    try write(1, to: writer)
    _ = try writer.close()
    #expect(try disk.vault.nextSequence() == 42)
  }

  @Test func anOpenEventIsFoundAgain() throws {
    let disk = try CameraDisk(House())
    var generator = SystemRandomNumberGenerator()
    var event = Event(
      id: .mint(camera: disk.house.first, using: &generator), start: WallTime(seconds: 1_795_469_070), end: nil,
      best: WallTime(seconds: 1_795_469_071), peak: 0.1, boxes: [], reasons: ["area"], zones: [])
    _ = try disk.vault.write(event)
    #expect(try disk.vault.openEvents() == [event])
    event.end = WallTime(seconds: 1_795_469_080)
    _ = try disk.vault.write(event)
    #expect(try disk.vault.openEvents().isEmpty)
  }
}
