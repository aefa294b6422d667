public import Domain

/// What applying a house file would change: the file compared with the household as it is. Pure, so that what is shown
/// is what is done.
public struct HousePlan: Sendable {
  /// How far applying may go.
  public enum Mode: String, Sendable, Codable {
    /// Add and change; cameras and people that the file doesn't name are reported and stay.
    case apply
    /// `apply`, and archive the cameras that the file doesn't name.
    case prune
    /// Only add; every other difference is reported.
    case addOnly
  }

  /// The household as it is.
  public struct Current: Sendable {
    public struct Camera: Sendable {
      public var settings: CameraSettings
      public var password: Secret?

      public init(settings: CameraSettings, password: Secret?) {
        self.settings = settings
        self.password = password
      }
    }

    public struct Person: Sendable {
      public var name: String
      public var owner: Bool
      public var grants: [CameraID: CameraGrant]

      public init(name: String, owner: Bool, grants: [CameraID: CameraGrant]) {
        self.name = name
        self.owner = owner
        self.grants = grants
      }
    }

    /// Archived ones included.
    public var cameras: [Camera]
    public var people: [Person]
    public var retention: RetentionSettings

    public init(cameras: [Camera], people: [Person], retention: RetentionSettings) {
      self.cameras = cameras
      self.people = people
      self.retention = retention
    }
  }

  public enum Kind: String, Sendable, Codable {
    case add, change, rename, archive
    /// A difference that this mode leaves as it is.
    case differs
    /// A change that can't be made; `what` says why.
    case blocked
  }

  public enum Action: Sendable {
    case addCamera(HouseFile.Camera)
    case setCamera(CameraSettings, password: CameraFolders.PasswordChange)
    case archiveCamera(CameraID)
    /// Grants are by camera name, to be looked up after the cameras were changed.
    case addPerson(HouseFile.Person)
    /// Owner and grants as the file says; `nil` stays. The password stays.
    case setPerson(HouseFile.Person)
    case setRetention(RetentionSettings)
    case none
  }

  public enum Subject: String, Sendable, Codable { case camera, person, retention }

  public struct Change: Sendable {
    public let subject: Subject
    public let kind: Kind
    /// Empty for the household's retention.
    public let name: String
    /// One line for each field: `record: continuous -> motion`.
    public let what: [String]
    public let action: Action
  }

  /// Cameras first (renames before all else), then people, then retention; each in the file's order.
  public let changes: [Change]
  /// The id of each camera of the file that is there already.
  public let matched: [String: CameraID]

  /// Whether anything would be done.
  public var isEmpty: Bool { changes.allSatisfy { if case .none = $0.action { true } else { false } } }
  public var blocked: [Change] { changes.filter { $0.kind == .blocked } }

  /// Compares.
  ///
  /// - Parameter names: which name of the house file got which camera, as remembered from the last time.
  public init(house: HouseFile, current: Current, names: HouseNames, mode: Mode) {
    var draft = HousePlanDraft(house: house, current: current, names: names, mode: mode)
    changes = draft.changes()
    matched = draft.matched
  }

  /// What to remember after applying: the file's names with their ids, and older names that still have a camera.
  ///
  /// - Parameter added: the ids that new cameras got.
  public func names(after names: HouseNames, added: [String: CameraID]) -> HouseNames {
    var next = names
    for (name, id) in matched.merging(added, uniquingKeysWith: { $1 }) {
      // A name means one camera, and a camera has one name in the file.
      next.cameras = next.cameras.filter { $0.value != id.text }
      next.cameras[name] = id.text
    }
    return next
  }
}

/// Which name of a house file got which camera: `house-names.json`. So a camera that was renamed on the page is still
/// known by the file's name for it.
public struct HouseNames: Hashable, Sendable, Codable {
  public var version = 1
  public var cameras: [String: String] = [:]

  public init(cameras: [String: String] = [:]) { self.cameras = cameras }
}

/// The work of comparing.
private struct HousePlanDraft {
  let house: HouseFile
  let current: HousePlan.Current
  let names: HouseNames
  let mode: HousePlan.Mode
  var matched: [String: CameraID] = [:]

  init(house: HouseFile, current: HousePlan.Current, names: HouseNames, mode: HousePlan.Mode) {
    self.house = house
    self.current = current
    self.names = names
    self.mode = mode
  }

  private var active: [HousePlan.Current.Camera] { current.cameras.filter { !$0.settings.archived } }

  mutating func changes() -> [HousePlan.Change] {
    match()
    return cameraChanges() + peopleChanges() + retentionChanges()
  }

  /// Finds each declared camera's folder: by what is remembered, by its name, by its former name. No camera is taken
  /// twice, and each rule is asked for all cameras before the next one.
  private mutating func match() {
    var free = Dictionary(uniqueKeysWithValues: active.map { ($0.settings.id, $0.settings.name) })
    func take(_ name: String, _ id: CameraID?) {
      guard let id, matched[name] == nil, free.removeValue(forKey: id) != nil else { return }
      matched[name] = id
    }
    for camera in house.cameras { take(camera.name, names.cameras[camera.name].flatMap { CameraID(text: $0) }) }
    for camera in house.cameras { take(camera.name, free.first { $0.value == camera.name }?.key) }
    for camera in house.cameras {
      guard let was = camera.was else { continue }
      take(camera.name, names.cameras[was].flatMap { CameraID(text: $0) } ?? free.first { $0.value == was }?.key)
      take(camera.name, free.first { $0.value == was }?.key)
    }
  }

  // MARK: - Cameras

