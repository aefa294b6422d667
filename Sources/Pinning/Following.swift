public import Domain

/// What is known of one camera when it is decided where its device went.
public struct CameraSight: Hashable, Sendable {
  public var camera: CameraID
  public var name: String
  /// Where it is looked for.
  public var main: CameraAddress
  /// The device that it is.
  public var pin: DeviceEvidence?
  /// Whether its device does not answer there: nobody does, or somebody else.
  public var isLost: Bool
  /// The device that answers there instead, as far as it was seen.
  public var seen: DeviceEvidence?

  public init(
    camera: CameraID, name: String, main: CameraAddress, pin: DeviceEvidence?, isLost: Bool, seen: DeviceEvidence?
  ) {
    self.camera = camera
    self.name = name
    self.main = main
    self.pin = pin
    self.isLost = isLost
    self.seen = seen
  }
}

extension CameraSight {
  /// The numeric address where its device was: as it is set, or, when it is set by a name, where it was last seen.
  public var place: String { Following.isNumber(main.host) ? main.host : pin?.host ?? main.host }
}

/// A device that was found at an address just now: the neighbour table has it, and something takes connections there.
public struct FoundDevice: Hashable, Sendable {
  public var host: String
  public var port: UInt16
  public var hardware: HardwareAddress

  public init(host: String, port: UInt16, hardware: HardwareAddress) {
    self.host = host
    self.port = port
    self.hardware = hardware
  }
}

/// Where a lost camera's device is to be had, and how sure that is.
public struct FollowAdvice: Hashable, Sendable {
  public enum Certainty: Hashable, Sendable {
    /// Enough to change the camera's address without asking.
    case follow
    /// For the owner to decide.
    case offer
    /// The device that answers is this camera's; where the lost one went is not known.
    case resembles(CameraID)
  }
  public var camera: CameraID
  public var certainty: Certainty
  public var host: String
  public var port: UInt16
  /// In words for a person.
  public var why: String

  public init(camera: CameraID, certainty: Certainty, host: String, port: UInt16, why: String) {
    self.camera = camera
    self.certainty = certainty
    self.host = host
    self.port = port
    self.why = why
  }
}

/// Decides from all cameras together where those went that are lost. Wherever one is followed to, the worker holds the
/// device against the pin again before it files anything: a wrong advice costs a reconnect, never a wrong picture.
///
/// - A pinned hardware address found at exactly one other address, and not where the camera is looked for, is followed
///   there. At several, or when the camera is set by a name rather than a number, it is offered: the name's owner is the
///   one to correct.
/// - Without hardware addresses, two lost cameras of which each one's device answers at the other's address are followed
///   crosswise, when realm or server tell the two apart. One that only fits one way is offered.
/// - Otherwise, when the device that answers is another camera's, that is said.
public enum Following {
  public static func advise(_ sights: [CameraSight], found: [FoundDevice]) -> [FollowAdvice] {
    sights.filter { $0.isLost }.compactMap { lost in
      byHardware(lost, found) ?? crosswise(lost, sights) ?? resemblance(lost, sights)
    }
  }

  /// The hardware addresses that are worth looking for.
  public static func wanted(_ sights: [CameraSight]) -> Set<HardwareAddress> {
    Set(sights.filter(\.isLost).compactMap { $0.pin?.hardware })
  }

  private static func byHardware(_ lost: CameraSight, _ found: [FoundDevice]) -> FollowAdvice? {
    guard let hardware = lost.pin?.hardware else { return nil }
    let current = lost.seen?.host ?? lost.place
    let places = found.filter { $0.hardware == hardware && $0.port == lost.main.port }
    // It is still there: what is missing is this stream of it, or its pictures.
    guard !places.contains(where: { $0.host == current }) else { return nil }
    guard let place = places.first else { return nil }
    let isSure = places.count == 1 && isNumber(lost.main.host)
    return FollowAdvice(
      camera: lost.camera, certainty: isSure ? .follow : .offer, host: place.host, port: place.port,
      why: "\"\(lost.name)\" (hardware address \(hardware)) now answers at \(place.host)")
  }

  private static func crosswise(_ lost: CameraSight, _ sights: [CameraSight]) -> FollowAdvice? {
    guard let pin = lost.pin else { return nil }
    // At another port of the same machine as well: those are two devices to a recorder that sees no further.
    let others = sights.filter { other in
      guard other.camera != lost.camera, other.isLost, let seen = other.seen else { return false }
      return isPlacedElsewhere(other, lost) && fits(pin, seen) && !(lost.seen.map { fits(pin, $0) } ?? false)
    }
    guard let other = others.first else { return nil }
    let isMutual = others.count == 1 && zip2(other.pin, lost.seen).map { fits($0, $1) } == true
    let isSure = isMutual && isNumber(lost.main.host) && isNumber(other.main.host)
    return FollowAdvice(
      camera: lost.camera, certainty: isSure ? .follow : .offer, host: other.main.host, port: other.main.port,
      why: isMutual
        ? "\"\(lost.name)\" and \"\(other.name)\" have exchanged their addresses"
        : "what answers at \(other.main.host) looks like \"\(lost.name)\"")
  }

  private static func resemblance(_ lost: CameraSight, _ sights: [CameraSight]) -> FollowAdvice? {
    guard let seen = lost.seen else { return nil }
    let alike = sights.filter { other in
      guard other.camera != lost.camera, let pin = other.pin else { return false }
      return Judgement(pinned: pin, seen: seen).verdict == .same
    }
    guard alike.count == 1, let other = alike.first else { return nil }
    return FollowAdvice(
      camera: lost.camera, certainty: .resembles(other.camera), host: lost.main.host, port: lost.main.port,
      why: "what answers there looks like \"\(other.name)\"")
  }

  /// Whether `seen` is the pinned device, from what holds for all of its streams; only what tells devices apart counts,
  /// so hardware addresses that differ, or nothing known in common, don't fit.
  private static func fits(_ pin: DeviceEvidence, _ seen: DeviceEvidence) -> Bool {
    if let old = pin.hardware, let new = seen.hardware { return old == new }
    guard let old = pin.server, let new = seen.server,
      EvidenceChange.product(old) == EvidenceChange.product(new)
    else { return false }
    return pin.realm == seen.realm
  }

  private static func isPlacedElsewhere(_ one: CameraSight, _ other: CameraSight) -> Bool {
    one.main.host != other.main.host || one.main.port != other.main.port
  }

  private static func zip2<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
    guard let a, let b else { return nil }
    return (a, b)
  }

  /// Whether a host is written as a number rather than as a name: only those are Hearth's to change.
  static func isNumber(_ host: String) -> Bool {
    host.contains(":") || host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { UInt8($0) != nil }
  }
}
