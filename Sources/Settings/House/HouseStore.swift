public import Domain
import Files

/// What is set for the household as a whole, in `house.json`, and the names that a house file gave to cameras, in
/// `house-names.json`.
public struct HouseStore: Sendable {
  private let data: DataDirectory

  public init(data: DataDirectory) { self.data = data }

  private struct House: Codable {
    var version = 1
    var retention: RetentionSettings?
    var network: NetworkSettings?
    var media: MediaPlace?
  }

  private func house() throws -> House {
    let shape = StrictJSON.Shape.object([
      "version": .anything, "retention": .keys(RetentionSettings.keys),
      "network": .keys(["hostNames", "trustedProxies", "clientRanges"]), "media": .keys(["path", "volume"]),
    ])
    return try read(House.self, "house.json", shape) ?? House()
  }

  private func change(_ change: (inout House) -> Void) throws {
    var house = try house()
    change(&house)
    try data.folder.replace("house.json", with: StrictJSON.encode(house))
  }

  /// How long the household keeps footage; nothing set until somebody sets it.
  ///
  /// - Throws: `Problem` (exit 78) when the file is damaged.
  public func retention() throws -> RetentionSettings { try house().retention ?? RetentionSettings() }

  public func setRetention(_ retention: RetentionSettings) throws { try change { $0.retention = retention } }

  /// The policy as it was before it was changed last, while that can be taken back.
  ///
  /// - Throws: `Problem` (exit 78) when the file is damaged.
  public func policyChange() throws -> PolicyChange? {
    try read(
      PolicyChange.self, Self.changeName,
      .object([
        "version": .anything, "at": .anything, "household": .keys(RetentionSettings.keys), "cameras": .anything,
      ]))
  }

  public func setPolicyChange(_ change: PolicyChange?) throws {
    if let change {
      try data.folder.replace(Self.changeName, with: StrictJSON.encode(change))
    } else if data.folder.contains(Self.changeName) {
      try data.folder.delete(Self.changeName)
    }
  }

  private static let changeName = "retention-change.json"

  /// By which ways the household reaches its server; only its own addresses until somebody says more.
  ///
  /// - Throws: `Problem` (exit 78) when the file is damaged.
  public func network() throws -> NetworkSettings { try house().network ?? NetworkSettings() }

  public func setNetwork(_ network: NetworkSettings) throws { try change { $0.network = network } }

  /// The volume that new cameras are recorded on; `nil` for the data directory.
  ///
  /// - Throws: `Problem` (exit 78) when the file is damaged.
  public func media() throws -> MediaPlace? { try house().media }

  /// Cameras that were recorded where the household's are follow it; those with a volume of their own stay there.
  public func setMedia(_ place: MediaPlace?) throws {
    let (before, folders) = (try media(), CameraFolders(data: data))
    try change { $0.media = place }
    for var camera in try folders.list().active where camera.media?.volume == before?.volume {
      camera.moveRecording(to: place)
      try folders.update(camera)
    }
  }

  public func names() throws -> HouseNames {
    try read(HouseNames.self, "house-names.json", .object(["version": .anything, "cameras": .anything])) ?? HouseNames()
  }

  public func setNames(_ names: HouseNames) throws {
    try data.folder.replace("house-names.json", with: StrictJSON.encode(names))
  }

  /// Carries out the cameras' part of a plan and remembers the names. The rest of the plan (people, retention) is for
  /// those who keep them.
  ///
  /// - Returns: the ids of the cameras that were added, by name.
  public func applyCameras(
    _ plan: HousePlan, using generator: inout some RandomNumberGenerator
  ) throws -> [String: CameraID] {
    let folders = CameraFolders(data: data)
    var added: [String: CameraID] = [:]
    // Renames among several cameras may pass through the same name; the plan has checked where they end.
    for case .setCamera(let settings, let password) in plan.changes.map(\.action) {
      try folders.check(settings)
      try folders.replace(settings, password: password)
    }
    for case .archiveCamera(let camera) in plan.changes.map(\.action) { try folders.archive(camera) }
    for case .addCamera(let camera) in plan.changes.map(\.action) {
      let id = CameraID.mint(using: &generator)
      var settings = camera.settings(id: id)
      settings.media = try media()
      try folders.create(settings, password: camera.password)
      added[camera.name] = id
    }
    let names = try names()
    let next = plan.names(after: names, added: added)
    if next != names { try setNames(next) }
    return added
  }

  private func read<Value: Decodable>(_ type: Value.Type, _ name: String, _ shape: StrictJSON.Shape) throws -> Value? {
    guard data.folder.contains(name) else { return nil }
    let file = try Descriptor.open(name, in: data.folder, .read)
    do {
      return try StrictJSON.decode(type, from: file.readAll(limit: 1 << 20), file: file.path, keys: shape)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(
        .configuration, "\(file.path) can't be used: \(StrictJSON.describe(error))",
        next: "mend it, or put it back from a backup")
    }
  }
}
