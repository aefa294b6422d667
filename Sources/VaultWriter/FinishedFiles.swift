public import Domain
import Files
import Seal

/// For a vault that its own writer keeps small: a quarantine. A camera's media is deleted by the server alone.
extension CameraVault {
  /// The finished segments, relative to `media`, with length in bytes and the time of their last writing.
  public func finishedFiles() throws -> [(name: String, bytes: UInt64, written: WallTime)] {
    var files: [(name: String, bytes: UInt64, written: WallTime)] = []
    for day in try media.names() where CivilDate(text: day) != nil {
      let folder = try Descriptor.open(day, in: media, .folder)
      for name in try folder.names() where SegmentFileName(name) != nil {
        if let (bytes, written) = try folder.measure(name) { files.append(("\(day)/\(name)", bytes, written)) }
      }
    }
    return files
  }

  /// Deletes one finished segment.
  public func discard(_ name: String) throws {
    let parts = name.split(separator: "/").map(String.init)
    guard parts.count == 2, CivilDate(text: parts[0]) != nil, SegmentFileName(parts[1]) != nil else {
      throw Problem(.internalError, "\(name) is not a segment's file", next: "report this: nothing was deleted")
    }
    try Descriptor.open(parts[0], in: media, .folder).delete(parts[1])
  }
}
