public import Domain
import Files
import Glibc

/// The camera folders: one for each camera, named by its id. They are the desired state of the house; this is the only
/// code that writes their settings.
public struct CameraFolders: Sendable {
  /// The file beside the settings with the camera's password.
  package static let secretName = "secret"
  /// The file beside the settings that says by being replaced: start the camera's worker anew.
  package static let restartName = "restart"

  /// Absolute path of `cameras/`.
  public let path: String

  public init(data: DataDirectory) { path = data.camerasPath }

  /// What changes about a camera's password.
  public enum PasswordChange: Sendable {
    case keep
    case set(Secret)
    case remove
  }

  /// All cameras in the order of their ids, archived ones included; a folder whose settings can't be read is reported
  /// beside them and takes nothing away from the others.
  public struct Listing: Sendable {
    public var cameras: [CameraSettings] = []
    public var problems: [(camera: CameraID, problem: Problem)] = []
    /// Those that are not archived.
    public var active: [CameraSettings] { cameras.filter { !$0.archived } }
  }

  /// The ids that have a settings file, sorted. Names that are no ids are not ours and are left alone.
  public func ids() throws -> [CameraID] {
    let folder = try Descriptor.open(path, .folder)
    return try folder.names().compactMap { CameraID(text: $0) }
      .filter { access("\(path)/\($0.text)/settings/camera.json", F_OK) == 0 }
  }

  public func list() throws -> Listing {
    var listing = Listing()
    for camera in try ids() {
      do {
        listing.cameras.append(try read(camera))
      } catch let problem as Problem {
        listing.problems.append((camera, problem))
      }
    }
    return listing
  }

  /// - Throws: `Problem` (exit 78) that names the file and the key when the settings are damaged, exit 65 when there is
  ///   no such camera.
  public func read(_ camera: CameraID) throws -> CameraSettings {
    let file = try Descriptor.open("camera.json", in: settingsFolder(camera), .read)
    let bytes = try file.readAll(limit: 1 << 20)
    let settings: CameraSettings
    do {
      settings = try StrictJSON.decode(CameraSettings.self, from: bytes, file: file.path, keys: Self.shape)
      try settings.validate()
    } catch let problem as Problem where problem.exit == .configuration {
      throw problem
    } catch {
      throw Problem(
        .configuration, "\(file.path) can't be used: \(StrictJSON.describe(error))",
        next: "mend it, or put it back from a backup; the camera's footage is untouched")
    }
    guard settings.id == camera else {
      throw Problem(
        .configuration, "\(file.path) names the camera \(settings.id.text), not its folder's",
        next: "put back the file that belongs in this folder")
    }
    return settings
  }

  /// The camera's password, if it has one.
  ///
  /// - Throws: `Problem` (exit 77) when others may read the file.
  public func password(_ camera: CameraID) throws -> Secret? {
    let folder = try settingsFolder(camera)
    guard folder.contains(Self.secretName) else { return nil }
    let file = try Descriptor.open(Self.secretName, in: folder, .read)
    try PrivateFile.check(file)
    let text = String(validating: try file.readAll(limit: 64 << 10), as: UTF8.self)
    guard let text else {
      throw Problem(.configuration, "\(file.path) is not UTF-8 text", next: "set the camera's password again")
    }
    return text.isEmpty ? nil : Secret(text)
  }

  /// Writes the folder of a new camera. Its settings file is the last thing written: a folder without one is no camera.
  ///
  /// - Throws: `Problem` (exit 65) when the settings are not sound or another camera has the name, exit 78 when it is outside
  ///   the house.
  public func create(_ settings: CameraSettings, password: Secret?) throws {
    try settings.validate(replacing: nil)
    try checkName(settings)
    let camera = try Descriptor.folder(settings.id.text, in: Descriptor.open(path, .folder))
    guard !camera.contains("settings/camera.json") else {
      throw Problem(.data, "there is already a camera \(settings.id.text)", next: "change that one instead")
    }
    // Made here, not by the worker, which may not write in the camera's folder itself.
    for name in ["marks", "media", "events", "filmstrip", "journal", "quarantine", "run"] {
      _ = try Descriptor.folder(name, in: camera)
    }
    let folder = try Descriptor.folder("settings", in: camera)
    try write(password.map { .set($0) } ?? .remove, in: folder)
    try folder.replace("camera.json", with: StrictJSON.encode(settings))
  }

