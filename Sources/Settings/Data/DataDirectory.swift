public import Domain
public import Files
public import Seal
import FoundationEssentials
import Glibc

/// The folder that holds everything of one installation: identity, key, databases and the camera folders.
///
/// Opening it checks that it is ours to use and that the key belongs to it; nothing is moved or rewritten when it does
/// not.
public struct DataDirectory: Sendable {
  /// Absolute path, without symbolic links.
  public let path: String
  public let folder: Descriptor
  public let installation: InstallationID
  public let masterKey: MasterKey

  /// Says on a media volume which master key its footage is sealed with; nothing of the key itself.
  public var keyCheck: String { Hex.encode(masterKey.checkValue(installation: installation)) }

  public var databasePaths: (catalog: String, household: String) {
    ("\(path)/catalog.sqlite", "\(path)/household.sqlite")
  }
  public var camerasPath: String { "\(path)/cameras" }
  public var layout: DataLayout { DataLayout(path: path) }

  public func cameraPath(_ camera: CameraID) -> String { "\(camerasPath)/\(camera.text)" }

  /// Opens the data directory, and sets it up when it is missing or empty.
  ///
  /// - Throws: `Problem` with exit 73 or 77 when the folder can't be used, 78 when its identity or key is damaged or the
  ///   key belongs to another installation. Nothing was changed then.
  public static func open(
    _ text: String, using generator: inout some RandomNumberGenerator
  ) throws -> DataDirectory {
    let folder = try usableFolder(text)
    // SQLite's log needs memory that all its users share, which no network gives: databases there get damaged.
    if let network = try folder.networkFileSystem() {
      throw Problem(
        .cannotCreate,
        "\(folder.path) lies on a network file system (\(network)): the databases would be damaged there",
        next: "keep the data directory on a local disk; footage may lie there: hearth house set --media FOLDER")
    }
    // Two first starts at once must not mint two identities.
    let setUp = folder.contains(identityName) ? nil : try waitForSetUp(folder)
    defer { withExtendedLifetime(setUp) {} }
    let identity = try readIdentity(folder) ?? mintIdentity(in: folder, using: &generator)
    let key = try readKey(folder)
    guard Hex.encode(key.checkValue(installation: identity.installation)) == identity.keyCheck else {
      throw Problem(
        .configuration, "the key in \(folder.path)/keys/master is not the one that sealed this data directory",
        next: "put back the key from this installation's backup; nothing was changed")
    }
    return DataDirectory(
      path: folder.path, folder: folder, installation: identity.installation, masterKey: key)
  }

  /// `open` with chance from the system.
  public static func open(_ text: String) throws -> DataDirectory {
    var generator = SystemRandomNumberGenerator()
    return try open(text, using: &generator)
  }

  private static let identityName = "hearth.json"
  private static let keyBytes = 32

  private struct Identity {
    let installation: InstallationID
    let keyCheck: String
  }

  private struct IdentityFile: Codable {
    var installation: String
    var keyCheck: String
    var version: Int
  }

  // MARK: - The folder

  private static func usableFolder(_ text: String) throws -> Descriptor {
    let path = DataLayout.absolute(text)
    guard path != "/" else {
      throw Problem(.cannotCreate, "/ can't be the data directory", next: "name a folder of its own with --data")
    }
    var status = stat()
    if stat(path, &status) != 0 {
      guard errno == ENOENT else { throw cannotMake(path) }
      try makeFolders(path)
    } else if status.st_mode & S_IFMT != S_IFDIR {
      throw Problem(.cannotCreate, "\(path) is a file, not a folder", next: "name a folder with --data")
    }
    // The folder itself may be reached through a link; what lies in it may not be one.
    guard let resolved = realpath(path, nil) else { throw Problem.system("look at", path) }
    defer { free(resolved) }
    let folder = try Descriptor.open(String(cString: resolved), .folder)
    guard fstat(folder.number, &status) == 0 else { throw Problem.system("look at", folder.path) }
    guard status.st_uid == geteuid() else {
      let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "uid \(status.st_uid)"
      throw Problem(
        .permission, "\(folder.path) belongs to \(owner)",
        next: "run this as that user (sudo -u \(owner) hearth …), or name another folder with --data")
    }
    guard faccessat(folder.number, ".", W_OK | X_OK, 0) == 0 else { throw Problem.system("write in", folder.path) }
    if !folder.contains(identityName) {
      let strange = try folder.names().filter { !DataLayout.mayStandInAnEmptyFolder($0) }
      if let first = strange.first {
        throw Problem(
          .cannotCreate, "\(folder.path) is not empty (\"\(first)\") and is no data directory of Hearth",
          next: "name a new or an empty folder with --data")
      }
    }
    if status.st_mode & 0o077 != 0 {
      guard fchmod(folder.number, 0o700) == 0 else { throw Problem.system("make private", folder.path) }
    }
    return folder
  }

