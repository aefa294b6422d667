import Domain
import FoundationEssentials
import Glibc
import Settings
import Testing

private final class House {
  let scratch: Scratch
  let folders: CameraFolders
  var known: KnownCameras

  init() throws {
    scratch = try Scratch()
    folders = CameraFolders(data: try DataDirectory.open(scratch.path))
    known = KnownCameras(folders)
  }

  /// Long after anything that was written.
  func later() throws -> CameraFolders.Listing { try known.list(now: WallTime(seconds: Int64(time(nil)) + 10)) }

  func file(_ digit: Character) -> String { "cameras/\(String(repeating: digit, count: 32))/settings/camera.json" }
}

@Suite struct KnownCamerasTests {
  @Test func whatDidNotChangeIsReadOnce() throws {
    let house = try House()
    for (digit, name) in [("1", "Front door"), ("2", "Garden")] as [(Character, String)] {
      try house.folders.create(settings(digit, name), password: nil)
    }
    for _ in 1...3 { #expect(try house.later().cameras.map(\.name) == ["Front door", "Garden"]) }
    #expect(house.known.reads == 2)
  }

  @Test func everyChangeIsSeenAtTheNextLookAndOnlyThatFileIsRead() throws {
    let house = try House()
    var door = try settings("1", "Front door")
    try house.folders.create(door, password: nil)
    try house.folders.create(settings("2", "Garden"), password: nil)
    _ = try house.later()
    for name in ["Back door", "Side door", "Back door"] {
      door.name = name
      try house.folders.update(door)
      #expect(try house.later().cameras.map(\.name) == [name, "Garden"])
    }
    #expect(house.known.reads == 5)
    try house.folders.archive(door.id)
    #expect(try house.later().active.map(\.name) == ["Garden"])
  }

  @Test func whatWasWrittenIntoTheFileWithItsTimePutBackIsSeen() throws {
    let house = try House()
    try house.folders.create(settings("1", "Front door"), password: nil)
    _ = try house.later()
    let path = "\(house.scratch.path)/\(house.file("1"))"
    var before = stat()
    #expect(stat(path, &before) == 0)
    let text = try house.scratch.text(house.file("1")).replacing("Front door", with: "Stair door")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var times = [before.st_atim, before.st_mtim]
    var after = before
    // Until the file system's clock has taken a step: what happens within one is for `settled`.
    repeat {
      #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
      #expect(stat(path, &after) == 0)
    } while (after.st_ctim.tv_sec, after.st_ctim.tv_nsec) == (before.st_ctim.tv_sec, before.st_ctim.tv_nsec)
    #expect((after.st_mtim.tv_sec, after.st_mtim.tv_nsec) == (before.st_mtim.tv_sec, before.st_mtim.tv_nsec))
    #expect(try house.later().cameras.map(\.name) == ["Stair door"])
  }

  @Test func aFileThatWasJustWrittenIsReadUntilItHasStoodStill() throws {
    let house = try House()
    try house.folders.create(settings("1", "Front door"), password: nil)
    for looks in 1...3 {
      _ = try house.known.list(now: WallTime(seconds: Int64(time(nil))))
      #expect(house.known.reads == looks)
    }
  }

  @Test func oneCamerasSettingsAreNeverToldAsAnothers() throws {
    let house = try House()
    let (door, garden) = try (settings("1", "Front door"), settings("2", "Garden"))
    for camera in [door, garden] { try house.folders.create(camera, password: nil) }
    _ = try house.later()
    // The files change places: each names another camera than its folder.
    let root = house.scratch.path
    for (from, to) in [(house.file("1"), "aside"), (house.file("2"), house.file("1")), ("aside", house.file("2"))] {
      #expect(rename("\(root)/\(from)", "\(root)/\(to)") == 0)
    }
    let listing = try house.later()
    #expect(listing.cameras.isEmpty)
    #expect(listing.problems.map(\.camera) == [door.id, garden.id])
  }

  @Test func whatCouldNotBeReadIsReadAgainAndWhatIsGoneIsForgotten() throws {
    let house = try House()
    let door = try settings("1", "Front door")
    try house.folders.create(door, password: nil)
    let text = try house.scratch.text(house.file("1"))
    _ = try house.later()
    try house.scratch.write("{", to: house.file("1"))
    for _ in 1...2 { #expect(try house.later().problems.map(\.camera) == [door.id]) }
    try house.scratch.write(text, to: house.file("1"))
    #expect(try house.later().cameras == [door])
    #expect(unlink("\(house.scratch.path)/\(house.file("1"))") == 0)
    #expect(try house.later().cameras.isEmpty)
  }
}
