import Domain
import Foundation
import HomeServer
import Household
import Testing

@Suite struct FootageDeletionTests {
  private func ask(
    _ core: APIHandler, _ method: String, _ path: String, _ query: [String: String]
  ) async throws -> (status: Int, answer: [String: Any]) {
    let response = await core.respond(
      to: APIRequest(
        method: method, path: ["api", "v1"] + path.split(separator: "/").map(String.init), query: query,
        credential: .console, peer: "test"))
    let bytes = try await response.collect()
    return (response.status, (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:])
  }

  private func span(_ from: Double, _ to: Double) -> [String: String] {
    ["from": (Recorded.start + .seconds(from * 60)).rfc3339, "to": (Recorded.start + .seconds(to * 60)).rfc3339]
  }

  @Test func theSegmentsThatASpanTouchesGoWholeWithTheirEvents() async throws {
    let house = Recorded()
    try await house.record(cameras: 2, segments: 20)
    let core = try await house.open()
    _ = try await core.rebuilt()
    let path = "cameras/\(house.cameras[0].text)/footage"
    // From the middle of minute 9 to the middle of minute 11; an event is in minute 10.
    let shown = try await ask(core, "GET", path, span(9.5, 11.5))
    #expect(shown.answer["segments"] as? Int == 3)
    #expect(shown.answer["events"] as? Int == 1)
    #expect(shown.answer["from"] as? String == span(9, 12)["from"])
    #expect(shown.answer["to"] as? String == span(9, 12)["to"])
    let plan = try #require(shown.answer["plan"] as? String)
    #expect(try await ask(core, "DELETE", path, span(9.5, 11.5)).status == 409)
    #expect(try await ask(core, "DELETE", path, span(9.5, 12.5).merging(["plan": plan]) { $1 }).status == 409)
    #expect(try house.present().values.map(\.count) == [20, 20])
    #expect(try await ask(core, "DELETE", path, span(9.5, 11.5).merging(["plan": plan]) { $1 }).status == 200)
    #expect(try house.present()[house.cameras[0]]?.count == 17)
    #expect(try house.present()[house.cameras[1]]?.count == 20)
    let events = try await core.ask("GET", "events", query: ["camera": house.cameras[0].text])["events"] as? [Any]
    #expect(events?.count == 1)
    let folder = "\(house.path)/cameras/\(house.cameras[0].text)/events/2026-11-23"
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    let log = try await core.ask("GET", "retention/log")["deletions"] as? [[String: Any]] ?? []
    #expect(log.map { $0["rule"] as? String } == ["byHand", "byHand", "byHand"])
    let views = try await core.ask("GET", "views")["views"] as? [[String: Any]] ?? []
    #expect(views.filter { $0["action"] as? String == "delete" }.count == 1)
    // Nothing comes back when the folders are read anew.
    _ = try await core.rebuilt()
    #expect(try await ask(core, "GET", path, span(9.5, 11.5)).answer["segments"] as? Int == 0)
    #expect((try await core.ask("GET", "check")["findings"] as? [Any])?.isEmpty == true)
  }

  @Test func protectedFootageStopsIt() async throws {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 5)
    let core = try await house.open()
    _ = try await core.rebuilt()
    let path = "cameras/\(house.cameras[0].text)/footage"
    #expect(try await ask(core, "GET", path, span(1, 4)).status == 409)
    #expect(try await ask(core, "GET", path, span(2, 4)).status == 200)
    #expect(try await ask(core, "GET", path, [:]).status == 400)
  }
}
