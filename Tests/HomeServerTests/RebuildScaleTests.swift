import Foundation
import HomeServer
import Testing

/// How long the catalog takes to be made from the folders: `make bench-rebuild` with as many segments as are promised.
@Suite struct RebuildScaleTests {
  static let segments = ProcessInfo.processInfo.environment["HEARTH_SEGMENTS"].flatMap(Int.init) ?? 1600
  static let cameras = 8

  @Test func theTimeOfARebuildGrowsWithTheFootageAndNoFaster() async throws {
    let few = try await secondsPerSegment(Self.segments / 4)
    let many = try await secondsPerSegment(Self.segments)
    #expect(many < few * 3, "\(many) s for each of \(Self.segments) segments, \(few) s for each of a quarter of them")
  }

  private func secondsPerSegment(_ count: Int) async throws -> Double {
    let house = Recorded()
    try await house.record(cameras: Self.cameras, segments: count / Self.cameras)
    let core = try await house.open()
    let clock = ContinuousClock()
    var report: [String: Any] = [:]
    let time = try await clock.measure { report = try await core.rebuilt() }
    let total = count / Self.cameras * Self.cameras
    #expect(report["listed"] as? Int == total)
    #expect(report["setAside"] as? Int == 0)
    #expect(report["events"] as? Int == house.events)
    #expect(try await core.ask("GET", "storage")["segments"] as? Int == total)
    let seconds = time / .seconds(1)
    print("rebuild: \(total) segments and \(house.events) events of \(Self.cameras) cameras in \(seconds) s")
    return seconds / Double(total)
  }
}
