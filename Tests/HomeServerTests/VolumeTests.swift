import Domain
import Files
import Foundation
import HomeServer
import Household
import Settings
import Testing
import Volumes

/// A house of two cameras, the first of which has every other segment, its events and its journal on a volume: a folder
/// with a marker, that goes and comes by being renamed.
private final class Moved {
  let house = Recorded()
  let volume: String
  let camera: CameraID
  let place: MediaPlace

  init() async throws {
    try await house.record(cameras: 2, segments: 20)
    _ = try await house.open().rebuilt()
    volume = house.path + "-volume"
    camera = house.cameras[0]
    let data = try DataDirectory.open(house.path)
    var generator = SystemRandomNumberGenerator()
    place = MediaPlace(path: volume, volume: .mint(using: &generator))
    let (files, home) = (FileManager.default, data.cameraPath(camera))
    let there = "\(volume)/cameras/\(camera.text)"
    try files.createDirectory(atPath: "\(there)/media/2026-11-23", withIntermediateDirectories: true)
    try VolumeMarker(
      installation: data.installation.raw.text, volume: place.volume.text, keyCheck: data.keyCheck
    ).write(in: Descriptor.open(volume, .folder))
    for (index, file) in (house.files[camera] ?? []).enumerated() where index % 2 == 1 {
      try files.moveItem(atPath: "\(home)/media/\(file)", toPath: "\(there)/media/\(file)")
    }
    for part in ["events", "journal"] { try files.moveItem(atPath: "\(home)/\(part)", toPath: "\(there)/\(part)") }
    try change { $0.moveRecording(to: place) }
  }

  deinit {
    for end in ["", "-away"] { try? FileManager.default.removeItem(atPath: volume + end) }
  }

  func change(_ change: (inout CameraSettings) -> Void) throws {
    let folders = CameraFolders(data: try DataDirectory.open(house.path))
    var settings = try folders.read(camera)
    change(&settings)
    try folders.update(settings)
  }

  func takeAway() throws { try FileManager.default.moveItem(atPath: volume, toPath: volume + "-away") }
  func bringBack() throws { try FileManager.default.moveItem(atPath: volume + "-away", toPath: volume) }

  func count(_ core: APIHandler) async throws -> Int? { try await core.ask("GET", "storage")["segments"] as? Int }

  func answer(_ core: APIHandler, _ method: String, _ path: String, _ query: [String: String] = [:]) async throws
    -> (status: Int, text: String)
  {
    let response = await core.respond(
      to: APIRequest(
        method: method, path: ["api", "v1"] + path.split(separator: "/").map(String.init), query: query,
        credential: .console, peer: "test"))
    return (response.status, String(decoding: try await response.collect(), as: UTF8.self))
  }

  /// Playing minute `number` of the camera.
  func play(_ core: APIHandler, minute number: Int64) async throws -> (status: Int, text: String) {
    let begin = Recorded.start + .seconds(number * 60 + 5)
    return try await answer(
      core, "GET", "cameras/\(camera.text)/video.mp4", ["from": begin.rfc3339, "to": (begin + .seconds(20)).rfc3339])
  }
}

