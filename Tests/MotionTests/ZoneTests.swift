import Domain
import Motion
import MotionScenes
import Testing

@Suite struct ZoneTests {
  private static func zone(
    _ name: String, from: Double, to: Double, _ kind: Zone.Kind = .include, sensitivity: Int? = nil,
    minimumSize: Double? = nil
  ) -> Zone {
    Zone(
      name: name,
      polygon: [
        RelativePoint(x: from, y: 0), RelativePoint(x: to, y: 0), RelativePoint(x: to, y: 1),
        RelativePoint(x: from, y: 1),
      ], kind: kind, sensitivity: sensitivity, minimumSize: minimumSize)
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

  @Test(arguments: [0.4, 0.05])
  func zonesThatAreRemovedWhileSomethingMovesNoLongerDecide(_ end: Double) {
    var stage = Stage()
    var detector = MotionDetector(settings: MotionSettings(zones: [Self.zone("gate", from: 0, to: end)]))
    let walker: (Stage, inout [Double], Double) -> Void = { stage, plane, time in
      stage.person(&plane, x: 32 + (time - 6) * 40, foot: 160, height: 70, dark: 45, time: time)
    }
    _ = Run(&detector, stage: &stage, seconds: 6)
    _ = Run(&detector, stage: &stage, seconds: 2, from: 6, paint: walker)
    detector.settings = MotionSettings()
    let after = Run(&detector, stage: &stage, seconds: 2, from: 8, paint: walker)
    #expect(after.active.count > 15)
    #expect(after.activities.allSatisfy { $0.activity.zones.isEmpty })
  }

  @Test func aZoneWithoutAnAreaHoldsNothing() {
    let line = Zone(name: "line", polygon: [RelativePoint(x: 0, y: 0), RelativePoint(x: 1, y: 1)])
    #expect(walk([line]).active.isEmpty)
  }

  @Test func whatStaysInAnExcludedZoneDoesNotCount() throws {
    #expect(walk([Self.zone("street", from: 0, to: 1, .exclude)]).active.isEmpty)
    let run = walk([Self.zone("street", from: 0, to: 0.5, .exclude)])
    // From 0.1 of the width on; whoever comes out of it counts from there on.
    #expect(run.active.first.map { $0 > 8.2 && $0 < 8.9 } == true)
    #expect(run.activities.allSatisfy { $0.activity.zones.isEmpty })
    let outside = walk([Self.zone("path", from: 0, to: 1), Self.zone("street", from: 0, to: 0.5, .exclude)])
    #expect(outside.active.first.map { $0 > 8.2 && $0 < 8.9 } == true)
  }

  @Test func whatDoesNotCountSaysInWhichZoneItWas() throws {
    var stage = Stage()
    let settings = MotionSettings(zones: [Self.zone("street", from: 0, to: 1, .exclude)])
    var detector = MotionDetector(settings: settings)
    let run = Run(&detector, stage: &stage, seconds: 40) { stage, plane, time in
      guard (6..<11).contains(time) else { return }
      stage.person(&plane, x: 32 + (time - 6) * 51, foot: 160, height: 70, dark: 45, time: time)
    }
    let kept = try #require(run.suppressed.first { $0.cause == .outside })
    #expect(kept.why.hasPrefix("stayed in street, seen for "))
  }

  @Test(arguments: [(0.0, 0.3), (0.4, 0.6), (0.2, 0.9), (0.0, 1.0)])
  func aMaskNeverAddsMotion(_ span: (from: Double, to: Double)) {
    let plain = Set(walk([]).active)
    let masked = walk([Self.zone("clock", from: span.from, to: span.to, .mask)])
    #expect(Set(masked.active).isSubset(of: plain))
    #expect(masked.active.count < plain.count)
    if span.to - span.from == 1 { #expect(masked.active.isEmpty) }
  }

  @Test func aZoneMayBeMoreOrLessSensitiveThanTheRest() {
    func found(_ camera: Int, _ zone: Int?) -> Int {
      var stage = Stage()
      let zones = [Self.zone("gate", from: 0, to: 1, sensitivity: zone)]
      var detector = MotionDetector(settings: MotionSettings(sensitivity: camera, zones: zones))
      return Run(&detector, stage: &stage, seconds: 14) { stage, plane, time in
        guard time >= 5 else { return }
        stage.person(&plane, x: 20 + (time - 5) * 30, foot: 160, height: 34, dark: 16, time: time)
      }.active.count
    }
    #expect(found(50, nil) > 50)
    #expect(found(0, nil) == 0)
    #expect(found(50, 0) == found(0, nil))
    #expect(found(0, 50) == found(50, nil))
  }

  @Test func aZoneMayAskForASize() throws {
    #expect(walk([Self.zone("gate", from: 0, to: 1, minimumSize: 0.01)]).active.count > 30)
    let run = walk([Self.zone("gate", from: 0, to: 1, minimumSize: 0.2)])
    #expect(run.active.isEmpty)
  }
}
