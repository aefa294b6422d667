import Domain
import Pinning
import TestSupport
import Testing

@Suite struct JudgementTests {
  let pin = Devices.camera(1)

  @Test func theFirstDeviceIsTaken() {
    #expect(Devices.verdict(nil, pin) == .first)
    #expect(CameraPin().taking(.main, pin) == CameraPin(main: pin))
  }

  @Test func theSameDeviceAtAnotherAddressIsTheSame() {
    let judgement = Judgement(pinned: pin, seen: Devices.camera(1, host: "192.168.1.99"))
    #expect(judgement.verdict == .same)
    #expect(judgement.changes.isEmpty)
  }

  @Test func aTwinWithAnotherHardwareAddressIsAnotherDevice() {
    let judgement = Judgement(pinned: pin, seen: Devices.changed(pin) { $0.hardware = Devices.hardware(2) })
    #expect(judgement.verdict == .other)
    #expect(judgement.words == "its hardware address is 02:00:5e:10:00:02, not 02:00:5e:10:00:01")
  }

  @Test func newFirmwareIsTheSameDevice() {
    let updated = Devices.changed(pin) {
      $0.server = "Hipcam RealServer/V2.4"
      $0.session = "RTSP/RTP stream"
      $0.layout = "video H264 track1"
      $0.parameterSets = "new"
    }
    let judgement = Judgement(pinned: pin, seen: updated)
    #expect(judgement.verdict == .same)
    #expect(judgement.changes.map(\.trait) == [.version, .session, .layout, .parameterSets])
  }

  @Test func theSameHardwareThatSaysNothingElseOfBeforeIsDoubted() {
    #expect(Devices.verdict(pin, Devices.changed(Devices.other(1)) { $0.path = pin.path }) == .unsure)
  }

  @Test func channelsOfOneRecorderAreToldApart() {
    let channel = Devices.changed(pin) { $0.path = "/2" }
    #expect(Devices.verdict(pin, channel) == .unsure)
    #expect(Devices.verdict(pin, Devices.changed(channel) { $0.parameterSets = "sets2" }) == .other)
    let port = Devices.changed(pin) { $0.port = 555 }
    #expect(Devices.verdict(pin, port) == .unsure)
  }

  @Test func anotherCertificateOrEndpointIsNoticed() {
    let first = Devices.changed(pin) {
      $0.endpoint = "a1"
      $0.certificate = "c1"
    }
    let renewed = Devices.changed(first) { $0.certificate = "c2" }
    let replaced = Devices.changed(first) { $0.endpoint = "a2" }
    let both = Devices.changed(renewed) { $0.endpoint = "a2" }
    #expect(Devices.verdict(first, renewed) == .same, "the hardware address says that it is the same device")
    #expect(Devices.verdict(first, replaced) == .same)
    #expect(Devices.verdict(first, both) == .unsure)
    func far(_ evidence: DeviceEvidence) -> DeviceEvidence { Devices.changed(evidence) { $0.hardware = nil } }
    #expect(Devices.verdict(first, far(renewed)) == .unsure)
    #expect(Devices.verdict(first, far(replaced)) == .other)
    #expect(Devices.verdict(first, far(Devices.changed(renewed) { $0.parameterSets = "new" })) == .other)
    #expect(Judgement(pinned: first, seen: both).changes.map(\.trait) == [.endpoint, .certificate])
    // Makers who put the same into all of their cameras.
    let twin = Devices.changed(far(first)) { $0.realm = "Other" }
    #expect(Devices.verdict(first, twin) == .other, "an equal endpoint doesn't outweigh another realm")
  }

  /// What is left where no hardware address can be seen: loopback, and behind routers.
  @Test(arguments: [
    ("nothing", DeviceVerdict.same), ("version", .same), ("sets", .same), ("session and sets", .same),
    ("session, layout and sets", .unsure), ("all details", .unsure), ("authentication", .same),
    ("authentication and sets", .unsure), ("product", .unsure), ("product and sets", .other), ("realm", .other),
    ("path", .unsure), ("path and sets", .other),
  ])
  func withoutHardwareAddressesTheRestIsWeighed(change: String, verdict: DeviceVerdict) {
    let far = Devices.changed(pin) { $0.hardware = nil }
    let seen = Devices.changed(far) { seen in
      if change.contains("sets") || change == "all details" { seen.parameterSets = "new" }
      if change.contains("session") || change == "all details" { seen.session = "new" }
      if change.contains("layout") || change == "all details" { seen.layout = "new" }
      if change == "version" || change == "all details" { seen.server = "Hipcam RealServer/V2.0" }
      if change.contains("authentication") { seen.authentication = "none" }
      if change.contains("product") { seen.server = "Other/V1.0" }
      if change == "realm" { seen.realm = "Other" }
      if change.contains("path") { seen.path = "/other" }
    }
    #expect(Devices.verdict(far, seen) == verdict)
    #expect(Devices.verdict(pin, seen) == verdict, "the pin's own hardware address says nothing when none is seen")
  }

