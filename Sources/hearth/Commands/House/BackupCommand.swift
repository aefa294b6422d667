import ArgumentParser
import Domain
import Files
import Glibc
import HomeAPI
import Settings

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy this Hearth to another folder, while it runs or not.",
    discussion: """
      Accounts, keys, and each camera's settings, marks and journal; with --footage also footage and events. The folder \
      must not exist yet. The list of footage is not copied: it is made again from the footage. The copy holds passwords \
      and the key that all footage is sealed with: keep it where nobody else reads.

      `hearth check --data FOLDER` looks whether a copy is whole. To restore one, stop Hearth and put the copy in place of \
      the data directory.

      Examples:
        hearth backup /mnt/usb/hearth-2026-11-26
        hearth backup --footage /mnt/usb/all
      """)

  @Argument(help: "The new folder.") var folder: String
  @Flag(help: "Copy footage and events too.") var footage = false
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  private struct Done: Encodable {
    let folder: String
    let files: Int
    let bytes: UInt64
  }

  func run() async throws {
    let client = try data.client()
    let target = DataLayout.absolute(folder)
    guard target != "/", access(target, F_OK) != 0 else {
      throw Problem(.cannotCreate, "\(target) is there already", next: "name a folder that does not exist yet")
    }
    let source = DataLayout(path: data.path).path
    guard !target.hasPrefix(source + "/") else {
      throw Problem(.usage, "\(target) lies in the data directory itself", next: "name a folder elsewhere")
    }
    // By another name until all of it is there: what has the name that was asked for is whole.
    let parts = target.split(separator: "/")
    let parent = try Descriptor.open("/" + parts.dropLast().joined(separator: "/"), .folder)
    let name = String(parts.last ?? "")
    let unfinished = ".\(name).unfinished-\(getpid())"
    var copy = HouseCopy(
      from: try Descriptor.open(source, .folder), to: try Descriptor.folder(unfinished, in: parent))
    let accounts = try ControlClient.decode(
      API.Backup.self, try await client.request("POST", ["backup"], body: [String: String]())
    ).file
    do {
      try copy.run(accounts: accounts, footage: footage)
      try parent.renameNew(unfinished, to: name)
    } catch let problem as Problem {
      throw Problem(
        problem.exit, "the copy is not whole: \(problem.what)",
        next: "\(problem.next); then delete \(parent.path)/\(unfinished) and try again")
    }
    if output.json { return try printJSON(Done(folder: target, files: copy.files, bytes: copy.bytes)) }
    print("copied \(count(copy.files, "file")), \(Words.bytes(copy.bytes)), to \(target)")
    print("look whether it is whole with: hearth check --data \(target)")
  }
}

/// Copies a data directory file by file. Files are whole whenever they are read: settings are renamed into place, and
/// finished footage never changes.
private struct HouseCopy {
  let from: Descriptor
  let to: Descriptor
  private(set) var files = 0
  private(set) var bytes: UInt64 = 0

  init(from: Descriptor, to: Descriptor) { (self.from, self.to) = (from, to) }

  /// - Parameter accounts: the copy that the server made of the household, relative to the data directory.
  mutating func run(accounts: String, footage: Bool) throws {
    for name in ["hearth.json", "house.json", "house-names.json", "clock.json"] where from.contains(name) {
      try copy(name, from, to)
    }
    try copyFolder("keys", from, to)
    try add(to.copy(accounts, from: from, as: "household.sqlite"))
    let cameras = try Descriptor.open("cameras", in: from, .folder)
    let copies = try Descriptor.folder("cameras", in: to)
    for name in try cameras.names() where CameraID(text: name) != nil {
      let camera = try Descriptor.open(name, in: cameras, .folder)
      let copy = try Descriptor.folder(name, in: copies)
      for part in ["settings", "marks", "journal"] + (footage ? ["media", "events", "filmstrip"] : []) {
        if camera.contains(part) { try copyFolder(part, camera, copy) }
      }
      try copy.sync()
    }
    try copies.sync()
    try to.sync()
  }

  private mutating func copyFolder(_ name: String, _ from: Descriptor, _ to: Descriptor) throws {
    let (folder, copy) = (try Descriptor.open(name, in: from, .folder), try Descriptor.folder(name, in: to))
    // Names with a point are being written; so are segments that are not finished.
    for name in try folder.names() where !name.hasPrefix(".") && !name.hasSuffix(".partial") {
      switch try kind(of: name, in: folder) {
      case S_IFDIR: try copyFolder(name, folder, copy)
      case S_IFREG: try self.copy(name, folder, copy)
      default: break
      }
    }
    try copy.sync()
  }

  private mutating func copy(_ name: String, _ from: Descriptor, _ to: Descriptor) throws {
    do { try add(to.copy(name, from: from, as: name)) } catch let problem as Problem where problem.isNotFound {
      // Deleted by its rule between the listing and now.
    }
  }

  private mutating func add(_ count: UInt64) {
    files += 1
    bytes += count
  }

  /// Nothing for what is gone by now.
  private func kind(of name: String, in folder: Descriptor) throws -> mode_t {
    var status = stat()
    guard fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return 0 }
      throw Problem.system("look at", "\(folder.path)/\(name)")
    }
    return status.st_mode & S_IFMT
  }
}
