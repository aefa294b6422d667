import Domain
import Motion
import Testing

@Suite struct ZoneTests {
  private static func zone(_ name: String, from: Double, to: Double) -> Zone {
    Zone(
      name: name,
      polygon: [
        RelativePoint(x: from, y: 0), RelativePoint(x: to, y: 0), RelativePoint(x: to, y: 1),
        RelativePoint(x: from, y: 1),
      ])
  }

  private func walk(_ zones: [Zone]) -> Run {
    var stage = Stage()
    var detector = MotionDetector(settings: MotionSettings(zones: zones))
    return Run(&detector, stage: &stage, seconds: 12) { stage, plane, time in
      guard (6..<11).contains(time) else { return }
      // From 0.1 of the picture's width to 0.9 in five seconds.
      stage.person(&plane, x: 32 + (time - 6) * 51, foot: 160, height: 70, dark: 45, time: time)
    }
  }

  @Test func eachZoneIsNamedWhileTheWalkerIsInIt() throws {
    let run = walk([Self.zone("gate", from: 0, to: 0.4), Self.zone("path", from: 0.6, to: 1)])
    let gate = run.activities.filter { $0.activity.zones.contains("gate") }.map(\.time)
    let path = run.activities.filter { $0.activity.zones.contains("path") }.map(\.time)
    #expect(gate.first.map { $0 < 6.7 } == true)
    #expect(gate.last.map { $0 < 8.4 } == true)
    #expect(path.first.map { $0 > 8.8 && $0 < 9.6 } == true)
    #expect(!run.active.contains { $0 > 8.5 && $0 < 8.8 })
    let activity = try #require(run.activities.first { $0.activity.zones == ["path"] }?.activity)
    #expect(activity.reasons.last == "in path")
  }

  @Test func eventsInAZoneBeginThere() throws {
    let run = walk([Self.zone("path", from: 0.6, to: 1)])
    let first = try #require(run.activities.first { $0.activity.isActive }?.activity.since)
    #expect(first > .seconds(8.5))
  }

  @Test func aWalkOutsideEveryZoneIsSuppressedAsSuch() {
    let corner = Zone(
      name: "bin",
      polygon: [RelativePoint(x: 0.9, y: 0), RelativePoint(x: 1, y: 0), RelativePoint(x: 1, y: 0.2)])
    let run = walk([corner])
    #expect(run.active.isEmpty)
  }

  @Test func aZoneWithoutAnAreaHoldsNothing() {
    let line = Zone(name: "line", polygon: [RelativePoint(x: 0, y: 0), RelativePoint(x: 1, y: 1)])
    #expect(walk([line]).active.isEmpty)
  }
}
