import CLinux
public import Domain
import Glibc

/// An open file or folder. Closed when the last owner lets go; every call that fails throws a `Problem` that names the
/// operation, the place and the system's own code.
public final class Descriptor: Sendable {
  /// The system's number of the open file; only valid while this object lives.
  public let number: Int32
  /// What was opened, for messages.
  public let path: String

  public init(owning number: Int32, path: String) {
    self.number = number
    self.path = path
  }

  deinit { Glibc.close(number) }

  /// What opening may do with a name that exists or not.
  public enum Mode: Sendable {
    case read, readWrite, append
    /// The name must not exist yet.
    case create
    /// Created when missing, kept when there.
    case createOrOpen
    case folder

    var flags: Int32 {
      switch self {
      case .read: O_RDONLY
      case .readWrite: O_RDWR
      case .append: O_WRONLY | O_APPEND | O_CREAT
      case .create: O_RDWR | O_CREAT | O_EXCL
      case .createOrOpen: O_RDWR | O_CREAT
      case .folder: O_RDONLY | O_DIRECTORY
      }
    }
  }

  /// Opens `name` relative to `folder` (or to the working folder). Symbolic links are never followed at the last step,
  /// and files are private to the user (0600).
  public static func open(_ name: String, in folder: Descriptor? = nil, _ mode: Mode) throws -> Descriptor {
    let path = folder.map { "\($0.path)/\(name)" } ?? name
    let number = openat(folder?.number ?? AT_FDCWD, name, mode.flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard number >= 0 else { throw Problem.system("open", path) }
    return Descriptor(owning: number, path: path)
  }

  /// Opens a file below `folder` by a relative path, refusing symbolic links and any way out of the folder
  /// (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS).
  public static func openBeneath(_ relativePath: String, in folder: Descriptor) throws -> Descriptor {
    // struct open_how { flags, mode, resolve }: RESOLVE_NO_MAGICLINKS 2, RESOLVE_NO_SYMLINKS 4, RESOLVE_BENEATH 8.
    var how: (UInt64, UInt64, UInt64) = (UInt64(O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), 0, 2 | 4 | 8)
    let path = "\(folder.path)/\(relativePath)"
    let number = withUnsafeMutablePointer(to: &how) { pointer in
      relativePath.withCString { name in syscallOpenat2(folder.number, name, pointer, 24) }
    }
    guard number >= 0 else { throw Problem.system("open", path) }
    let opened = Descriptor(owning: number, path: path)
    var status = stat()
    guard fstat(number, &status) == 0 else { throw Problem.system("look at", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(.data, "\(path) is not a plain file", next: "move it out of the camera's folder")
    }
    return opened
  }

  private static func syscallOpenat2(
    _ folder: Int32, _ name: UnsafePointer<CChar>, _ how: UnsafeMutableRawPointer, _ size: Int
  ) -> Int32 {
    // glibc has no wrapper for openat2; `syscall` is variadic and so not imported, hence the shim target.
    Int32(hearth_openat2(folder, name, how, size))
  }

  /// The file's length in bytes.
  public func size() throws -> UInt64 {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw Problem.system("look at", path) }
    return UInt64(status.st_size)
  }

  /// Which file this is, and in which state: any write, rename or change of links makes it another.
  public struct Version: Hashable, Sendable {
    private let device, node: UInt64
    private let size: Int64
    private let written: WallTime
    /// When its bytes, name or rights last changed (`st_ctim`), by the wall clock; nobody can set it.
    public let changed: WallTime

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      node = UInt64(status.st_ino)
      size = Int64(status.st_size)
      written = Self.time(status.st_mtim)
      changed = Self.time(status.st_ctim)
    }

    private static func time(_ time: timespec) -> WallTime {
      WallTime(seconds: Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
  }

  public func version() throws -> Version {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw Problem.system("look at", path) }
    return Version(status)
  }

  /// Of what `name` is in this folder by now; `nil` when it is gone.
  public func version(of name: String) throws -> Version? {
    var status = stat()
    guard fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return nil }
      throw Problem.system("look at", "\(path)/\(name)")
    }
    return Version(status)
  }

  /// Reads exactly `count` bytes at `offset`, or fewer at the file's end.
  public func read(at offset: UInt64, count: Int) throws -> [UInt8] {
    guard count > 0 else { return [] }
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Fills `buffer` from `offset` on, as far as the file goes.
  ///
  /// - Returns: how many bytes were read.
  public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count {
      let got = pread(
        number, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset) + off_t(filled))
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw Problem.system("read", path) }
      if got == 0 { break }
      filled += got
    }
    return filled
  }

  /// Reads the whole file. Throws `.data` above `limit` bytes, so that a strange file can't fill the memory.
  public func readAll(limit: Int) throws -> [UInt8] {
    let size = try size()
    guard size <= UInt64(limit) else {
      throw Problem(
        .data, "\(path) is \(size) bytes long, more than the \(limit) it may have", next: "look what put it there")
    }
    return try read(at: 0, count: Int(size))
  }

  /// Writes all of `bytes` at `offset`; throws with the system's code when the disk is full or broken.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
    var done = 0
    while done < bytes.count {
      let put = pwrite(number, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + off_t(done))
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw Problem.system("write", path) }
      done += put
    }
  }

  public func write(_ bytes: [UInt8], at offset: UInt64) throws {
    try bytes.withUnsafeBytes { try write($0, at: offset) }
  }

  /// Adds `bytes` at the end of a file opened with `.append`.
  public func append(_ bytes: [UInt8]) throws {
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw Problem.system("write", path) }
      done += put
    }
  }

  public func truncate(to length: UInt64) throws {
    guard ftruncate(number, off_t(length)) == 0 else { throw Problem.system("shorten", path) }
  }

  /// Makes the file's bytes durable. A failure must not be tried again and believed: the kernel may have dropped the
  /// pages (fsync(2), and the PostgreSQL findings of 2018).
  public func syncData() throws {
    guard fdatasync(number) == 0 else { throw Problem.system("make durable", path) }
  }

  /// Makes a folder's entries (or a file with its metadata) durable.
  public func sync() throws {
    guard fsync(number) == 0 else { throw Problem.system("make durable", path) }
  }

  /// Takes the file's exclusive lock, or answers `false` when somebody else has it. Held until the descriptor closes.
  public func tryLock() throws -> Bool {
    if flock(number, LOCK_EX | LOCK_NB) == 0 { return true }
    if errno == EWOULDBLOCK { return false }
    throw Problem.system("lock", path)
  }
}