@Suite struct AwayVolumeTests {
  @Test func footageIsFoundWhereverItLies() async throws {
    let moved = try await Moved()
    let before = try await moved.house.told(try await moved.house.open())
    let core = try await moved.house.open()
    #expect(try await core.rebuilt()["listed"] as? Int == 40)
    #expect(try await moved.house.told(core) == before)
    for minute in [0, 1] as [Int64] { #expect(try await moved.play(core, minute: minute).status == 200) }
    let volumes = try #require(try await core.ask("GET", "storage")["volumes"] as? [[String: Any]])
    #expect(volumes.map { $0["state"] as? String } == ["ready"])
    let check = try await core.ask("GET", "check")
    #expect((check["findings"] as? [Any])?.isEmpty == true, "\(check)")
  }

  @Test func whileItIsAwayNothingPassesForGoneAndNothingOfItsCameraIsDeleted() async throws {
    let moved = try await Moved()
    let before = try await moved.house.told(try await moved.house.open())
    try moved.takeAway()
    let core = try await moved.house.open()
    try await core.setRetention(#"{"continuousSeconds":86400,"motionSeconds":86400}"#)
    let plan = try await core.ask("GET", "retention/plan")
    let cameras = Set((plan["deletions"] as? [[String: Any]] ?? []).compactMap { $0["camera"] as? String })
    #expect(cameras == [moved.house.cameras[1].text])
    let held = try #require(plan["held"] as? [String])
    #expect(held.count == 1 && held[0].contains("nothing of Camera 1 is deleted"), "\(held)")
    #expect(held[0].contains("the volume at \(moved.volume) is not mounted"))
    #expect(try await moved.house.told(core) == before)
    // What is there can be seen; what is not says why.
    #expect(try await moved.play(core, minute: 0).status == 200)
    let (status, text) = try await moved.play(core, minute: 1)
    #expect(status == 503 && text.contains("the volume at \(moved.volume) is not mounted"), "\(status) \(text)")
    let findings = try await core.ask("GET", "check")["findings"] as? [[String: Any]] ?? []
    #expect(findings.map { $0["where"] as? String } == ["Camera 1"])
    // Making the list anew now would leave out what is away.
    #expect(try await moved.answer(core, "POST", "rebuild").status == 409)
    #expect(!FileManager.default.fileExists(atPath: moved.volume))
    try moved.bringBack()
    let back = try await moved.house.open()
    let again = try await back.ask("GET", "retention/plan")
    #expect(try await moved.house.told(back) == before)
    #expect((again["deletions"] as? [Any])?.count == 36, "\(again["held"] ?? "")")
    _ = try await back.ask("POST", "retention/apply", #"{"plan":"\#(again["plan"] as? String ?? "")"}"#)
    let left = try FileManager.default.contentsOfDirectory(
      atPath: "\(moved.volume)/cameras/\(moved.camera.text)/media/2026-11-23")
    #expect(left.count == 1)
  }

  @Test func aDeletionThatWasCutShortWaitsForTheVolume() async throws {
    let moved = try await Moved()
    let core = try await moved.house.open()
    try await core.setRetention(#"{"continuousSeconds":86400,"motionSeconds":86400}"#)
    let plan = try await core.ask("GET", "retention/plan")["plan"] as? String ?? ""
    try moved.takeAway()
    // The server has not noticed yet, or just has: in neither case is a file forgotten.
    _ = await core.respond(
      to: APIRequest(
        method: "POST", path: ["api", "v1", "retention", "apply"], body: Array(#"{"plan":"\#(plan)"}"#.utf8),
        credential: .console, peer: "test"))
    try moved.bringBack()
    let back = try await moved.house.open()
    let again = try await back.ask("GET", "retention/plan")["plan"] as? String ?? ""
    _ = try await back.ask("POST", "retention/apply", #"{"plan":"\#(again)"}"#)
    let left = try FileManager.default.contentsOfDirectory(
      atPath: "\(moved.volume)/cameras/\(moved.camera.text)/media/2026-11-23")
    #expect(left.count == 1)
    let check = try await back.ask("GET", "check")
    #expect((check["findings"] as? [Any])?.isEmpty == true, "\(check)")
  }

  @Test func aVolumeThatIsGoneForGoodCanBeForgotten() async throws {
    let moved = try await Moved()
    try moved.takeAway()
    // Where it is recorded now can't be forgotten; only what it was recorded on before.
    let core = try await moved.house.open()
    _ = try await core.ask("PUT", "media", #"{"forget":"\#(moved.volume)"}"#)
    #expect(try await moved.count(core) == 40)
    try moved.change { $0.moveRecording(to: nil) }
    let later = try await moved.house.open()
    #expect(try await moved.count(later) == 40)
    _ = try await later.ask("PUT", "media", #"{"forget":"\#(moved.volume)"}"#)
    #expect(try await moved.count(later) == 30)
    #expect((try await later.ask("GET", "storage")["volumes"] as? [Any])?.isEmpty == true)
  }
}
