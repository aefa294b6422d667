public import Domain
import Files
import Seal

/// What recovery did with one leftover.
public enum Recovered: Sendable {
  /// Cut at the last good fragment, closed and named.
  case finished(FinishedSegment)
  /// No good fragment: set aside in `media/set-aside`, never deleted.
  case setAside(file: String)
}

extension CameraVault {
  /// Finishes what an earlier worker left open: every `.partial` is cut at its last fragment whose tag verifies, closed
  /// and given its final name. Files that another process still holds are left alone.
  ///
  /// - Returns: what became of each leftover, and the errors of those that could not be handled.
  public func recoverLeftovers() throws -> (recovered: [Recovered], problems: [Problem]) {
    var recovered: [Recovered] = []
    var problems: [Problem] = []
    for day in try media.names() where CivilDate(text: day) != nil {
      let folder = try Descriptor.open(day, in: media, .folder)
      for name in try folder.names() where name.hasSuffix(".partial") {
        do {
          if let one = try recover(name, day: day, in: folder) { recovered.append(one) }
        } catch let problem as Problem {
          problems.append(problem)
        }
      }
    }
    return (recovered, problems)
  }

  private func recover(_ partial: String, day: String, in folder: Descriptor) throws -> Recovered? {
    let file = try Descriptor.open(partial, in: folder, .readWrite)
    guard try file.tryLock() else { return nil }
    let reader = SegmentReader(size: try file.size()) { try file.read(at: $0, count: $1) }
    let segment: ReadSegment
    do {
      segment = try reader.open(key: key, installation: installation)
    } catch is SegmentFault {
      return try setAside(partial, day: day, from: folder)
    }
    guard !segment.fragments.isEmpty else { return try setAside(partial, day: day, from: folder) }
    let closing = segment.seal.closingBox(segment.fragments)
    try file.truncate(to: segment.goodEnd)
    try file.write(closing, at: segment.goodEnd)
    try file.syncData()
    let name = segment.identity.fileName
    try folder.giveFinalName(partial, to: name)
    return .finished(
      FinishedSegment(
        identity: segment.identity, file: "\(day)/\(name)", end: segment.end,
        bytes: segment.goodEnd + UInt64(closing.count)))
  }

  private func setAside(_ partial: String, day: String, from folder: Descriptor) throws -> Recovered {
    let aside = try Descriptor.folder("set-aside", in: media)
    try aside.adopt(partial, from: folder, as: "\(day)-\(partial)")
    return .setAside(file: "set-aside/\(day)-\(partial)")
  }
}

extension Descriptor {
  /// Gives a finished segment its name, never over another file.
  ///
  /// When the name is there and could not be made durable, that is no failure of the segment: should a power cut take it
  /// back, the leftover of the same bytes is finished at the next start.
  func giveFinalName(_ partial: String, to name: String) throws {
    do { try renameNew(partial, to: name) } catch {
      guard !contains(partial), contains(name) else { throw error }
    }
  }
}