  /// Replaces a camera's settings. What is the same already is not written.
  ///
  /// - Throws: `Problem` (exit 65) when they are not sound, when another camera has the name, or there is no such camera; exit
  ///   78 when it is moved outside the house.
  public func update(_ settings: CameraSettings, password: PasswordChange = .keep) throws {
    try check(settings)
    if !settings.archived { try checkName(settings) }
    try replace(settings, password: password)
  }

  /// Keeps the footage and ends everything else: no worker, not on the wall.
  public func archive(_ camera: CameraID) throws {
    var settings = try read(camera)
    settings.archived = true
    try replace(settings, password: .keep)
  }

  /// Checks settings against the stored ones; where those can't be read, all is new.
  func check(_ settings: CameraSettings) throws { try settings.validate(replacing: try? read(settings.id)) }

  /// The write itself, for changes to several cameras at once whose names were checked together.
  package func replace(_ settings: CameraSettings, password: PasswordChange) throws {
    let folder = try settingsFolder(settings.id)
    try adjustPin(to: settings)
    // A file that can't be read is replaced: that is how it is repaired.
    let old = try? read(settings.id)
    if case .keep = password, old == settings { return }
    try check(password)
    if case .set = password, let old, !Self.signIn(of: old, settings) {
      // A new password is never stored next to an address that it was not given for: cut off in between, there is none.
      try write(.remove, in: folder)
      try folder.replace("camera.json", with: StrictJSON.encode(settings))
      try write(password, in: folder)
    } else {
      // The same password given again is a new file as well, and so a new attempt.
      try write(password, in: folder)
      try folder.replace("camera.json", with: StrictJSON.encode(settings))
    }
  }

  /// Whether both sign in as the same user at the same hosts and ports.
  private static func signIn(of old: CameraSettings, _ new: CameraSettings) -> Bool {
    old.user == new.user && old.main.host == new.main.host && old.main.port == new.main.port
      && old.detect?.host == new.detect?.host && old.detect?.port == new.detect?.port
  }

  private func check(_ change: PasswordChange) throws {
    guard case .set(let secret) = change else { return }
    guard !secret.isEmpty, !secret.reveal().utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
      throw Problem(
        .data, "the camera's password is empty or holds control characters", next: "give it as one line of text")
    }
  }

  private func write(_ change: PasswordChange, in folder: Descriptor) throws {
    switch change {
    case .keep: break
    case .set(let secret):
      try check(change)
      try folder.replace(Self.secretName, with: Array(secret.reveal().utf8))
    case .remove: try folder.delete(Self.secretName)
    }
  }

  private func checkName(_ settings: CameraSettings) throws {
    let other = try list().active.first { $0.id != settings.id && $0.name == settings.name }
    guard other == nil else {
      throw Problem(.data, "there is already a camera called \"\(settings.name)\"", next: "choose another name")
    }
  }

  func settingsFolder(_ camera: CameraID) throws -> Descriptor {
    let cameraPath = "\(path)/\(camera.text)"
    guard access("\(cameraPath)/settings", F_OK) == 0 else {
      throw Problem(.data, "there is no camera \(camera.text)", next: "see the cameras with: hearth camera list")
    }
    return try Descriptor.open("settings", in: Descriptor.open(cameraPath, .folder), .folder)
  }

  private static let address = StrictJSON.Shape.keys(["scheme", "host", "port", "path"])
  private static let place = StrictJSON.Shape.keys(["path", "volume"])
  static let shape = StrictJSON.Shape.object(
    [
      "version": .anything, "id": .anything, "name": .anything, "main": address, "detect": address, "user": .anything,
      "archived": .anything, "media": place, "earlierMedia": .list(place),
    ].merging(StrictJSON.Shape.members(CameraOptions.all)) { $1 })
}

extension StrictJSON.Shape {
  /// The keys of options, with those of what is in them.
  static func members(_ options: [CameraOption]) -> [String: Self] {
    Dictionary(options.map { ($0.key, Self($0.form)) }) { $1 }
  }

  private init(_ form: CameraOption.Form) {
    switch form {
    case .flag, .whole, .seconds, .choice: self = .anything
    case .shape: self = .keys(["width", "height"])
    case .retention: self = .keys(RetentionSettings.keys)
    case .block(let inner): self = .object(Self.members(inner))
    case .zones:
      self = .list(
        .object([
          "name": .anything, "polygon": .list(.keys(["x", "y"])), "kind": .anything, "sensitivity": .anything,
          "minimumSize": .anything,
        ]))
    }
  }
}
