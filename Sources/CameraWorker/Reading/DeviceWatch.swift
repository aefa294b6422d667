import Certificates
import Domain
import FFmpeg
import Neighbours
import Pinning
import Synchronization
import WorkerProtocol

/// Holds the device that answers against the camera's pin, at every connect and before anything of it is filed.
///
/// Most of the evidence costs no connection of its own: libav's log of the session itself has the headers and the
/// description (see `Greeting`), and the neighbour table has the adapter of whoever just answered. A second DESCRIBE of our
/// own would be one more try at the password, and might meet another device than the one that is read. Two things are asked
/// for beside it: the endpoint's name, with one datagram, and the certificate of RTSPS, which libav keeps to itself, with a
/// handshake. ONVIF's serial number is not: cameras give it only to who is logged in there.
final class DeviceWatch: Sendable {
  private struct State {
    var pin: CameraPin
    var sightings: [StreamRole: DeviceSighting] = [:]
  }
  private let state: Mutex<State>
  private let log: Log

  init(pin: CameraPin, log: Log) {
    state = Mutex(State(pin: pin))
    self.log = log
  }

  /// Decides, while a device asks for the password, whether it may have it: only who passes for the camera so far. A
  /// stranger would learn it, and might lock its own account for a wrong one.
  func loginGuard(_ approach: Approach) -> @Sendable (Greeting) -> Bool {
    { [self] greeting in
      judge(approach.role, evidence(approach, greeting, isOpen: false)).verdict.isTrusted
    }
  }

  /// The device that was opened: judged, remembered, told.
  func see(_ approach: Approach, _ greeting: Greeting, _ parts: Parts) -> DeviceSighting {
    remember(approach.role, evidence(approach, greeting, isOpen: true), parts)
  }

  /// Whether opening failed because another device has the address; `nil` when nothing says so.
  func stranger(_ approach: Approach, _ error: any Error, _ parts: Parts) -> StreamFailure? {
    // Who refuses a connection has answered, which is all that the neighbour table needs.
    guard let error = error as? FFmpegError, error.greeting != nil || error.kind == .refused else { return nil }
    let seen = evidence(approach, error.greeting, isOpen: false)
    let judgement = judge(approach.role, seen)
    guard judgement.verdict == .other || error.kind == .withheld else { return nil }
    let sighting = remember(approach.role, seen, parts)
    return StreamFailure(stranger: sighting.changes.joined(separator: "; "), verdict: sighting.verdict)
  }

  /// One connect of one stream: where to, and what was asked of the device beside it.
  struct Approach: Sendable {
    let role: StreamRole
    let address: CameraAddress
    /// The numeric address.
    let host: String
    fileprivate let discovery: Discovery
    fileprivate let certificate: String?
  }

  /// Asks what the session itself won't say, before it is opened.
  ///
  /// - Parameter mayGoOn: `false` ends the asking.
  func approach(_ role: StreamRole, _ address: CameraAddress, host: String, mayGoOn: () -> Bool) -> Approach {
    var generator = SystemRandomNumberGenerator()
    let discovery = Discovery(asking: host, using: &generator)
    let certificate =
      address.scheme == .rtsps
      ? PeerCertificate.fingerprint(of: host, port: address.port, patience: .seconds(5), mayGoOn: mayGoOn) : nil
    return Approach(role: role, address: address, host: host, discovery: discovery, certificate: certificate)
  }

  // MARK: Judging

  private func evidence(_ approach: Approach, _ greeting: Greeting?, isOpen: Bool) -> DeviceEvidence {
    let address = approach.address
    var seen = DeviceEvidence(host: approach.host, port: address.port, path: address.path)
    do { seen.hardware = try NeighbourTable.hardware(of: approach.host) } catch { log.line("\(error)") }
    seen.endpoint = approach.discovery.endpoint
    seen.certificate = approach.certificate
    guard let greeting else { return seen }
    seen.server = greeting.server ?? ""
    seen.realm = greeting.realm
    seen.authentication = greeting.authentication ?? (isOpen ? "none" : nil)
    if let description = greeting.description { seen.take(description: description) }
    return seen
  }

  private func judge(_ role: StreamRole, _ seen: DeviceEvidence) -> Judgement {
    state.withLock { state in Judgement(pinned: Self.expected(state, role, seen), seen: seen) }
  }

  private static func expected(_ state: State, _ role: StreamRole, _ seen: DeviceEvidence) -> DeviceEvidence? {
    state.pin.expected(of: role, seen: seen, mainHost: state.sightings[.main]?.evidence.host)
  }

  private func remember(_ role: StreamRole, _ seen: DeviceEvidence, _ parts: Parts) -> DeviceSighting {
    let (sighting, before) = state.withLock { state in
      let expected = Self.expected(state, role, seen)
      let judgement = Judgement(pinned: expected, seen: seen)
      let sighting = DeviceSighting(
        stream: role, verdict: judgement.verdict, evidence: seen, changes: judgement.changes.map(\.words))
      let mainHost = state.sightings[.main]?.evidence.host
      state.sightings[role] = sighting
      if let fresh = state.pin.taking(role, seen, mainHost: mainHost) { state.pin = fresh }
      return (sighting, expected)
    }
    tell(sighting, before, parts)
    return sighting
  }

  // MARK: Telling

  private func tell(_ sighting: DeviceSighting, _ before: DeviceEvidence?, _ parts: Parts) {
    func note(_ change: JournalEntry.DeviceChange, _ cause: String) {
      log.line("\(sighting.stream.rawValue): \(change.rawValue): \(cause)")
      parts.journal(.device(change, sighting.stream, cause: cause))
    }
    let seen = sighting.evidence
    let changes = sighting.changes.joined(separator: "; ")
    switch sighting.verdict {
    case .first:
      let name = seen.hardware.map { "hardware address \($0)" } ?? "no hardware address to be seen"
      note(.pinned, "this device is the camera from now on: \(name), at \(seen.host)")
    case .same:
      if !sighting.changes.isEmpty { note(.changed, "still the same device: \(changes)") }
      if let before, before.host != seen.host { note(.moved, "the camera was at \(before.host), now at \(seen.host)") }
    case .unsure, .other: note(.stranger, changes)
    }
    parts.bulletin.set(sighting)
  }
}
