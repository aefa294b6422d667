public import Domain
import Files
import Seal

/// Appends to a camera's filmstrip: a sheet for each hour and each start of the worker, a picture durable before the next
/// one is written, so that a power cut costs the last one at most. No sheet is ever written over, or gone on with after
/// an error: then a new one begins.
///
/// Used from one thread.
public final class FilmstripWriter {
  private struct Open {
    let seal: FilmstripSeal
    let folder: Descriptor
    let file: Descriptor
    var last: FilmstripPicture?
  }
  private let vault: CameraVault
  private var open: Open?
  private var generator = SystemRandomNumberGenerator()

  public init(in vault: CameraVault) { self.vault = vault }

  /// - Parameter time: when the picture was taken.
  /// - Throws: `Problem` with the system's code.
  public func append(_ jpeg: [UInt8], at time: WallTime) throws {
    let taken = open
    // Only what went well is gone on with.
    open = nil
    var target = try taken.flatMap { $0.seal.sheet.contains(time) ? $0 : nil } ?? begin(at: time)
    guard let (picture, bytes) = target.seal.seal(jpeg, at: time, after: target.last) else {
      throw Problem(
        .internalError, "a picture of the filmstrip could not be sealed", next: "report this: nothing was written")
    }
    try target.file.write(bytes, at: picture.offset)
    try target.file.syncData()
    if target.last == nil { try target.folder.sync() }
    target.last = picture
    open = target
  }

  private func begin(at time: WallTime) throws -> Open {
    let sheet = FilmstripSheet.mint(camera: vault.camera, at: time, using: &generator)
    guard let seal = FilmstripSeal(sheet, key: vault.key) else {
      throw Problem(
        .internalError, "a sheet of another camera was about to be written", next: "report this: nothing was written")
    }
    let folder = try Descriptor.folder(sheet.day.text, in: try vault.filmstrip())
    return Open(seal: seal, folder: folder, file: try Descriptor.open(sheet.name, in: folder, .create), last: nil)
  }
}

extension CameraVault {
  /// Cuts what an earlier worker left half written off the newest sheets, at the last picture whose seal holds. A sheet
  /// that is not this camera's, or holds no picture, is set aside and never deleted.
  ///
  /// - Returns: what was set aside, relative to the camera's folder, and the errors of those that could not be handled.
  public func recoverFilmstrip() throws -> (setAside: [String], problems: [Problem]) {
    var (setAside, problems): ([String], [Problem]) = ([], [])
    guard folder.contains("filmstrip") else { return ([], []) }
    let strip = try filmstrip()
    // What was being written when a worker ended is among the newest.
    for day in try strip.names().filter({ CivilDate(text: $0) != nil }).suffix(2) {
      let folder = try Descriptor.open(day, in: strip, .folder)
      for name in try folder.names() {
        guard let sheet = FilmstripSheet(file: "\(day)/\(name)", of: camera) else { continue }
        do {
          guard try !cut(sheet, in: folder) else { continue }
          try Descriptor.folder("set-aside", in: strip).adopt(name, from: folder, as: "\(day)-\(name)")
          setAside.append("filmstrip/set-aside/\(day)-\(name)")
        } catch let problem as Problem {
          problems.append(problem)
        }
      }
    }
    return (setAside, problems)
  }

  /// - Returns: whether anything good is in it.
  private func cut(_ sheet: FilmstripSheet, in folder: Descriptor) throws -> Bool {
    guard let seal = FilmstripSeal(sheet, key: key) else { return false }
    let file = try Descriptor.open(sheet.name, in: folder, .readWrite)
    let size = try file.size()
    let reader = SheetReader(seal, size: size) { try file.read(at: $0, count: $1) }
    do {
      var good = try reader.pictures()
      // Only the last can be torn: each was durable before the next was begun.
      while let last = good.last {
        do {
          _ = try reader.bytes(of: last)
          break
        } catch is SheetFault { good.removeLast() }
      }
      guard let end = good.last?.end else { return false }
      if end < size {
        try file.truncate(to: end)
        try file.syncData()
      }
      return true
    } catch is SheetFault { return false }
  }
}