extension Problem {
  /// The last failed system call, in words.
  public static func system(_ operation: String, _ path: String, code given: Int32? = nil) -> Problem {
    let code = given ?? Glibc.errno
    let exit: ExitCode =
      switch code {
      case EACCES, EPERM: .permission
      case ENOENT: .data
      case EEXIST, ENOTDIR, ENOSPC, EROFS, EDQUOT: .cannotCreate
      default: .inputOutput
      }
    let next =
      switch code {
      case EACCES, EPERM, EROFS: "let the user that runs Hearth write there, or choose another data folder with --data"
      case ENOSPC, EDQUOT: "free space on that volume, or lower the retention budget"
      case ENOENT: "check that the folder is there and its volume is mounted"
      case ENOTDIR: "a part of that path is a file: name another folder"
      case EEXIST: "move what is there out of the way"
      default: "check the volume and the system's log"
      }
    return Problem(
      exit, "cannot \(operation) \(path): \(String(cString: strerror(code)))", next: next, code: .system(code))
  }

  /// A file that was looked for and is in none of its places.
  public static func notFound(_ path: String) -> Problem { system("open", path, code: ENOENT) }

  /// The kernel's number of the error, when it was the kernel that reported one.
  public var errno: Int32? { if case .system(let number) = code { number } else { nil } }
}
