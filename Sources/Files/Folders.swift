import CLinux
public import Domain
import Glibc

extension Descriptor {
  /// Opens the folder `name`, made first (0700) when it is missing; the parent's entry is durable afterwards.
  public static func folder(_ name: String, in parent: Descriptor) throws -> Descriptor {
    if mkdirat(parent.number, name, 0o700) == 0 {
      try parent.sync()
    } else if errno != EEXIST {
      throw Problem.system("make the folder", "\(parent.path)/\(name)")
    }
    return try open(name, in: parent, .folder)
  }

  /// The names in this folder, sorted, without `.` and `..`.
  public func names() throws -> [String] {
    let copy = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw Problem.system("list", path) }
    guard let stream = fdopendir(copy) else {
      Glibc.close(copy)
      throw Problem.system("list", path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw Problem.system("list", path) }
    return names.sorted()
  }

  /// Whether `name` is in this folder (as anything).
  public func contains(_ name: String) -> Bool {
    var status = stat()
    return fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0
  }

  /// Gives a file its final name, never over another one (RENAME_NOREPLACE), and makes the folder durable.
  public func renameNew(_ from: String, to name: String) throws {
    guard hearth_rename_new(number, from, number, name) == 0 else {
      throw Problem.system("rename to", "\(path)/\(name)")
    }
    try sync()
  }

  /// Puts `bytes` in place of the file `name`: written aside, made durable, then renamed over. Readers see the old or
  /// the new file, never a part.
  public func replace(_ name: String, with bytes: [UInt8]) throws {
    let aside = ".\(name).new"
    if unlinkat(number, aside, 0) != 0 && errno != ENOENT { throw Problem.system("delete", "\(path)/\(aside)") }
    let file = try Descriptor.open(aside, in: self, .create)
    try file.write(bytes, at: 0)
    try file.sync()
    guard renameat(number, aside, number, name) == 0 else { throw Problem.system("rename to", "\(path)/\(name)") }
    try sync()
  }

  /// Deletes the file `name`; a missing one is fine. The folder is durable afterwards.
  public func delete(_ name: String) throws {
    guard unlinkat(number, name, 0) == 0 || errno == ENOENT else { throw Problem.system("delete", "\(path)/\(name)") }
    try sync()
  }

  /// Free and total bytes of the volume that holds this folder, as an unprivileged user may use them (statvfs(3)).
  public func volumeSpace() throws -> (free: UInt64, total: UInt64) {
    var status = statvfs()
    guard fstatvfs(number, &status) == 0 else { throw Problem.system("measure the volume of", path) }
    let unit = UInt64(status.f_frsize)
    return (UInt64(status.f_bavail) * unit, UInt64(status.f_blocks) * unit)
  }
}

extension Descriptor {
  /// Moves the file `name` out of another folder into this one, never over another file; both folders are durable
  /// afterwards.
  public func adopt(_ name: String, from other: Descriptor, as newName: String) throws {
    guard hearth_rename_new(other.number, name, number, newName) == 0 else {
      throw Problem.system("move to", "\(path)/\(newName)")
    }
    try sync()
    try other.sync()
  }
}

extension Descriptor {
  /// Length in bytes and time of the last writing of the file `name`; `nil` when it is not there.
  public func measure(_ name: String) throws -> (bytes: UInt64, written: WallTime)? {
    var status = stat()
    guard fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return nil }
      throw Problem.system("look at", "\(path)/\(name)")
    }
    let nanoseconds = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    return (UInt64(status.st_size), WallTime(nanoseconds: nanoseconds))
  }
}

extension Descriptor {
  /// The network file system that this lies on; `nil` on a local one. FUSE is taken for local: it doesn't say what is
  /// behind it.
  public func networkFileSystem() throws -> String? {
    let kind = hearth_file_system(number)
    guard kind >= 0 else { throw Problem.system("look at the volume of", path) }
    return Self.networkFileSystem(UInt32(truncatingIfNeeded: kind))
  }

  /// - Parameter magic: `f_type` of statfs(2).
  package static func networkFileSystem(_ magic: UInt32) -> String? {
    switch magic {
    case 0x6969: "NFS"
    case 0x517b, 0xff53_4d42, 0xfe53_4d42: "SMB"
    case 0x0102_1997: "9p"
    case 0x5346_414f: "AFS"
    case 0x00c3_6400: "Ceph"
    default: nil
    }
  }

  /// Which volume this lies on, as long as it is mounted.
  public func device() throws -> UInt64 {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw Problem.system("look at", path) }
    return UInt64(status.st_dev)
  }

  /// Takes room for a file's bytes on the volume (posix_fallocate(3)), without writing them.
  public func reserve(bytes: UInt64) throws {
    let code = posix_fallocate(number, 0, off_t(bytes))
    guard code == 0 else { throw Problem.system("take room for", path, code: code) }
  }
}

extension Descriptor {
  /// Copies the plain file `name` of another folder to a name that doesn't exist here yet, durable but for this folder's
  /// entry.
  ///
  /// - Returns: how many bytes it has.
  @discardableResult
  public func copy(_ name: String, from other: Descriptor, as newName: String) throws -> UInt64 {
    let source = try Descriptor.openBeneath(name, in: other)
    let target = try Descriptor.open(newName, in: self, .create)
    var done: UInt64 = 0
    while true {
      let bytes = try source.read(at: done, count: 1 << 20)
      if bytes.isEmpty { break }
      try target.write(bytes, at: done)
      done += UInt64(bytes.count)
    }
    try target.sync()
    return done
  }
}
