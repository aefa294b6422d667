import Retention
import Domain
import Foundation
import Household
import Housekeeping
import Logging
import Settings
import Testing

/// The services of one data directory, without a network.
private final class Fixture {
  let path = NSTemporaryDirectory() + "/hearth-keeper-" + UUID().uuidString
  private var generator = SystemRandomNumberGenerator()

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func open() async throws -> Housekeeper {
    var log = Logger(label: "test")
    log.logLevel = .critical
    return try await Housekeeper.open(
      DataDirectory.open(path),
      environment: ServerEnvironment(
        now: { WallTime(seconds: 1_795_392_000) }, sleep: { try await Task.sleep(for: $0) }, log: log,
        clockQuality: { .synchronised }))
  }

  func camera(_ name: String) throws -> CameraSettings {
    CameraSettings(
      id: .mint(using: &generator), name: name,
      main: try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 554, path: "/main"))
  }
}

@Suite struct HousekeeperTests {
  @Test func anUnknownCameraNamesThoseThereAre() async throws {
    let fixture = Fixture()
    defer { withExtendedLifetime(fixture) {} }
    let keeper = try await fixture.open()
    try keeper.folders.create(fixture.camera("Porch"), password: nil)
    try await keeper.registry.reload()
    #expect(try await keeper.registry.camera(named: "porch").name == "Porch")
    let error = await #expect(throws: UnknownCamera.self) { try await keeper.registry.camera(named: "Attic") }
    #expect(error?.next == #"the cameras are "Porch""#)
  }

  @Test func protectionsAreThereAfterARestart() async throws {
    let fixture = Fixture()
    defer { withExtendedLifetime(fixture) {} }
    let camera = try fixture.camera("Porch")
    let start = WallTime(seconds: 1_795_300_000)
    let span = try #require(ProtectedSpan(from: start, to: start + .seconds(60)))
    do {
      let keeper = try await fixture.open()
      try keeper.folders.create(camera, password: nil)
      _ = try await keeper.protections.change(of: camera.id) { $0.append(span) }
    }
    #expect(try await fixture.open().protections.spans(of: camera.id) == [span])
  }

  @Test func aPlanOfNothingIsAppliedAndDeletesNothing() async throws {
    let fixture = Fixture()
    defer { withExtendedLifetime(fixture) {} }
    let keeper = try await fixture.open()
    let planned = try await keeper.planning.plan()
    #expect(planned.plan.all.isEmpty)
    let done = try await keeper.retention.apply(
      .init(plan: planned.plan.digest, atMost: 0), by: .console, from: "test")
    #expect(done?.isEmpty == true)
  }

  @Test func aPlanThatWasNotLookedAtIsRefused() async throws {
    let fixture = Fixture()
    defer { withExtendedLifetime(fixture) {} }
    let keeper = try await fixture.open()
    await #expect(throws: Problem.self) {
      try await keeper.retention.apply(.init(plan: "another", atMost: nil), by: .console, from: "test")
    }
  }

  @Test func anAlarmReachesTheFeed() async throws {
    let fixture = Fixture()
    defer { withExtendedLifetime(fixture) {} }
    let keeper = try await fixture.open()
    let items = await keeper.feed.listen()
    await keeper.alarms.raise(Alarm(at: WallTime(seconds: 0), camera: nil, what: "a test", file: ""))
    for await item in items {
      guard case .alarm(let alarm) = item else { continue }
      #expect(alarm.what == "a test")
      break
    }
    #expect(await keeper.alarms.count == 1)
  }
}
