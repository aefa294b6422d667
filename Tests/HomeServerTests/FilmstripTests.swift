import Domain
import Foundation
import HomeServer
import Housekeeping
import Household
import Seal
import Testing
import VaultWriter

/// The filmstrip by the API, and how it goes with its footage.
@Suite struct FilmstripTests {
  private let house = Recorded()

  /// Two hours of footage from midnight on, and of each camera a picture every five minutes of three hours, whose bytes
  /// are the camera's number.
  private func record(cameras: Int = 1) async throws {
    try await house.record(cameras: cameras, segments: 120)
    for (number, camera) in house.cameras.enumerated() {
      let writer = FilmstripWriter(in: try house.vault(of: camera))
      for minute in stride(from: Int64(0), to: 180, by: 5) {
        let color = UInt8(number + 1)
        try writer.append(
          [0xff, 0xd8, 0xff, color, color, 0xff, 0xd9], at: Recorded.start + .seconds(minute * 60))
      }
    }
  }

  private func times(_ core: APIHandler, _ camera: CameraID, limit: Int = 500) async throws -> [String] {
    let query = [
      "from": Recorded.start.rfc3339, "to": (Recorded.start + .seconds(86_400)).rfc3339, "limit": "\(limit)",
    ]
    let answer = try await core.ask("GET", "cameras/\(camera.text)/filmstrip", query: query)
    #expect(answer["camera"] as? String == camera.text)
    return answer["pictures"] as? [String] ?? []
  }

  private func picture(_ core: APIHandler, _ camera: CameraID, at time: String) async throws -> APIResponse {
    await core.respond(
      to: APIRequest(
        method: "GET", path: ["api", "v1", "cameras", camera.text, "filmstrip.jpg"], query: ["at": time], headers: [:],
        body: [], credential: .console, peer: "test"))
  }

  @Test func eachCameraShowsItsOwnPicturesByTheirTimes() async throws {
    try await record(cameras: 2)
    let core = try await house.open()
    for (number, camera) in house.cameras.enumerated() {
      let times = try await times(core, camera)
      #expect(times.count == 36 && times == times.sorted())
      #expect(try await self.times(core, camera, limit: 10).count == 2, "the first of each 144 minutes")
      for time in times.prefix(5) {
        let answer = try await picture(core, camera, at: time)
        #expect(answer.status == 200)
        let headers = Dictionary(answer.headers, uniquingKeysWith: { $1 })
        #expect(headers["hearth-camera"] == camera.text && headers["hearth-time"] == time)
        #expect(headers["cache-control"] == "no-store" && headers["content-type"] == "image/jpeg")
        #expect(try await answer.collect().dropLast(2).last == UInt8(number + 1))
      }
    }
    #expect(try await picture(core, house.cameras[0], at: "2026-11-23T00:00:01Z").status == 404)
    #expect(try await picture(core, house.cameras[0], at: "yesterday").status == 400)
  }

  @Test func anotherCamerasSheetIsRefusedSetAsideAndTold() async throws {
    try await record(cameras: 2)
    let core = try await house.open()
    let day = Recorded.start.day.text
    let folders = house.cameras.map { "\(house.path)/cameras/\($0.text)/filmstrip/\(day)" }
    let names = try folders.map { try FileManager.default.contentsOfDirectory(atPath: $0).sorted()[0] }
    try FileManager.default.removeItem(atPath: "\(folders[0])/\(names[0])")
    try FileManager.default.copyItem(atPath: "\(folders[1])/\(names[1])", toPath: "\(folders[0])/\(names[0])")
    let found = try await core.ask("GET", "check")["findings"] as? [[String: Any]]
    #expect(found?.count == 1)
    let answer = try await picture(core, house.cameras[0], at: Recorded.start.rfc3339)
    #expect(answer.status == 500)
    #expect(try await core.ask("GET", "alarms")["count"] as? Int == 1)
    #expect(!FileManager.default.fileExists(atPath: "\(folders[0])/\(names[0])"))
    #expect(try await picture(core, house.cameras[0], at: Recorded.start.rfc3339).status == 404)
    #expect(try await times(core, house.cameras[0]).count == 24)
  }

  @Test func anHoursPicturesGoWithTheLastFootageOfThatHour() async throws {
    try await record()
    let core = try await house.open()
    _ = try await core.rebuilt()
    let camera = house.cameras[0]
    #expect(try await core.ask("GET", "check")["checked"].flatMap { ($0 as? [String: Int])?["pictures"] } == 36)
    // The first two minutes are protected: footage of the first hour stays, and so do its pictures.
    _ = try await core.ask("POST", "retention/trust-clock", "{}")
    try await core.setRetention(#"{"continuousSeconds":86400,"motionSeconds":86400}"#)
    let plan = try await core.ask("GET", "retention/plan")
    #expect((plan["deletions"] as? [Any])?.count == 118)
    _ = try await core.ask("POST", "retention/apply", #"{"plan":"\#(plan["plan"] ?? "")"}"#)
    // Of the third hour there never was footage that anybody deleted.
    let hours = try await times(core, camera).map { $0.dropFirst(11).prefix(2) }
    #expect(hours == [Substring](repeating: "00", count: 12) + [Substring](repeating: "02", count: 12))
    let log = try await core.housekeeper.household.deletions(of: .all, limit: 1000).deletions
    let sheets = log.filter { $0.rule == "filmstrip" }.map { String($0.file.prefix(23)) }
    #expect(sheets == ["filmstrip/2026-11-23/01"])
  }
}