  private func cameraChanges() -> [HousePlan.Change] {
    var renames: [HousePlan.Change] = []
    var others: [HousePlan.Change] = []
    let known = Set(matched.values)
    let stay = mode == .prune ? [] : active.filter { !known.contains($0.settings.id) }
    for camera in house.cameras {
      guard let id = matched[camera.name], let old = active.first(where: { $0.settings.id == id }) else {
        others.append(addition(camera))
        continue
      }
      if stay.contains(where: { $0.settings.name == camera.name }) {
        others.append(
          HousePlan.Change(
            subject: .camera, kind: .blocked, name: camera.name,
            what: ["\"\(old.settings.name)\" can't get this name: another camera that the file doesn't know has it"],
            action: .none))
        continue
      }
      guard let change = change(camera, id, old) else { continue }
      if change.kind == .rename { renames.append(change) } else { others.append(change) }
    }
    for camera in active where !known.contains(camera.settings.id) {
      let archive = mode == .prune
      others.append(
        HousePlan.Change(
          subject: .camera, kind: archive ? .archive : .differs, name: camera.settings.name,
          what: [archive ? "not in the file: no longer recorded, footage stays" : "not in the file: stays as it is"],
          action: archive ? .archiveCamera(camera.settings.id) : .none))
    }
    return renames + others
  }

  private func addition(_ camera: HouseFile.Camera) -> HousePlan.Change {
    var what = ["source: \(camera.source.text)", "record: \(camera.record.rawValue)"]
    if current.cameras.contains(where: { $0.settings.archived && $0.settings.name == camera.name }) {
      what.append("an archived camera had this name; this is a new one beside it")
    }
    return HousePlan.Change(
      subject: .camera, kind: .add, name: camera.name, what: what, action: .addCamera(camera))
  }

  private func change(
    _ camera: HouseFile.Camera, _ id: CameraID, _ old: HousePlan.Current.Camera
  ) -> HousePlan.Change? {
    var new = camera.settings(id: id)
    // A house file says nothing of volumes: it may be read on another machine.
    (new.media, new.earlierMedia) = (old.settings.media, old.settings.earlierMedia)
    var fields = HouseDifference.fields(old.settings, new)
    var password = CameraFolders.PasswordChange.keep
    if let given = camera.password, given != old.password {
      password = .set(given)
      fields.append(old.password == nil ? "password: set" : "password: another one")
    }
    guard !fields.isEmpty else { return nil }
    let rename = old.settings.name != new.name
    guard mode != .addOnly else {
      return HousePlan.Change(subject: .camera, kind: .differs, name: camera.name, what: fields, action: .none)
    }
    return HousePlan.Change(
      subject: .camera, kind: rename ? .rename : .change, name: camera.name, what: fields,
      action: .setCamera(new, password: password))
  }

  // MARK: - People

  private func peopleChanges() -> [HousePlan.Change] {
    var changes: [HousePlan.Change] = []
    for person in house.people {
      guard let old = current.people.first(where: { $0.name == person.name }) else {
        changes.append(addition(person))
        continue
      }
      let fields = fields(of: person, old)
      guard !fields.isEmpty else { continue }
      let apply = mode != .addOnly
      changes.append(
        HousePlan.Change(
          subject: .person, kind: apply ? .change : .differs, name: person.name, what: fields,
          action: apply ? .setPerson(person) : .none))
    }
    // A file without people says nothing of them.
    guard !house.people.isEmpty else { return changes }
    for person in current.people where !house.people.contains(where: { $0.name == person.name }) {
      changes.append(
        HousePlan.Change(
          subject: .person, kind: .differs, name: person.name, what: ["not in the file: stays as it is"], action: .none)
      )
    }
    return changes
  }

  private func addition(_ person: HouseFile.Person) -> HousePlan.Change {
    var what = ["owner: \(HouseDifference.word(person.owner ?? false))"]
    for grant in person.grants ?? [] {
      what.append("grants for \"\(grant.camera)\": \(HouseDifference.words(grant))")
    }
    if person.password == nil {
      what.append("no password yet: hearth person password \(HouseDifference.shellWord(person.name))")
    }
    return HousePlan.Change(subject: .person, kind: .add, name: person.name, what: what, action: .addPerson(person))
  }

  private func fields(of person: HouseFile.Person, _ old: HousePlan.Current.Person) -> [String] {
    var fields: [String] = []
    if let owner = person.owner, owner != old.owner {
      fields.append("owner: \(HouseDifference.word(old.owner)) -> \(HouseDifference.word(owner))")
    }
    guard let grants = person.grants else { return fields }
    var left = old.grants
    for grant in grants {
      let before = matched[grant.camera].flatMap { left.removeValue(forKey: $0) }
        .map { HouseDifference.words(HouseFile.Grant(camera: grant.camera, $0)) }
      let after = HouseDifference.words(grant)
      guard before != after else { continue }
      fields.append("grants for \"\(grant.camera)\": \(before ?? "none") -> \(after)")
    }
    for (id, before) in left.sorted(by: { $0.key < $1.key }) {
      // Grants on archived cameras open old footage; a file that can't name such a camera doesn't take them away.
      guard let camera = active.first(where: { $0.settings.id == id }) else { continue }
      let words = HouseDifference.words(HouseFile.Grant(camera: camera.settings.name, before))
      fields.append("grants for \"\(camera.settings.name)\": \(words) -> none")
    }
    return fields
  }

  // MARK: - Retention

  private func retentionChanges() -> [HousePlan.Change] {
    guard let retention = house.retention else { return [] }
    let fields = HouseDifference.retention(current.retention, retention)
    guard !fields.isEmpty else { return [] }
    let apply = mode != .addOnly
    return [
      HousePlan.Change(
        subject: .retention, kind: apply ? .change : .differs, name: "", what: fields,
        action: apply ? .setRetention(retention) : .none)
    ]
  }
}
