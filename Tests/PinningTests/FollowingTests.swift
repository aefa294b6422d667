import Domain
import Pinning
import TestSupport
import Testing

@Suite struct FollowingTests {
  private var generator = SeededGenerator(seed: 5)

  private mutating func sight(
    _ name: String, at host: String, port: UInt16 = 554, path: String = "/main", pin: DeviceEvidence?,
    seen: DeviceEvidence? = nil, isLost: Bool = true
  ) throws -> CameraSight {
    CameraSight(
      camera: .mint(using: &generator), name: name,
      main: try CameraAddress(scheme: .rtsp, host: host, port: port, path: path), pin: pin, isLost: isLost, seen: seen)
  }

  private func found(_ number: Int, at host: String) throws -> FoundDevice {
    FoundDevice(host: host, port: 554, hardware: try #require(Devices.hardware(number)))
  }

  @Test mutating func aCameraThatMovedIsFollowed() throws {
    let garage = try sight("Garage", at: "192.168.1.21", pin: Devices.camera(1))
    let advice = Following.advise([garage], found: [try found(1, at: "192.168.1.31")])
    #expect(advice.map(\.certainty) == [.follow])
    #expect(advice.map(\.host) == ["192.168.1.31"])
    #expect(advice.map(\.why) == ["\"Garage\" (hardware address 02:00:5e:10:00:01) now answers at 192.168.1.31"])
  }

  @Test mutating func swappedTwinsAreFollowedCrosswise() throws {
    let one = try sight(
      "One", at: "192.168.1.21", pin: Devices.camera(1), seen: Devices.camera(2, host: "192.168.1.21"))
    let two = try sight(
      "Two", at: "192.168.1.22", pin: Devices.camera(2), seen: Devices.camera(1, host: "192.168.1.22"))
    let all = [try found(2, at: "192.168.1.21"), try found(1, at: "192.168.1.22")]
    let advice = Following.advise([one, two], found: all)
    #expect(advice.map(\.certainty) == [.follow, .follow])
    #expect(advice.map(\.host) == ["192.168.1.22", "192.168.1.21"])
  }

  @Test mutating func whoIsWhereItShouldBeIsLeftAlone() throws {
    let fine = try sight("Fine", at: "192.168.1.21", pin: Devices.camera(1), isLost: false)
    #expect(Following.advise([fine], found: [try found(1, at: "192.168.1.31")]).isEmpty)
    #expect(Following.wanted([fine]).isEmpty)
  }

  @Test mutating func aDeviceAtTwoAddressesAndACameraSetByNameAreOffered() throws {
    let two = [try found(1, at: "192.168.1.31"), try found(1, at: "192.168.1.32")]
    let numbered = try sight("Garage", at: "192.168.1.21", pin: Devices.camera(1))
    #expect(Following.advise([numbered], found: two).map(\.certainty) == [.offer])
    let named = try sight("Garage", at: "garage.lan", pin: Devices.camera(1))
    #expect(Following.advise([named], found: Array(two.prefix(1))).map(\.certainty) == [.offer])
  }

  @Test mutating func whatIsStillFoundWhereTheCameraIsLookedForMovesNothing() throws {
    let garage = try sight("Garage", at: "192.168.1.21", pin: Devices.camera(1))
    let here = try found(1, at: "192.168.1.21")
    #expect(Following.advise([garage], found: [here]).isEmpty)
    let named = try sight("Garage", at: "garage.lan", pin: Devices.camera(1))
    #expect(Following.advise([named], found: [here]).isEmpty, "the name's number is where it was last seen")
    // A recorder with two addresses of which one channel is gone.
    #expect(Following.advise([garage], found: [here, try found(1, at: "192.168.1.31")]).isEmpty)
  }

  @Test mutating func withoutHardwareAddressesRealmAndServerTellWhoSwapped() throws {
    let a = Devices.changed(Devices.camera(1)) { $0.hardware = nil }
    let b = Devices.changed(Devices.other(2)) { $0.hardware = nil }
    let one = try sight("One", at: "10.8.0.1", pin: a, seen: b)
    let two = try sight("Two", at: "10.8.0.2", pin: b, seen: a)
    let advice = Following.advise([one, two], found: [])
    #expect(advice.map(\.certainty) == [.follow, .follow])
    #expect(advice.map(\.host) == ["10.8.0.2", "10.8.0.1"])
    // One way only: an offer.
    let third = try sight("Two", at: "10.8.0.2", pin: Devices.changed(b) { $0.realm = "third" }, seen: a)
    #expect(Following.advise([one, third], found: []).map(\.certainty) == [.offer, .resembles(one.camera)])
  }

  @Test mutating func twinsWithoutHardwareAddressesAreNotGuessed() throws {
    let a = Devices.changed(Devices.camera(1)) { $0.hardware = nil }
    let b = Devices.changed(Devices.camera(2)) { $0.hardware = nil }
    let one = try sight("One", at: "10.8.0.1", pin: a, seen: b)
    let two = try sight("Two", at: "10.8.0.2", pin: b, seen: a)
    #expect(!Following.advise([one, two], found: []).contains { $0.certainty == .follow })
  }

  @Test mutating func exchangedChannelsAreNamedAndNotMoved() throws {
    let a = Devices.camera(1, path: "/1")
    let b = Devices.changed(Devices.camera(1, path: "/2")) { $0.parameterSets = "sets2" }
    let one = try sight("One", at: "192.168.1.21", path: "/2", pin: a, seen: b)
    let two = try sight("Two", at: "192.168.1.21", path: "/1", pin: b, seen: a)
    let advice = Following.advise([one, two], found: [try found(1, at: "192.168.1.21")])
    #expect(advice.map(\.certainty) == [.resembles(two.camera), .resembles(one.camera)])
    #expect(advice.first?.why == "what answers there looks like \"Two\"")
    // One that gives no pictures is not sent to the address where it is looked for already.
    let silent = try sight("One", at: "192.168.1.21", path: "/1", pin: a)
    let stranger = try sight("Two", at: "192.168.1.21", path: "/2", pin: Devices.other(2), seen: a)
    #expect(Following.advise([silent, stranger], found: []).allSatisfy { $0.camera != silent.camera })
  }

  /// However houses are mixed: nobody is followed to a device with another hardware address than the pinned one.
  @Test mutating func noMixLeadsToAnotherHardwareAddress() throws {
    for _ in 0..<3000 {
      let count = Int.random(in: 1...6, using: &generator)
      let places = (1...count).shuffled(using: &generator)
      var sights: [CameraSight] = []
      var all: [FoundDevice] = []
      for number in 1...count {
        let host = "192.168.1.\(20 + number)"
        let present = Int.random(in: 0...9, using: &generator) > 0 ? places[number - 1] : nil
        if let present { all.append(try found(present, at: host)) }
        sights.append(
          try sight(
            "\(number)", at: host, pin: Devices.camera(number), seen: present.map { Devices.camera($0, host: host) },
            isLost: present != number))
      }
      for advice in Following.advise(sights, found: all) where advice.certainty == .follow {
        let camera = try #require(sights.first { $0.camera == advice.camera })
        let there = try #require(all.first { $0.host == advice.host })
        #expect(there.hardware == camera.pin?.hardware)
      }
    }
  }
}