  @Test func missingEvidenceSaysNothing() {
    let bare = DeviceEvidence(host: pin.host, port: pin.port, path: pin.path)
    #expect(Devices.verdict(pin, bare) == .same)
    #expect(Devices.verdict(bare, pin) == .same)
    #expect(bare.refreshed(with: pin) == pin)
    #expect(pin.refreshed(with: bare) == pin)
  }

  @Test func aPinNeverTakesAnotherDeviceIn() {
    let pinned = CameraPin(main: pin)
    #expect(pinned.taking(.main, Devices.camera(2)) == nil)
    #expect(pinned.taking(.main, pin) == nil, "nothing new, nothing to write")
    let updated = Devices.changed(pin) { $0.parameterSets = "new" }
    #expect(pinned.taking(.main, updated) == CameraPin(main: updated))
  }

  @Test func aNewDetectionStreamHasToComeFromTheSameDevice() {
    let pinned = CameraPin(main: pin)
    let sub = Devices.changed(pin) {
      $0.path = "/sub"
      $0.parameterSets = "small"
    }
    #expect(pinned.taking(.detect, sub)?.detect == sub)
    #expect(pinned.taking(.detect, Devices.changed(sub) { $0.hardware = Devices.hardware(2) }) == nil)
    let elsewhere = Devices.changed(Devices.camera(2)) { $0.path = "/sub" }
    #expect(pinned.taking(.detect, elsewhere)?.detect == elsewhere, "a second device's detection stream is its own")
  }

  /// Thousands of pairs of random devices hold to what the table says.
  @Test func everyPairOfDevicesKeepsTheTablesPromises() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      let pinned = random(&generator)
      let seen = random(&generator)
      let judgement = Judgement(pinned: pinned, seen: seen)
      #expect(Devices.verdict(pinned, pinned) == .same)
      #expect((judgement.verdict == .same) || !judgement.changes.isEmpty, "a refusal names its evidence")
      #expect(judgement.verdict != .first)
      #expect(judgement.verdict == Devices.verdict(seen, pinned), "who was there first doesn't matter")
      if let old = pinned.hardware, let new = seen.hardware, old != new { #expect(judgement.verdict == .other) }
      if pinned.path != seen.path || pinned.port != seen.port { #expect(!judgement.verdict.isTrusted) }
      // Less evidence never makes a stranger out of the same device.
      var less = pinned
      if Bool.random(using: &generator) { less.hardware = nil }
      if Bool.random(using: &generator) { less.realm = nil }
      if Bool.random(using: &generator) { less.server = nil }
      if Bool.random(using: &generator) { less.session = nil }
      #expect(Devices.verdict(pinned, less) == .same)
      #expect(pinned.refreshed(with: less) == pinned)
      // What is taken in is the same device afterwards.
      if let fresh = CameraPin(main: pinned).taking(.main, seen)?.main {
        #expect(Devices.verdict(fresh, seen) == .same)
      }
    }
  }

  private func random(_ generator: inout SeededGenerator) -> DeviceEvidence {
    func one(_ values: [String?]) -> String? { values.randomElement(using: &generator) ?? nil }
    return DeviceEvidence(
      host: "192.168.1.\(Int.random(in: 2...4, using: &generator))", port: Bool.random(using: &generator) ? 554 : 555,
      path: one(["/a", "/b"]) ?? "/a",
      hardware: Bool.random(using: &generator) ? Devices.hardware(Int.random(in: 1...2, using: &generator)) : nil,
      endpoint: one([nil, "one", "two"]), certificate: one([nil, "one", "two"]),
      authentication: one([nil, "none", "Digest"]), realm: one([nil, "one", "two"]),
      server: one([nil, "", "one/1", "one/2", "two/1"]), session: one([nil, "one", "two"]),
      layout: one([nil, "one", "two"]), parameterSets: one([nil, "one", "two"]))
  }
}
