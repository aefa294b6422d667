import Domain
import FoundationEssentials
import Settings
import Testing

private struct House {
  let scratch: Scratch
  let folders: CameraFolders

  init() throws {
    scratch = try Scratch()
    folders = CameraFolders(data: try DataDirectory.open(scratch.path))
  }

  func camera(_ digit: Character) -> String { "cameras/\(String(repeating: digit, count: 32))" }
}

private func told(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch { return "\(error)" }
}

@Suite struct CameraFoldersTests {
  @Test func aCameraIsReadBackAsItWasWrittenWithItsSecretApart() throws {
    let house = try House()
    var camera = try settings("1", "Front door")
    camera.user = "recorder"
    try house.folders.create(camera, password: Secret("s3cret"))
    #expect(try house.folders.read(camera.id) == camera)
    #expect(try house.folders.password(camera.id) == Secret("s3cret"))
    #expect(try house.folders.ids() == [camera.id])
    #expect(try house.scratch.mode("\(house.camera("1"))/settings/secret") == 0o600)
    #expect(try house.scratch.mode("\(house.camera("1"))/settings") == 0o700)
    #expect(try !house.scratch.text("\(house.camera("1"))/settings/camera.json").contains("s3cret"))
    for name in ["marks", "media", "events", "filmstrip", "journal", "run"] {
      #expect(try house.scratch.mode("\(house.camera("1"))/\(name)") == 0o700)
    }
  }

  @Test func updatingKeepsSetsAndRemovesThePassword() throws {
    let house = try House()
    var camera = try settings("1", "Front door")
    try house.folders.create(camera, password: Secret("a"))
    camera.record = .motion
    try house.folders.update(camera)
    #expect(try house.folders.read(camera.id).record == .motion)
    #expect(try house.folders.password(camera.id) == Secret("a"))
    try house.folders.update(camera, password: .set(Secret("b")))
    #expect(try house.folders.password(camera.id) == Secret("b"))
    try house.folders.update(camera, password: .remove)
    #expect(try house.folders.password(camera.id) == nil)
  }

  @Test func whatIsTheSameIsNotWritten() throws {
    let house = try House()
    var camera = try settings("1", "Front door")
    try house.folders.create(camera, password: Secret("a"))
    let files = ["camera.json", "secret"].map { "\(house.camera("1"))/settings/\($0)" }
    func inodes() throws -> [UInt64] { try files.map(house.scratch.inode) }
    let before = try inodes()
    try house.folders.update(camera)
    #expect(try inodes() == before)
    // A password that is given again asks for a new attempt.
    try house.folders.update(camera, password: .set(Secret("a")))
    #expect(try inodes()[1] != before[1])
    try house.folders.update(camera, password: .set(Secret("b")))
    let second = try inodes()
    // The settings' file too: by it the supervisor sees that there is something new.
    #expect(second[0] != before[0] && second[1] != before[1])
    camera.audio = true
    try house.folders.update(camera)
    #expect(try inodes()[0] != second[0] && inodes()[1] == second[1])
  }

  @Test func anArchivedCameraKeepsItsFolderAndGivesItsNameFree() throws {
    let house = try House()
    let old = try settings("1", "Garden")
    try house.folders.create(old, password: nil)
    #expect(
      told { try house.folders.create(settings("2", "Garden"), password: nil) }
        == "there is already a camera called \"Garden\" — choose another name")
    try house.folders.archive(old.id)
    try house.folders.create(settings("2", "Garden"), password: nil)
    let listing = try house.folders.list()
    #expect(listing.cameras.count == 2)
    #expect(listing.active.map(\.id) == [try cameraID("2")])
  }

  @Test(arguments: [
    ("{\"name\":\"A\"", "can't be used: it is not JSON"),
    ("{\"nmae\":\"A\"}", "has a key that is not known: \"nmae\" — did you mean \"name\"?"),
    (
      "{\"motion\":{\"sensitivty\":5}}",
      "has a key that is not known: \"motion.sensitivty\" — did you mean \"sensitivity\"?"
    ),
    (
      "{\"main\":{\"host\":\"a\",\"password\":\"x\"}}",
      "has a key that is not known: \"main.password\" — take it out; known here: host, path, port, scheme"
    ),
    ("{\"id\":\"11111111111111111111111111111111\"}", "can't be used: \"name\" is missing"),
    (
      "{\"id\":\"22222222222222222222222222222222\",\"name\":\"A\",\"main\":{\"host\":\"a.lan\"}}",
      "names the camera 22222222222222222222222222222222, not its folder's"
    ),
    (
      "{\"id\":\"11111111111111111111111111111111\",\"name\":\"\",\"main\":{\"host\":\"a.lan\"}}",
      "can't be used: a camera's name is empty or too long"
    ),
  ])
  func damagedSettingsAreNamedByFileAndKeyAndTakeNothingFromTheOthers(_ text: String, _ what: String) throws {
    let house = try House()
    try house.folders.create(settings("1", "Front door"), password: nil)
    try house.folders.create(settings("2", "Garden"), password: nil)
    try house.scratch.write(text, to: "\(house.camera("1"))/settings/camera.json")
    let listing = try house.folders.list()
    #expect(listing.cameras.map(\.name) == ["Garden"])
    let file = "\(house.scratch.path)/\(house.camera("1"))/settings/camera.json"
    #expect(listing.problems.map { $0.problem.exit } == [.configuration])
    #expect(listing.problems.map { "\($0.problem)".hasPrefix("\(file) \(what)") } == [true])
  }

  @Test func foreignFoldersAreLeftAlone() throws {
    let house = try House()
    try house.scratch.write("x", to: "cameras/lost+found/thing")
    try house.scratch.write("x", to: "cameras/\(String(repeating: "A", count: 32))/settings/camera.json")
    try house.scratch.write("x", to: "cameras/\(String(repeating: "b", count: 32))/media/thing")
    #expect(try house.folders.ids() == [])
  }

  @Test func aSecretThatOthersMayReadIsRefused() throws {
    let house = try House()
    try house.folders.create(settings("1", "A"), password: Secret("a"))
    try house.scratch.write("a", to: "\(house.camera("1"))/settings/secret", mode: 0o644)
    #expect(
      told { _ = try house.folders.password(cameraID("1")) }?.contains("can be read by others (mode 0644)") == true)
  }

  @Test(arguments: ["", "two\nlines", "nul\0"])
  func aPasswordThatIsNotALineOfTextIsRefused(_ password: String) throws {
    let house = try House()
    #expect(told { try house.folders.create(settings("1", "A"), password: Secret(password)) } != nil)
    #expect(try house.folders.ids() == [])
  }

  @Test func anUnknownCameraIsNamed() throws {
    let house = try House()
    #expect(
      told { _ = try house.folders.read(cameraID("9")) }
        == "there is no camera 99999999999999999999999999999999 — see the cameras with: hearth camera list")
  }
}
