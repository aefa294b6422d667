import Domain
import Settings
import Testing

@Suite struct CameraPinTests {
  let scratch: Scratch
  let folders: CameraFolders

  init() throws {
    scratch = try Scratch()
    folders = CameraFolders(data: try DataDirectory.open(scratch.path))
  }

  private func evidence(_ hardware: String, path: String) -> DeviceEvidence {
    DeviceEvidence(
      host: "192.168.1.21", port: 554, path: path, hardware: HardwareAddress(text: hardware), realm: "cam",
      session: "one", layout: "video", parameterSets: "sets")
  }

  private func channel(_ digit: Character, _ name: String, _ path: String) throws -> CameraSettings {
    var camera = try settings(digit, name)
    camera.main = try CameraAddress(scheme: .rtsp, host: "192.168.1.21", port: 554, path: path)
    return camera
  }

  @Test func aPinIsKeptBesideTheSettingsAndForgottenOnRequest() throws {
    let camera = try channel("1", "One", "/1")
    try folders.create(camera, password: nil)
    #expect(try folders.pin(of: camera.id) == nil)
    let pin = CameraPin(main: evidence("02:00:5e:10:00:01", path: "/1"))
    try folders.setPin(pin, of: camera.id)
    #expect(try folders.pin(of: camera.id) == pin)
    #expect(try folders.read(camera.id) == camera)
    try folders.setPin(nil, of: camera.id)
    #expect(try folders.pin(of: camera.id) == nil)
  }

  @Test func aDamagedPinIsNamedAndTakesNothingElseAway() throws {
    let camera = try channel("1", "One", "/1")
    try folders.create(camera, password: nil)
    try scratch.write("{", to: "cameras/\(camera.id.text)/settings/pin.json")
    let problem = #expect(throws: Problem.self) { try folders.pin(of: camera.id) }
    #expect(problem?.what.contains("pin.json") == true)
    #expect(try folders.read(camera.id) == camera)
    try folders.update(camera)
  }

  @Test func theOwnersWordMovesTheStreamOnTheSameDevice() throws {
    var camera = try channel("1", "One", "/1")
    try folders.create(camera, password: nil)
    try folders.setPin(CameraPin(main: evidence("02:00:5e:10:00:01", path: "/1")), of: camera.id)
    camera.main = try CameraAddress(scheme: .rtsp, host: "192.168.1.21", port: 8554, path: "/high")
    try folders.update(camera)
    let pin = try #require(try folders.pin(of: camera.id)?.main)
    #expect(pin.path == "/high")
    #expect(pin.port == 8554)
    #expect(pin.hardware == HardwareAddress(text: "02:00:5e:10:00:01"))
    #expect(pin.realm == "cam")
    #expect(pin.parameterSets == nil, "another stream describes itself anew")
  }

  @Test func anotherAddressAloneLeavesThePin() throws {
    var camera = try channel("1", "One", "/1")
    try folders.create(camera, password: nil)
    let pin = CameraPin(main: evidence("02:00:5e:10:00:01", path: "/1"))
    try folders.setPin(pin, of: camera.id)
    camera.main = try CameraAddress(scheme: .rtsp, host: "192.168.1.99", port: 554, path: "/1")
    try folders.update(camera)
    #expect(try folders.pin(of: camera.id) == pin)
  }

  @Test func exchangedChannelsKeepTheirPins() throws {
    var one = try channel("1", "One", "/1")
    var two = try channel("2", "Two", "/2")
    try folders.create(one, password: nil)
    try folders.create(two, password: nil)
    let (pinOne, pinTwo) = (evidence("02:00:5e:10:00:01", path: "/1"), evidence("02:00:5e:10:00:01", path: "/2"))
    try folders.setPin(CameraPin(main: pinOne), of: one.id)
    try folders.setPin(CameraPin(main: pinTwo), of: two.id)
    swap(&one.main, &two.main)
    try folders.update(one)
    try folders.update(two)
    #expect(try folders.pin(of: one.id)?.main == pinOne)
    #expect(try folders.pin(of: two.id)?.main == pinTwo)
  }

  @Test func aDetectionStreamThatIsGoneIsForgotten() throws {
    var camera = try channel("1", "One", "/1")
    camera.detect = try CameraAddress(scheme: .rtsp, host: "192.168.1.21", port: 554, path: "/sub")
    try folders.create(camera, password: nil)
    let main = evidence("02:00:5e:10:00:01", path: "/1")
    try folders.setPin(CameraPin(main: main, detect: evidence("02:00:5e:10:00:01", path: "/sub")), of: camera.id)
    camera.detect = nil
    try folders.update(camera)
    #expect(try folders.pin(of: camera.id) == CameraPin(main: main))
  }

  @Test func acceptingADeviceMakesTheWorkerBeginAnew() throws {
    let camera = try channel("1", "One", "/1")
    try folders.create(camera, password: Secret("secret"))
    let folder = "cameras/\(camera.id.text)/settings"
    let settings = try scratch.inode("\(folder)/camera.json")
    try folders.trust(CameraPin(main: evidence("02:00:5e:10:00:02", path: "/1")), of: camera.id)
    let first = try scratch.inode("\(folder)/restart")
    try folders.trust(nil, of: camera.id)
    #expect(try scratch.inode("\(folder)/restart") != first)
    #expect(try scratch.inode("\(folder)/camera.json") == settings)
    #expect(try folders.read(camera.id) == camera)
    #expect(try folders.password(camera.id) == Secret("secret"))
  }
}
