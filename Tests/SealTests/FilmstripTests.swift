import Domain
import Files
import Foundation
import Seal
import Testing
import VaultWriter

/// A camera's filmstrip on the real disk, read as the door reads it.
private final class Strip {
  let house: House
  let path = NSTemporaryDirectory() + "/hearth-strip-" + UUID().uuidString
  let vault: CameraVault
  /// 2026-11-23T21:58:00Z.
  let start = WallTime(seconds: 1_795_471_080)

  init() throws {
    house = try House()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    vault = try CameraVault(folder: path, key: house.key(house.first), installation: house.installation)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func jpeg(_ color: Int) -> [UInt8] {
    [0xff, 0xd8, 0xff] + [UInt8](repeating: UInt8(color), count: 500 + color) + [0xff, 0xd9]
  }

  /// Pictures ten seconds apart, by one start of a worker.
  func write(_ colors: Range<Int>) throws {
    let writer = FilmstripWriter(in: vault)
    for color in colors { try writer.append(jpeg(color), at: start + .seconds(Int64(color) * 10)) }
  }

  func files() throws -> [String] {
    let strip = try Descriptor.open("\(path)/filmstrip", .folder)
    return try strip.names().filter { CivilDate(text: $0) != nil }
      .flatMap { day in try Descriptor.open(day, in: strip, .folder).names().map { "\(day)/\($0)" } }
  }

  func bytes(_ file: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/filmstrip/\(file)")))
  }

  func put(_ bytes: [UInt8], _ file: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/filmstrip/\(file)"))
  }

  func reader(_ file: String, of camera: CameraID? = nil, key: CameraKey? = nil) throws -> SheetReader {
    let camera = camera ?? house.first
    let sheet = try #require(FilmstripSheet(file: file, of: camera))
    let bytes = try bytes(file)
    return SheetReader(try #require(FilmstripSeal(sheet, key: key ?? house.key(camera))), size: UInt64(bytes.count)) {
      Array(bytes.dropFirst(Int($0)).prefix($1))
    }
  }

  func recover() throws -> [String] {
    let (setAside, problems) = try vault.recoverFilmstrip()
    #expect(problems.isEmpty)
    return setAside
  }
}

@Suite struct FilmstripTests {
  private let strip: Strip
  init() throws { strip = try Strip() }

  @Test func aSheetHoldsItsHourPictureAfterPicture() throws {
    try strip.write(0..<20)
    let files = try strip.files()
    #expect(files.map { String($0.prefix(13)) } == ["2026-11-23/21", "2026-11-23/22"])
    var seen: [Int] = []
    for file in files {
      let reader = try strip.reader(file)
      for picture in try reader.pictures() {
        let color = Int((picture.time - strip.start).inSeconds / 10)
        // A JPEG for any viewer: its own bytes, with a segment that viewers skip.
        let bytes = try reader.bytes(of: picture)
        let original = strip.jpeg(color)
        #expect(bytes.prefix(4) == [0xff, 0xd8, 0xff, 0xe9])
        #expect(bytes.suffix(original.count - 2) == original.dropFirst(2))
        seen.append(color)
      }
    }
    #expect(seen == Array(0..<20))
  }

  @Test func aNewStartOfTheWorkerBeginsANewSheetAndWritesOverNone() throws {
    try strip.write(0..<3)
    let before = try strip.files()
    let bytes = try strip.bytes(before[0])
    try strip.write(3..<5)
    #expect(try strip.files().count == 2)
    #expect(try strip.bytes(before[0]) == bytes)
  }

  @Test func everyCutOfASheetKeepsItsWholePictures() throws {
    try strip.write(0..<4)
    let file = try strip.files()[0]
    let whole = try strip.bytes(file)
    let ends = try strip.reader(file).pictures().map { Int($0.end) }
    for length in stride(from: 1, to: whole.count, by: 37) {
      try strip.put(Array(whole.prefix(length)), file)
      let kept = ends.filter { $0 <= length }.count
      #expect(try strip.reader(file).pictures().count == kept)
      guard kept > 0 else { continue }
      #expect(try strip.recover().isEmpty)
      #expect(try strip.bytes(file) == Array(whole.prefix(ends[kept - 1])))
    }
  }

  /// As a power cut leaves it: the file's length was written, its bytes were not.
  @Test func aTornLastPictureIsCutAtTheStart() throws {
    try strip.write(0..<4)
    let file = try strip.files()[0]
    let whole = try strip.bytes(file)
    let ends = try strip.reader(file).pictures().map { Int($0.end) }
    var torn = whole
    for index in (ends[2] + 300)..<whole.count { torn[index] = 0 }
    try strip.put(torn, file)
    #expect(try strip.recover().isEmpty)
    #expect(try strip.bytes(file) == Array(whole.prefix(ends[2])))
  }

  @Test func aSheetWithoutAWholePictureIsSetAside() throws {
    try strip.write(0..<1)
    let file = try strip.files()[0]
    try strip.put(Array(try strip.bytes(file).prefix(200)), file)
    #expect(try strip.recover() == ["filmstrip/set-aside/\(file.replacing("/", with: "-"))"])
    #expect(try strip.files().isEmpty)
  }

  @Test func anotherCamerasSheetIsNoneOfThisOnesWhateverItsName() throws {
    try strip.write(0..<3)
    let file = try strip.files()[0]
    let (first, second) = (strip.house.first, strip.house.second)
    #expect(FilmstripSeal(try #require(FilmstripSheet(file: file, of: first)), key: strip.house.key(second)) == nil)
    #expect(throws: SheetFault.otherIdentity) { try strip.reader(file, of: second).pictures() }
    // The camera's own quarantine is another key.
    let reader = try strip.reader(file, key: strip.house.key(first).quarantine)
    #expect(throws: SheetFault.altered) { try reader.bytes(of: reader.pictures()[0]) }
    let other = try #require(FilmstripSheet(file: "2026-11-23/20\(file.dropFirst(13))", of: first))
    try FileManager.default.moveItem(
      atPath: "\(strip.path)/filmstrip/\(file)", toPath: "\(strip.path)/filmstrip/\(other.file)")
    #expect(throws: SheetFault.otherIdentity) { try strip.reader(other.file).pictures() }
    #expect(try strip.recover().count == 1)
  }

  @Test func noPictureCanTakeAnothersPlace() throws {
    try strip.write(0..<4)
    let file = try strip.files()[0]
    let whole = try strip.bytes(file)
    let parts = try strip.reader(file).pictures().map { Array(whole[Int($0.offset)..<Int($0.end)]) }
    for order in [[1, 0, 2, 3], [0, 2, 3], [0, 0, 1], [0, 1, 3]] {
      try strip.put(order.flatMap { parts[$0] }, file)
      #expect(throws: SheetFault.otherIdentity) { try strip.reader(file).pictures() }
    }
  }

  @Test func everyByteIsSealed() throws {
    try strip.write(0..<2)
    let file = try strip.files()[0]
    let whole = try strip.bytes(file)
    let last = try #require(try strip.reader(file).pictures().last)
    for place in Int(last.offset)..<whole.count {
      var altered = whole
      altered[place] ^= 0x10
      try strip.put(altered, file)
      let reader = try strip.reader(file)
      let opened = try? reader.pictures().dropFirst().first.map { try reader.bytes(of: $0) }
      #expect((opened ?? nil) == nil, "byte \(place) can be another")
    }
  }
}
