import CLinux
import Domain
package import Files
import Glibc

/// What holds a worker that a camera's bytes have taken over: it may write its own part of its camera's folder, read what
/// the system's libraries need, start nothing, and connect by TCP to its camera's ports alone.
///
/// Two fences. The kernel's filter of system calls (`refuseCalls`) keeps it from other processes: from their memory, from
/// signals to them, and from the sockets in the house's folders, where whoever connects is taken for the owner.
///
/// Landlock (Linux 5.13, ports since 6.7) needs no rights of its own and holds for good. It knows ports, not addresses, and
/// nothing of UDP: those are held by the system unit's IP filter.
package enum Sandbox {
  /// How far this kernel can hold the worker.
  package struct Hold: Hashable, Sendable {
    package let files: Bool
    package let ports: Bool

    /// What a person should know; `nil` when all of it holds.
    var note: String? {
      switch (files, ports) {
      case (true, true): nil
      case (true, false): "This kernel can't keep a camera's reader from other ports; Linux 6.7 or newer can."
      case (false, _):
        "This kernel can't confine a camera's reader to its own folder; Linux 5.13 or newer, with Landlock, can."
      }
    }
  }

  /// The parts of a camera's folder that its worker writes, on a volume or where the settings are.
  static let ownParts = ["media", "events", "filmstrip", "journal", "quarantine"]

  /// Where resolver, TLS and the C library read; the neighbour table is in `/proc`.
  private static let systemParts = [
    "/usr", "/lib", "/lib64", "/etc", "/proc", "/run/systemd/resolve", "/run/resolvconf",
  ]
  private static let devices = ["/dev/null", "/dev/urandom", "/dev/random", "/dev/zero"]

  /// Enters it: to be called before any other thread is started, since rules hold a thread and those it starts.
  ///
  /// - Parameters:
  ///   - home: the camera's folder in the data directory.
  ///   - place: where its parts lie: the same, or its folder on a volume.
  ///   - ports: the camera's TCP ports.
  /// - Throws: `Problem` when the kernel has Landlock and something of it fails: half a fence would be taken for one.
  package static func enter(home: Descriptor, place: Descriptor, ports: Set<UInt16>) throws -> Hold {
    let version = hearth_landlock_version()
    guard version > 0 else { return Hold(files: false, ports: false) }
    let handled = FileRights.handled(by: version)
    let rules = hearth_landlock_begin(handled.rawValue, version >= 4 ? bindAndConnect : 0)
    guard rules >= 0 else { throw Problem.system("make", "the worker's fence") }
    defer { close(rules) }
    try allow(try Descriptor.folder("run", in: home), handled.intersection(.ownPart), rules)
    for folder in place.path == home.path ? [home] : [home, place] {
      // To find its parts again; no file outside them opens.
      try allow(folder, handled.intersection(.readFolder), rules)
      for part in ownParts {
        try allow(try Descriptor.folder(part, in: folder), handled.intersection(.ownPart), rules)
      }
    }
    for place in systemParts { try allowIfThere(place, handled.intersection(.reading), rules) }
    for device in devices { try allowIfThere(device, handled.intersection([.readFile, .writeFile]), rules) }
    if version >= 4 {
      for port in ports {
        guard hearth_landlock_allow_connect(rules, port) == 0 else {
          throw Problem.system("let the worker reach", "port \(port)")
        }
      }
    }
    guard hearth_landlock_enforce(rules) == 0 else { throw Problem.system("enter", "the worker's fence") }
    return Hold(files: true, ports: version >= 4)
  }

  /// Refuses the system calls that a process needs only to get at others. To be called before threads are started that
  /// should be held, and after the worker's own socket is made.
  ///
  /// - Returns: what a person should know; `nil` when it holds.
  package static func refuseCalls() -> String? {
    if hearth_refuse_calls() == 0 { return nil }
    return "This kernel can't keep a camera's reader from Hearth's other processes (seccomp is missing)."
  }

  /// The same for a process that looks at one file: it may read that file and what libraries need, and nothing more.
  static func enter(reading file: String) throws {
    let version = hearth_landlock_version()
    guard version > 0 else { return }
    let handled = FileRights.handled(by: version)
    let rules = hearth_landlock_begin(handled.rawValue, version >= 4 ? bindAndConnect : 0)
    guard rules >= 0 else { throw Problem.system("make", "the replay's fence") }
    defer { close(rules) }
    try allowIfThere(file, handled.intersection(.readFile), rules)
    for place in ["/usr", "/lib", "/lib64", "/etc"] { try allowIfThere(place, handled.intersection(.reading), rules) }
    guard hearth_landlock_enforce(rules) == 0 else { throw Problem.system("enter", "the replay's fence") }
  }

  private static let bindAndConnect: UInt64 = 0b11

  private static func allow(_ folder: Descriptor, _ rights: FileRights, _ rules: Int32) throws {
    guard hearth_landlock_allow_below(rules, folder.number, rights.rawValue) == 0 else {
      throw Problem.system("let the worker use", folder.path)
    }
  }

  private static func allowIfThere(_ place: String, _ rights: FileRights, _ rules: Int32) throws {
    let descriptor = hearth_open_place(place)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard hearth_landlock_allow_below(rules, descriptor, rights.rawValue) == 0 else {
      throw Problem.system("let the worker read", place)
    }
  }
}

/// `LANDLOCK_ACCESS_FS_*` of `<linux/landlock.h>`.
struct FileRights: OptionSet {
  let rawValue: UInt64

  static let writeFile = FileRights(rawValue: 1 << 1)
  static let readFile = FileRights(rawValue: 1 << 2)
  static let readFolder = FileRights(rawValue: 1 << 3)
  static let removeFolder = FileRights(rawValue: 1 << 4)
  static let removeFile = FileRights(rawValue: 1 << 5)
  static let makeFolder = FileRights(rawValue: 1 << 7)
  static let makeFile = FileRights(rawValue: 1 << 8)
  static let makeSocket = FileRights(rawValue: 1 << 9)
  /// Moving from one folder into another.
  static let refer = FileRights(rawValue: 1 << 13)
  static let truncate = FileRights(rawValue: 1 << 14)

  static let reading: FileRights = [.readFile, .readFolder]
  /// Everything but starting programs, devices, pipes and links.
  static let ownPart: FileRights = [
    .writeFile, .readFile, .readFolder, .removeFolder, .removeFile, .makeFolder, .makeFile, .makeSocket, .refer,
    .truncate,
  ]

  /// All rights that this version of Landlock knows: what is handled and not allowed is refused.
  static func handled(by version: Int32) -> FileRights {
    let count =
      switch version {
      case 1: 13
      case 2: 14
      case 3, 4: 15
      default: 16
      }
    return FileRights(rawValue: 1 << UInt64(count) - 1)
  }
}
