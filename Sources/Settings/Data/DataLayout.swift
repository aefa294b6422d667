public import Domain
import Files
import Glibc

/// The names in a data directory, for those who only look and never set one up.
public struct DataLayout: Sendable {
  /// Absolute path.
  public let path: String

  public init(path: String) { self.path = DataLayout.absolute(path) }

  /// The control socket (HTTP over a Unix socket), open while a server runs.
  public var socketPath: String { "\(path)/hearth.sock" }
  public var lockPath: String { "\(path)/\(Self.lockName)" }
  /// Whether somebody has set this folder up as a data directory.
  public var exists: Bool { access("\(path)/hearth.json", F_OK) == 0 }

  static let lockName = "lock"
  static let serveLockName = "serve.lock"
  static let setUpLockName = "setup.lock"

  static func mayStandInAnEmptyFolder(_ name: String) -> Bool {
    [lockName, serveLockName, setUpLockName, "lost+found", "keys", "hearth.sock", ".hearth.json.new"].contains(name)
  }

  /// `text` as an absolute path without `.`, `..` and doubled slashes; symbolic links are left as they are.
  public static func absolute(_ text: String) -> String {
    var whole = text
    if !text.hasPrefix("/") {
      if let here = getcwd(nil, 0) {
        whole = "\(String(cString: here))/\(text)"
        free(here)
      }
    }
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The data directory to use when `--data` is not given: `$HEARTH_DATA`, else `/var/lib/hearth` when it is there, else
  /// a folder below the user's home.
  public static func standard(environment: [String: String], exists: (String) -> Bool) -> String {
    if let named = environment["HEARTH_DATA"], !named.isEmpty { return named }
    if exists("/var/lib/hearth") { return "/var/lib/hearth" }
    if let base = environment["XDG_DATA_HOME"], base.hasPrefix("/") { return "\(base)/hearth" }
    return "\(environment["HOME"] ?? "/root")/.local/share/hearth"
  }
}

/// The right to change a data directory: held by the server, or by a command that works without one. The kernel frees
/// it when its holder ends, however it ends.
public final class DataLock: Sendable {
  private let file: Descriptor

  private init(file: Descriptor) { self.file = file }

  /// What is locked: the folder for its one writer, or the house for its one supervisor.
  public enum Kind: Sendable {
    /// Databases and settings: the server process or a command.
    case writer
    /// The processes of a house: `hearth serve`.
    case supervisor

    var name: String { self == .writer ? DataLayout.lockName : DataLayout.serveLockName }
  }

  /// Takes the lock, or answers `nil` when somebody else has it.
  ///
  /// - Parameter holder: who takes it, in words; shown to whoever finds it taken.
  public static func take(_ kind: Kind, of data: DataDirectory, holder: String) throws -> DataLock? {
    try take(kind, in: data.folder, holder: holder)
  }

  static func take(_ kind: Kind, in folder: Descriptor, holder: String) throws -> DataLock? {
    let file = try Descriptor.open(kind.name, in: folder, .createOrOpen)
    guard try file.tryLock() else { return nil }
    try file.truncate(to: 0)
    try file.write(Array("\(holder), process \(getpid())\n".utf8), at: 0)
    return DataLock(file: file)
  }

  /// Whether somebody holds the lock at the moment; `false` also when there is no data directory yet.
  public static func isHeld(_ kind: Kind, at layout: DataLayout) throws -> Bool {
    let path = "\(layout.path)/\(kind.name)"
    let number = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if number < 0 && errno == ENOENT { return false }
    guard number >= 0 else { throw Problem.system("open", path) }
    return try !Descriptor(owning: number, path: path).tryLock()
  }

  /// The error for a lock that is taken: names its holder as far as it is known.
  public static func taken(_ kind: Kind, at layout: DataLayout) -> Problem {
    let path = "\(layout.path)/\(kind.name)"
    var who = ""
    if let file = try? Descriptor.open(path, .read), let bytes = try? file.readAll(limit: 4096) {
      who = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
    }
    return Problem(
      .unavailable, "\(layout.path) is in use\(who.isEmpty ? "" : " by \(who)")",
      next: kind == .writer
        ? "try again when it has ended; a running `hearth serve` answers commands itself"
        : "stop the other `hearth serve`, or give this one a folder of its own with --data")
  }
}

enum PrivateFile {
  /// Refuses a file that others may read, or that is not a plain file.
  static func check(_ file: Descriptor) throws {
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw Problem.system("look at", file.path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(.configuration, "\(file.path) is not a plain file", next: "put the real one back from a backup")
    }
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw Problem(
        .permission, "\(file.path) can be read by others (mode 0\(mode))",
        next: "run: chmod 600 \(file.path), and change the secret if others use this machine")
    }
  }
}
