public import Domain

/// Whether the device that answers is the pinned one, and what speaks against it.
///
/// Cameras of one make share nearly everything: server, realm, description, even parameter sets. The hardware address
/// alone is each device's own, so where both sides have it, it decides; a device's place (port and path) tells the
/// channels of one recorder or bridge apart, which share their hardware address.
///
/// | hardware address | place | what else differs | verdict |
/// |---|---|---|---|
/// | same | same | nothing, or anything that new firmware or new settings change | same |
/// | same | same | realm and the server's product and the session, all three; or endpoint and certificate | unsure: rebuilt, or a copied address |
/// | same | other | no description, realm or server | unsure: the same pictures at another place? |
/// | same | other | any of those | other: another channel |
/// | other | any | anything or nothing: the same model has the same rest | other |
/// | not known | other | no description, realm or server | unsure |
/// | not known | other | any of those | other |
/// | not known | same | weight 0 to 2 | same |
/// | not known | same | weight 3 | unsure |
/// | not known | same | weight 4 and more | other |
///
/// The weights: the endpoint's name 4, realm 4, the certificate 3, the server's product 3, how a password is asked for 2;
/// the details — the server's version, the
/// session's name, the described media, the parameter sets — 1 each and 3 together at most, so that an update alone
/// never makes another camera, and all of them at once a doubt.
///
/// An equal endpoint or certificate outweighs nothing: some makes put the same one into every device. A new certificate
/// alone is a doubt, not another device: a camera that was reset makes itself one.
///
/// Evidence that one side lacks says nothing, either way: a recorder moved behind a router sees no hardware addresses
/// and goes on recording.
public struct Judgement: Hashable, Sendable {
  public var verdict: DeviceVerdict
  /// What differs, strongest first.
  public var changes: [EvidenceChange]

  public init(pinned: DeviceEvidence?, seen: DeviceEvidence) {
    guard let pinned else {
      self.init(verdict: .first, changes: [])
      return
    }
    let changes = EvidenceChange.between(pinned, seen)
    self.init(
      verdict: Self.verdict(changes, isHardwareKnown: pinned.hardware != nil && seen.hardware != nil), changes: changes)
  }

  init(verdict: DeviceVerdict, changes: [EvidenceChange]) {
    self.verdict = verdict
    self.changes = changes
  }

  private static func verdict(_ changes: [EvidenceChange], isHardwareKnown: Bool) -> DeviceVerdict {
    let traits = Set(changes.map(\.trait))
    if traits.contains(.hardware) { return .other }
    if traits.contains(.place) {
      return traits.isDisjoint(with: [.endpoint, .realm, .certificate, .server, .session, .layout, .parameterSets])
        ? .unsure : .other
    }
    if isHardwareKnown {
      let isRebuilt =
        traits.isSuperset(of: [.realm, .server, .session]) || traits.isSuperset(of: [.endpoint, .certificate])
      return isRebuilt ? .unsure : .same
    }
    switch weight(traits) {
    case ...2: return .same
    case 3: return .unsure
    default: return .other
    }
  }

  private static func weight(_ traits: Set<EvidenceChange.Trait>) -> Int {
    let details = traits.intersection([.version, .session, .layout, .parameterSets]).count
    let weights: [(EvidenceChange.Trait, Int)] = [
      (.endpoint, 4), (.realm, 4), (.certificate, 3), (.server, 3), (.authentication, 2),
    ]
    return weights.reduce(min(3, details)) { $0 + (traits.contains($1.0) ? $1.1 : 0) }
  }

  /// The changes in one sentence without its end, for a state's cause.
  public var words: String { changes.map(\.words).joined(separator: "; ") }
}

/// One piece of evidence that is not what was pinned.
public struct EvidenceChange: Hashable, Sendable {
  /// In the order of their strength.
  public enum Trait: Int, Hashable, Sendable, CaseIterable {
    case hardware, place, endpoint, realm, certificate, server, authentication, version, session, layout, parameterSets
  }
  public var trait: Trait
  /// For a person: "its hardware address is …, not …".
  public var words: String

