import Domain
import Foundation
import HomeServer
import Household
import Testing

@Suite struct ProtectionTests {
  private struct Stage {
    let house: Recorded
    let core: APIHandler
    /// Oldest first.
    let events: [String]
    let camera: String
  }

  /// Two cameras with 40 segments of a minute, an event in every tenth, and nothing protected.
  private func stage() async throws -> Stage {
    let house = Recorded()
    try await house.record(cameras: 2, segments: 40)
    for camera in house.cameras {
      try FileManager.default.removeItem(atPath: "\(house.path)/cameras/\(camera.text)/marks/protected.json")
    }
    let core = try await house.open()
    _ = try await core.rebuilt()
    let camera = house.cameras[0].text
    let events = try await core.ask("GET", "events", query: ["camera": camera])["events"] as? [[String: Any]] ?? []
    return Stage(house: house, core: core, events: events.compactMap { $0["id"] as? String }.reversed(), camera: camera)
  }

  /// Minutes since the start that a plan over everything would delete, of one camera.
  private func minutes(_ stage: Stage, of camera: Int = 0) async throws -> [Int] {
    let plan = try await stage.core.ask("GET", "retention/plan")
    return (plan["deletions"] as? [[String: Any]] ?? [])
      .filter { $0["camera"] as? String == stage.house.cameras[camera].text }
      .compactMap { ($0["from"] as? String).flatMap { WallTime(rfc3339: $0) } }
      .map { Int(($0 - Recorded.start).components.seconds / 60) }.sorted()
  }

  private func isProtected(_ stage: Stage, _ event: Int) async throws -> Bool? {
    try await stage.core.ask("GET", "events/\(stage.events[event])")["protected"] as? Bool
  }