  private static func makeFolders(_ path: String) throws {
    var parent = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    if parent.isEmpty { parent = "/" }
    var status = stat()
    if stat(parent, &status) != 0 {
      guard errno == ENOENT else { throw cannotMake(path) }
      try makeFolders(parent)
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw cannotMake(path) }
  }

  private static func cannotMake(_ path: String) -> Problem {
    let code = errno
    return Problem(
      code == EACCES || code == EPERM ? .permission : .cannotCreate,
      "cannot make the data directory \(path): \(String(cString: strerror(code)))",
      next: "name a folder that you may write in with --data", code: .system(code))
  }

  // MARK: - Identity and key

  private static func waitForSetUp(_ folder: Descriptor) throws -> Descriptor {
    let file = try Descriptor.open(DataLayout.setUpLockName, in: folder, .createOrOpen)
    guard flock(file.number, LOCK_EX) == 0 else { throw Problem.system("lock", file.path) }
    return file
  }

  private static func readIdentity(_ folder: Descriptor) throws -> Identity? {
    guard folder.contains(identityName) else { return nil }
    let file = try Descriptor.open(identityName, in: folder, .read)
    let bytes = try file.readAll(limit: 64 << 10)
    func damaged(_ why: String) -> Problem {
      Problem(.configuration, "\(file.path) \(why)", next: "put it back from a backup; nothing was changed")
    }
    let read: IdentityFile
    do {
      read = try StrictJSON.decode(
        IdentityFile.self, from: bytes, file: file.path, keys: .keys(["installation", "keyCheck", "version"]))
    } catch let problem as Problem {
      throw problem
    } catch {
      throw damaged("can't be read (\(StrictJSON.describe(error)))")
    }
    guard read.version == 1 else {
      throw Problem(
        .configuration, "\(file.path) has version \(read.version), this Hearth knows version 1",
        next: "use the newer Hearth that wrote it")
    }
    guard let installation = InstallationID(text: read.installation) else { throw damaged("has no installation id") }
    return Identity(installation: installation, keyCheck: read.keyCheck)
  }

  private static func mintIdentity(
    in folder: Descriptor, using generator: inout some RandomNumberGenerator
  ) throws -> Identity {
    guard !folder.contains("cameras") else {
      throw Problem(
        .configuration, "\(folder.path)/hearth.json is missing although there are camera folders",
        next: "put it back from a backup; nothing was changed")
    }
    let keys = try Descriptor.folder("keys", in: folder)
    // The key first: an interrupted first start leaves a key without an identity, and goes on with it.
    if !keys.contains("master") {
      try keys.replace("master", with: (0..<keyBytes).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
    let installation = InstallationID.mint(using: &generator)
    let check = Hex.encode(try readKey(folder).checkValue(installation: installation))
    let file = IdentityFile(installation: Hex.encode(installation.raw.bytes), keyCheck: check, version: 1)
    try folder.replace(identityName, with: StrictJSON.encode(file))
    _ = try Descriptor.folder("cameras", in: folder)
    return Identity(installation: installation, keyCheck: check)
  }

  private static func readKey(_ folder: Descriptor) throws -> MasterKey {
    let path = "\(folder.path)/keys/master"
    guard folder.contains("keys") else {
      throw Problem(
        .configuration, "\(path) is missing", next: "put back the key from a backup; nothing was changed")
    }
    let keys = try Descriptor.open("keys", in: folder, .folder)
    guard keys.contains("master") else {
      throw Problem(
        .configuration, "\(path) is missing", next: "put back the key from a backup; nothing was changed")
    }
    let file = try Descriptor.open("master", in: keys, .read)
    try PrivateFile.check(file)
    let bytes = try file.readAll(limit: 4096)
    guard let key = MasterKey(bytes: bytes) else {
      throw Problem(
        .configuration, "\(path) holds \(bytes.count) bytes, a key has \(keyBytes)",
        next: "put back the key from a backup; nothing was changed")
    }
    return key
  }
}
