import Domain
import Foundation
import HomeServer
import Household
import Testing

/// Changing the policy: what would delete much is asked about, and what it chose waits a day.
@Suite struct PolicyChangeTests {
  private static let strict = #"{"continuousSeconds":3600}"#

  /// A camera with 40 minutes of footage of a month ago, two of them protected and four with motion.
  private func house() async throws -> (Recorded, APIHandler) {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 40)
    let core = try await house.open()
    _ = try await core.rebuilt()
    return (house, core)
  }

  private func change(
    _ core: APIHandler, _ body: String, atMost: String? = nil, method: String = "PUT", path: String = "retention"
  ) async throws -> (status: Int, answer: [String: Any]) {
    let response = await core.respond(
      to: APIRequest(
        method: method, path: ["api", "v1"] + path.split(separator: "/").map(String.init),
        query: atMost.map { ["atMost": $0] } ?? [:], headers: [:], body: Array(body.utf8), credential: .console,
        peer: "test"))
    let bytes = try await response.collect()
    return (response.status, (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:])
  }

  private func waiting(_ core: APIHandler) async throws -> [String?] {
    let plan = try await core.ask("GET", "retention/plan")
    return (plan["deletions"] as? [[String: Any]] ?? []).map { $0["leaves"] as? String }
  }

  @Test func aLowerLimitThatDeletesMuchIsShownAndAskedAbout() async throws {
    let (house, core) = try await house()
    let refused = try await change(core, Self.strict)
    #expect(refused.status == 409)
    let plan = try #require(refused.answer["plan"] as? [String: Any])
    #expect((plan["deletions"] as? [Any])?.count == 35)
    let bytes = try #require(plan["bytes"] as? Int)
    #expect((try await core.ask("GET", "retention")).isEmpty, "nothing was changed")
    #expect(try await change(core, Self.strict, atMost: "\(bytes - 1)").status == 409)
    #expect(try await change(core, Self.strict, atMost: "much").status == 400)
    #expect(try await change(core, Self.strict, atMost: "\(bytes)").status == 200)
    #expect(try await core.ask("GET", "retention")["continuousSeconds"] as? Int == 3600)
    // Raising it again deletes nothing: nobody is asked.
    #expect(try await change(core, #"{"continuousSeconds":315360000}"#).status == 200)
    // A camera's own limit, and a house file's, are asked about as well.
    let own = "cameras/\(house.cameras[0].text)"
    let camera = #"{"retention":{"continuousSeconds":3600}}"#
    #expect(try await change(core, camera, method: "PATCH", path: own).status == 409)
    #expect(try await change(core, camera, atMost: "any", method: "PATCH", path: own).status == 200)
    let file = #"{"house":{"cameras":[],"people":[],"retention":{"budgetBytes":1000}}}"#
    #expect(try await change(core, file, method: "POST", path: "house/apply").status == 409)
    #expect(try await change(core, file, atMost: "any", method: "POST", path: "house/apply").status == 200)
  }

  @Test func whatTheChangeChoseWaitsADayAndCanBeTakenBack() async throws {
    let (house, core) = try await house()
    _ = try await core.ask("PUT", "retention", #"{"motionSeconds":315360000}"#)
    _ = try await change(core, Self.strict, atMost: "any")
    let end = (Recorded.now + .seconds(86_400)).rfc3339
    #expect(try await waiting(core) == Array(repeating: end, count: 35))
    #expect(try await core.ask("GET", "retention/policy")["undoUntil"] as? String == end)
    // A day later it is settled.
    let later = try await house.open(now: Recorded.now + .seconds(86_401))
    #expect(try await waiting(later) == Array(repeating: nil, count: 35))
    let policy = try await core.ask("POST", "retention/undo")
    // As before the first of the two changes.
    #expect((policy["household"] as? [String: String]) == [:])
    #expect(try await waiting(core) == [])
    #expect(try await change(core, "{}", method: "POST", path: "retention/undo").status == 409)
    #expect(try house.present().values.map(\.count) == [40])
  }

  @Test func settingThePolicyBackTakesTheChangeBackToo() async throws {
    let (_, core) = try await house()
    _ = try await change(core, Self.strict, atMost: "any")
    _ = try await change(core, "{}")
    #expect(try await core.ask("GET", "retention/policy")["undoUntil"] is NSNull)
  }

  @Test func aPersonWhoAppliesThePlanDoesNotWait() async throws {
    let (house, core) = try await house()
    _ = try await change(core, Self.strict, atMost: "any")
    #expect(try await core.ask("POST", "retention/apply", #"{"atMost":1000000000}"#)["deleted"] as? Int == 35)
    #expect(try house.present().values.map(\.count) == [5])
  }
}