  @Test func aProtectedEventAndItsRollsStayUntilTheProtectionIsTakenBack() async throws {
    let stage = try await stage()
    try await stage.core.setRetention(#"{"continuousSeconds":3600,"motionSeconds":3600}"#)
    #expect(try await minutes(stage) == Array(0..<40))
    // The event of minute 10 runs from second 10 to 20; 5 s before and 10 s after belong to it.
    let answer = try await stage.core.ask("PUT", "events/\(stage.events[1])/protection")
    #expect(answer["protected"] as? Bool == true)
    #expect(try await minutes(stage) == (0..<40).filter { $0 != 10 })
    #expect(try await minutes(stage, of: 1) == Array(0..<40))
    #expect(try await isProtected(stage, 1) == true)
    #expect(try await isProtected(stage, 0) == false)
    let listed = try await stage.core.ask("GET", "events", query: ["camera": stage.camera])
    let marked = (listed["events"] as? [[String: Any]] ?? []).filter { $0["protected"] as? Bool == true }
    #expect(marked.compactMap { $0["id"] as? String } == [stage.events[1]])
    // A second time changes nothing, and one taking back is enough.
    _ = try await stage.core.ask("PUT", "events/\(stage.events[1])/protection")
    #expect(try await stage.core.ask("DELETE", "events/\(stage.events[1])/protection")["protected"] as? Bool == false)
    #expect(try await minutes(stage) == Array(0..<40))
  }

  @Test func spansJoinAndAreCutOutAgain() async throws {
    let stage = try await stage()
    try await stage.core.setRetention(#"{"continuousSeconds":3600,"motionSeconds":3600}"#)
    func change(_ method: String, _ from: Int64, _ to: Int64) async throws -> [[String]] {
      let query = [
        "from": (Recorded.start + .seconds(from * 60)).rfc3339, "to": (Recorded.start + .seconds(to * 60)).rfc3339,
      ]
      let answer = try await stage.core.ask(method, "cameras/\(stage.camera)/protected", query: query)
      return (answer["spans"] as? [[String: Any]] ?? []).map {
        [$0["from"] as? String ?? "", $0["to"] as? String ?? ""].map { String($0.dropFirst(11).prefix(8)) }
      }
    }
    #expect(try await change("PUT", 5, 8) == [["00:05:00", "00:08:00"]])
    #expect(try await change("PUT", 8, 12) == [["00:05:00", "00:12:00"]])
    #expect(try await minutes(stage) == (0..<40).filter { !(5..<12).contains($0) })
    // The event of minute 10 lies in it.
    #expect(try await isProtected(stage, 1) == true)
    #expect(try await change("DELETE", 6, 7) == [["00:05:00", "00:06:00"], ["00:07:00", "00:12:00"]])
    #expect(try await minutes(stage) == (0..<40).filter { $0 != 5 && !(7..<12).contains($0) })
    // Taking the event back opens its footage of the span too; the rest of its segment keeps that whole.
    #expect(try await stage.core.ask("DELETE", "events/\(stage.events[1])/protection")["protected"] as? Bool == false)
    #expect(try await minutes(stage) == (0..<40).filter { $0 != 5 && !(7..<12).contains($0) })
    #expect(try await change("DELETE", 10, 11).count == 3)
    #expect(try await minutes(stage).contains(10))
  }

  @Test func whoMayNotManageTheCameraFindsNoSuchAddress() async throws {
    let home = try await Home()
    let porch = try await home.addCamera("Porch")
    let anna = try await home.signIn("anna", grants: #"{"camera":"Porch","rights":["live","playback","export"]}"#)
    let kim = try await home.signIn("kim", grants: #"{"camera":"Porch","rights":["live","playback","manage"]}"#)
    let query = ["from": "2026-11-23T00:00:00Z", "to": "2026-11-23T00:01:00Z"]
    for method in ["GET", "PUT", "DELETE"] {
      let path = "cameras/\(porch)/protected"
      #expect(try await home.ask(method, path, as: anna, query: query).status == 404)
      #expect(try await home.ask(method, path, as: kim, query: query).status == 200)
    }
    #expect(try await home.ask("PUT", "cameras/\(porch)/protected", query: [:]).status == 400)
  }

  @Test func whatCantBeReadHoldsRetentionInsteadOfLettingGo() async throws {
    let stage = try await stage()
    try await stage.core.setRetention(#"{"continuousSeconds":3600}"#)
    let marks = "\(stage.house.path)/cameras/\(stage.camera)/marks/protected.json"
    try Data("[{".utf8).write(to: URL(filePath: marks))
    let response = await stage.core.respond(
      to: APIRequest(method: "GET", path: ["api", "v1", "retention", "plan"], credential: .console, peer: "test"))
    #expect(response.status == 422)
  }
}

@Suite struct RetentionRouteTests {
  private func house() async throws -> (Recorded, APIHandler) {
    let house = Recorded()
    try await house.record(cameras: 2, segments: 40)
    let core = try await house.open()
    _ = try await core.rebuilt()
    try await core.setRetention(#"{"continuousSeconds":3600,"motionSeconds":315360000}"#)
    return (house, core)
  }

  private func status(_ core: APIHandler, _ method: String, _ path: String, _ body: String) async -> Int {
    await core.respond(
      to: APIRequest(
        method: method, path: ["api", "v1"] + path.split(separator: "/").map(String.init), body: Array(body.utf8),
        credential: .console, peer: "test")
    ).status
  }

  @Test func applyWithinABoundDeletesWhatThePlanSaysOrNothing() async throws {
    let (house, core) = try await house()
    let plan = try await core.ask("GET", "retention/plan")
    let bytes = try #require(plan["bytes"] as? Int)
    #expect((plan["deletions"] as? [Any])?.count == 2 * (40 - 4 - 1))
    #expect(await status(core, "POST", "retention/apply", #"{"atMost":\#(bytes - 1)}"#) == 409)
    #expect(await status(core, "POST", "retention/apply", "{}") == 400)
    #expect(try house.present().values.map(\.count) == [40, 40])
    let done = try await core.ask("POST", "retention/apply", #"{"atMost":\#(bytes)}"#)
    #expect(done["bytes"] as? Int == bytes)
    #expect(try house.present().values.map(\.count) == [5, 5])
    #expect((try await core.ask("GET", "retention/plan")["deletions"] as? [Any])?.isEmpty == true)
  }

  @Test func theLogHoldsEachDeletionOnceInParts() async throws {
    let (house, core) = try await house()
    _ = try await core.ask("POST", "retention/apply", #"{"atMost":1000000000}"#)
    var files: [String] = []
    var before: Int?
    repeat {
      let query = ["limit": "20"].merging(before.map { ["before": "\($0)"] } ?? [:]) { $1 }
      let page = try await core.ask("GET", "retention/log", query: query)
      let deletions = page["deletions"] as? [[String: Any]] ?? []
      #expect(deletions.count <= 20)
      #expect(deletions.allSatisfy { $0["rule"] as? String == "continuousAge" })
      #expect(deletions.allSatisfy { ($0["reason"] as? String)?.hasPrefix("older than 1h: ended ") == true })
      files += deletions.compactMap { $0["file"] as? String }
      before = page["next"] as? Int
    } while before != nil
    #expect(files.count == 70)
    #expect(Set(files).count == 70)
    let ofOne = try await core.ask("GET", "retention/log", query: ["camera": house.cameras[0].text])
    #expect((ofOne["deletions"] as? [Any])?.count == 35)
  }

  @Test func aPolicyThatIsNotInForceIsPlannedAndChangesNothing() async throws {
    let (house, core) = try await house()
    let before = try await core.ask("GET", "retention/plan")
    let policy = #"{"house":{"cameras":[],"people":[],"retention":{"motionSeconds":3600}}}"#
    let plan = try await core.ask("POST", "retention/plan", policy)
    // Only motion goes: an event in minutes 0, 10, 20 and 30, of which the first is protected.
    #expect((plan["deletions"] as? [Any])?.count == 2 * 3)
    let after = try await core.ask("GET", "retention/plan")
    #expect(after["plan"] as? String == before["plan"] as? String)
    #expect(try house.present().values.map(\.count) == [40, 40])
  }
}

@Suite struct ExplanationTests {
  /// State and reason of each minute's segment of the first camera, and of a file that is named.
  private func told(_ core: APIHandler, _ query: [String: String]) async throws -> [String] {
    let answer = try await core.ask("GET", "retention/explain", query: query)
    return (answer["segments"] as? [[String: Any]] ?? []).map {
      "\($0["state"] ?? "") \($0["reason"] ?? "")" + (($0["at"] as? String).map { " \($0.prefix(16))" } ?? "")
    }
  }

  @Test func footageIsExplainedBeforeAndAfterItGoes() async throws {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 12)
    let core = try await house.open()
    _ = try await core.rebuilt()
    try await core.setRetention(#"{"continuousSeconds":2505600,"motionSeconds":31536000}"#)
    func span(_ from: Int64, _ to: Int64) -> [String: String] {
      [
        "camera": house.cameras[0].text, "from": (Recorded.start + .seconds(from * 60)).rfc3339,
        "to": (Recorded.start + .seconds(to * 60)).rfc3339,
      ]
    }
    // Thirty days later: the first two minutes are protected, an event is in minutes 0 and 10.
    let leaves = "leaves continuousAge: older than 29d: ended 29d 23h ago"
    #expect(try await told(core, span(1, 4)) == ["kept protected", leaves, leaves])
    #expect(try await told(core, span(10, 11)) == ["kept motion footage is kept 365d 2027-11-23T00:11"])
    let events = try await core.ask("GET", "events")["events"] as? [[String: Any]] ?? []
    let event = try #require(events.first?["id"] as? String)
    #expect(try await told(core, ["event": event]) == ["kept motion footage is kept 365d 2027-11-23T00:11"])
    _ = try await core.ask("POST", "retention/apply", #"{"atMost":1000000000}"#)
    let gone = "deleted continuousAge: older than 29d: ended 29d 23h ago \(Recorded.now.rfc3339.prefix(16))"
    #expect(try await told(core, span(1, 4)) == ["kept protected", gone, gone])
    let file = try #require(house.files[house.cameras[0]]?[2])
    #expect(try await told(core, ["file": file]) == [gone])
    #expect(try await told(core, ["file": "/anywhere/media/\(file)"]) == [gone])
  }

  @Test func thePolicySaysWhereEachValueComesFrom() async throws {
    let home = try await Home()
    let porch = try await home.addCamera("Porch")
    _ = try await home.addCamera("Garden")
    let household = #"{"continuousSeconds":259200,"budgetPercent":80,"reserveSeconds":7200}"#
    #expect(try await home.ask("PUT", "retention", household).status == 200)
    _ = try await home.ask(
      "PATCH", "cameras/\(porch)", #"{"retention":{"continuousSeconds":86400,"budgetBytes":5000000000}}"#)
    let policy = try await home.ask("GET", "retention/policy").json
    #expect(policy["household"] as? [String: String] == ["continuous": "3d", "budget": "80%", "reserve": "2h"])
    let cameras = (policy["cameras"] as? [[String: Any]] ?? []).map { camera in
      let values = (camera["values"] as? [[String: String]] ?? [])
        .map { "\($0["key"] ?? "") \($0["value"] ?? "") \($0["from"] ?? "")" }
      return "\(camera["name"] ?? ""): \(values.joined(separator: ", "))"
    }
    #expect(cameras == ["Garden: continuous 3d household", "Porch: continuous 1d camera, budget 5GB camera"])
    for wrong in [
      #"{"continuousSeconds":86400,"minimumSeconds":172800}"#, #"{"budgetBytes":5,"budgetPercent":5}"#,
      #"{"budgetPercent":99}"#, #"{"maximumSeconds":-1}"#,
    ] {
      #expect(try await home.ask("PUT", "retention", wrong).status == 422, "\(wrong)")
    }
    #expect(try await home.ask("PATCH", "cameras/\(porch)", #"{"retention":{"reserveSeconds":7200}}"#).status == 422)
  }
}
