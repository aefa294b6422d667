import Domain
import Foundation
import HomeServer
import Household
import Synchronization
import Testing

/// A run of deletions that is cut off at every step it takes: what is left is what the next start finishes.
@Suite struct InterruptedDeletionTests {
  private struct Cut: Error {}

  /// Lets so many steps pass, and then none.
  private final class Power: Sendable {
    let left: Mutex<Int>
    let names = Mutex<[String]>([])
    init(steps: Int) { left = Mutex(steps) }

    func reached(_ name: String) throws {
      names.withLock { $0.append(name) }
      let isCut = left.withLock { left in
        left -= 1
        return left < 0
      }
      if isCut { throw Cut() }
    }
  }

  private func apply(_ core: APIHandler) async -> Int {
    await core.respond(
      to: APIRequest(
        method: "POST", path: ["api", "v1", "retention", "apply"], body: Array(#"{"atMost":1000000000}"#.utf8),
        credential: .console, peer: "test")
    ).status
  }

  @Test func aCutAtEveryStepIsFinishedAfterwards() async throws {
    var steps = 0
    var reached: Set<String> = []
    while true {
      let house = Recorded()
      try await house.record(cameras: 2, segments: 5)
      let power = Power(steps: steps)
      do {
        let core = try await house.open(reached: power.reached)
        _ = try await core.rebuilt()
        try await core.setRetention(#"{"continuousSeconds":3600}"#)
        let status = await apply(core)
        reached.formUnion(power.names.withLock { $0 })
        if status == 200 { break }
        #expect(status == 500, "cut at step \(steps)")
      }
      // The limit was raised meanwhile: what was begun is finished, and nothing else goes.
      let begun = try await house.open()
      let logged = try await files(begun)
      let kept = try house.present().values.reduce(into: Set<String>()) { $0.formUnion($1) }
      #expect(kept.isDisjoint(with: logged), "cut at step \(steps): logged as deleted, and still there")
      #expect(kept.count + logged.count == 10, "cut at step \(steps): gone, and not in the log")
      // The next run does the rest.
      #expect(await apply(begun) == 200)
      #expect(try house.present().values.map(\.count) == [2, 2], "cut at step \(steps)")
      #expect(Set(try await files(begun)).count == 6)
      #expect(try await files(begun).count == 6, "cut at step \(steps): twice in the log")
      #expect((try await begun.ask("GET", "check")["findings"] as? [Any])?.isEmpty == true, "cut at step \(steps)")
      steps += 1
    }
    // Per camera: noted, marked, three files, removed.
    #expect(steps == 12)
    #expect(reached == ["deletions noted", "rows marked", "file deleted", "rows removed"])
  }

  @Test func whatIsProtectedAfterThePlanWasMadeStays() async throws {
    let house = Recorded()
    try await house.record(cameras: 1, segments: 60)
    let camera = house.cameras[0].text
    let marks = URL(filePath: "\(house.path)/cameras/\(camera)/marks/protected.json")
    let all = #"[{"from":"2026-01-01T00:00:00Z","to":"2027-01-01T00:00:00Z"}]"#
    // After the first step somebody protects everything.
    let core = try await house.open(reached: { if $0 == "rows removed" { try Data(all.utf8).write(to: marks) } })
    _ = try await core.rebuilt()
    try await core.setRetention(#"{"continuousSeconds":3600,"motionSeconds":3600}"#)
    let done = try await core.ask("POST", "retention/apply", #"{"atMost":1000000000}"#)
    #expect(done["deleted"] as? Int == 50)
    #expect(try house.present().values.map(\.count) == [10])
  }

  private func files(_ core: APIHandler) async throws -> [String] {
    let log = try await core.ask("GET", "retention/log", query: ["limit": "1000"])["deletions"] as? [[String: Any]]
    return (log ?? []).compactMap { $0["file"] as? String }
  }
}
