public import Domain
public import Files
import Glibc

/// How a media volume was found.
public enum VolumeState: Hashable, Sendable {
  /// There, and can be written on. `mount` tells one mounting from the next.
  case ready(mount: UInt64)
  /// There, but can't be written on: what lies on it can be shown.
  case readOnly(String)
  /// Not there, or another one.
  case away(String)
  /// Nobody knows: whoever looks at it waits.
  case silent(String)

  /// What is wrong with it, in words; `nil` when nothing is.
  public var cause: String? {
    switch self {
    case .ready: nil
    case .readOnly(let cause), .away(let cause), .silent(let cause): cause
    }
  }
}

/// One look at a volume.
public struct VolumeLook: Sendable {
  public let state: VolumeState
  /// The folder whose marker was read. Whatever is done on the volume is done below this descriptor, never by the path:
  /// something else may be mounted there by then, or nothing.
  public let root: Descriptor?
  /// Free and all bytes at that moment, as an unprivileged user may use them.
  public let space: (free: UInt64, total: UInt64)?

  init(state: VolumeState, root: Descriptor? = nil, space: (free: UInt64, total: UInt64)? = nil) {
    self.state = state
    self.root = root
    self.space = space
  }

  static func away(_ cause: String) -> VolumeLook { VolumeLook(state: .away(cause)) }
}

/// Volumes for footage: looking at them, setting them up. Every call may take as long as a dead network file system
/// likes.
public enum MediaVolume {
  /// Looks whether the volume is there.
  ///
  /// - Parameter probing: whether to try that something can be written, durably.
  public static func look(at place: MediaPlace, of owner: VolumeOwner, probing: Bool) -> VolumeLook {
    let root: Descriptor
    do { root = try open(place.path) } catch let problem as Problem {
      return .away(
        problem.isNotFound
          ? "the volume at \(place.path) is not mounted: there is no such folder"
          : "the volume at \(place.path) can't be opened: \(words(problem))")
    } catch { return .away("\(error)") }
    do {
      if let fault = VolumeMarker.fault(try VolumeMarker.read(in: root), at: place, of: owner) { return .away(fault) }
      var status = statvfs()
      guard fstatvfs(root.number, &status) == 0 else { throw Problem.system("measure", place.path) }
      let space = (
        free: UInt64(status.f_bavail) * UInt64(status.f_frsize),
        total: UInt64(status.f_blocks) * UInt64(status.f_frsize)
      )
      if status.f_flag & UInt(ST_RDONLY) != 0 {
        return VolumeLook(state: .readOnly("the volume at \(place.path) is read-only"), root: root, space: space)
      }
      if probing, let fault = probe(root) {
        return VolumeLook(
          state: .readOnly("the volume at \(place.path) can't be written on: \(fault)"), root: root, space: space)
      }
      return VolumeLook(state: .ready(mount: try mount(of: root)), root: root, space: space)
    } catch let problem as Problem {
      return .away("the volume at \(place.path) can't be read: \(words(problem))")
    } catch { return .away("\(error)") }
  }

  /// The camera's folder on its volume, made when it is missing.
  ///
  /// - Throws: `Problem` (exit 69) when the volume isn't there to be written on.
  public static func folder(of camera: CameraID, at place: MediaPlace, of owner: VolumeOwner) throws -> Descriptor {
    let look = look(at: place, of: owner, probing: false)
    guard case .ready = look.state, let root = look.root else {
      throw Problem(.unavailable, look.state.cause ?? "the volume is away", next: "mount it: recording begins then")
    }
    return try Descriptor.folder(camera.text, in: Descriptor.folder("cameras", in: root))
  }

  /// Makes the folder `path` a place for footage: leaves a marker there, or takes the one that this Hearth left before.
  ///
  /// - Parameter data: the data directory, which must lie on another volume.
  /// - Throws: `Problem` with words for a person when the folder can't be one.
  public static func setUp(
    _ path: String, of owner: VolumeOwner, besides data: Descriptor,
    using generator: inout some RandomNumberGenerator
  ) throws -> MediaPlace {
    guard path.hasPrefix("/"), path != "/" else {
      throw Problem(.data, "\"\(path)\" is not an absolute path", next: "write the folder from the root on: /mnt/disk")
    }
    let root: Descriptor
    do { root = try open(path) } catch let problem as Problem {
      throw Problem(
        .data, "\(path) can't be used: \(words(problem))", next: "mount the volume there, or name another folder")
    }
    // A mount point that nothing is mounted on is a folder of the system's own volume, and looks like a place for
    // footage until the volume comes and hides it.
    let device = try root.device()
    guard device != (try data.device()), device != (try Descriptor.open("/", .folder).device()) else {
      throw Problem(
        .data, "\(path) is no volume of its own: it lies where the data directory or the system does",
        next: "mount the volume first; without one, leave the footage in the data directory")
    }
    let found = try VolumeMarker.read(in: root)
    if let found, let volume = RandomID(text: found.volume) {
      let place = MediaPlace(path: path, volume: volume)
      if let fault = VolumeMarker.fault(found, at: place, of: owner) {
        throw Problem(
          .data, fault, next: "name another folder; if that house is no more, delete \(path)/\(VolumeMarker.name)")
      }
      return place
    }
    let place = MediaPlace(path: path, volume: .mint(using: &generator))
    try VolumeMarker(
      installation: owner.installation.raw.text, volume: place.volume.text, keyCheck: owner.keyCheck
    ).write(in: root)
    return place
  }

  /// Unlike in our own folders, a link may lead there: the marker says whether it is the right place.
  private static func open(_ path: String) throws -> Descriptor {
    let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw Problem.system("open", path) }
    return Descriptor(owning: number, path: path)
  }

  private static let probeName = ".hearth-probe"

  /// - Returns: why nothing can be written, `nil` when it can. A full disk is not meant: that has its own way.
  private static func probe(_ root: Descriptor) -> String? {
    do {
      let file = try Descriptor.open(probeName, in: root, .createOrOpen)
      try file.write([0x0a], at: 0)
      try file.syncData()
      try root.delete(probeName)
      return nil
    } catch let problem as Problem {
      return problem.errno == ENOSPC || problem.errno == EDQUOT ? nil : words(problem)
    } catch { return "\(error)" }
  }

  private static func words(_ problem: Problem) -> String {
    problem.errno.map { String(cString: strerror($0)) } ?? problem.what
  }

  /// The kernel's number of the mounting, with the device's: what is mounted again is another mounting while somebody
  /// still works on the old one.
  private static func mount(of root: Descriptor) throws -> UInt64 {
    let device = try root.device()
    let information = try Descriptor.open("/proc/self/fdinfo/\(root.number)", .read).read(at: 0, count: 4096)
    for line in String(decoding: information, as: UTF8.self).split(separator: "\n") where line.hasPrefix("mnt_id:") {
      let number = line.dropFirst("mnt_id:".count).filter(\.isNumber)
      return (UInt64(number) ?? 0) << 32 | (device & 0xffff_ffff)
    }
    return device
  }
}