  static func between(_ pinned: DeviceEvidence, _ seen: DeviceEvidence) -> [EvidenceChange] {
    var changes: [EvidenceChange] = []
    func note(_ trait: Trait, _ words: String) { changes.append(EvidenceChange(trait: trait, words: words)) }
    /// Both sides of a trait, when both are known and differ.
    func differing<Value: Equatable>(_ value: KeyPath<DeviceEvidence, Value?>) -> (Value, Value)? {
      guard let old = pinned[keyPath: value], let new = seen[keyPath: value], old != new else { return nil }
      return (new, old)
    }
    if let (new, old) = differing(\.hardware) { note(.hardware, "its hardware address is \(new), not \(old)") }
    if pinned.path != seen.path { note(.place, "its path is \(shown(seen.path)), not \(shown(pinned.path))") }
    if pinned.port != seen.port { note(.place, "its port is \(seen.port), not \(pinned.port)") }
    if let (new, old) = differing(\.endpoint) {
      note(.endpoint, "it calls its endpoint \(shown(new)), not \(shown(old))")
    }
    if let (new, old) = differing(\.realm) { note(.realm, "its realm is \(shown(new)), not \(shown(old))") }
    if let (new, old) = differing(\.certificate) {
      note(.certificate, "its certificate is \(new.prefix(16))…, not \(old.prefix(16))…")
    }
    if let (new, old) = differing(\.server) {
      let isOther = product(new) != product(old)
      note(isOther ? .server : .version, "its server calls itself \(shown(new)), not \(shown(old))")
    }
    if let (new, _) = differing(\.authentication) {
      note(
        .authentication, new == "none" ? "it asks for no password any more" : "it now asks for a password (\(new))")
    }
    if let (new, old) = differing(\.session) { note(.session, "it calls its session \(shown(new)), not \(shown(old))") }
    if differing(\.layout) != nil { note(.layout, "it describes other streams or controls") }
    if differing(\.parameterSets) != nil { note(.parameterSets, "its pictures are coded with other parameters") }
    return changes
  }

  /// What comes before the version: letters up to the first digit or sign of one.
  static func product(_ server: String) -> String {
    let name = server.lowercased().prefix { !($0 == "/" || $0 == "(" || $0.isNumber) }
    return String(name.split(separator: " ").filter { $0 != "v" }.joined(separator: " "))
  }

  private static func shown(_ text: String) -> String { text.isEmpty ? "nothing" : "\"\(text.prefix(60))\"" }
}

extension DeviceEvidence {
  /// The pin after the same device was seen again: what is new replaces what was, what could not be had stays.
  public func refreshed(with seen: DeviceEvidence) -> DeviceEvidence {
    var fresh = seen
    fresh.hardware = seen.hardware ?? hardware
    fresh.endpoint = seen.endpoint ?? endpoint
    fresh.certificate = seen.certificate ?? certificate
    fresh.authentication = seen.authentication ?? authentication
    fresh.realm = seen.realm ?? realm
    fresh.server = seen.server ?? server
    fresh.session = seen.session ?? session
    fresh.layout = seen.layout ?? layout
    fresh.parameterSets = seen.parameterSets ?? parameterSets
    return fresh
  }

  /// What belongs to the device as a whole, not to one of its streams: for a stream of the same device that was never
  /// seen, at `place`.
  public func device(at place: DeviceEvidence) -> DeviceEvidence {
    DeviceEvidence(
      host: host, port: place.port, path: place.path, hardware: hardware, endpoint: endpoint, realm: realm,
      server: server)
  }
}

extension CameraPin {
  /// What a stream's device is held against: its own evidence, or the main stream's device when the stream is new and is
  /// to come from there.
  ///
  /// - Parameter mainHost: where the main stream was last seen, by whichever device; the pinned place when `nil`.
  public func expected(of role: StreamRole, seen: DeviceEvidence, mainHost: String? = nil) -> DeviceEvidence? {
    if let own = self[role] { return own }
    guard role == .detect, let main, mainHost ?? main.host == seen.host else { return nil }
    return main.device(at: seen)
  }

  /// The pin after a sighting, or `nil` when nothing changes: another device never gets in here.
  public func taking(_ stream: StreamRole, _ seen: DeviceEvidence, mainHost: String? = nil) -> CameraPin? {
    let expected = expected(of: stream, seen: seen, mainHost: mainHost)
    guard Judgement(pinned: expected, seen: seen).verdict.isTrusted else { return nil }
    var fresh = self
    fresh[stream] = self[stream]?.refreshed(with: seen) ?? seen
    return fresh == self ? nil : fresh
  }
}
