public import Domain
import Files
import Seal

/// One finished file of a camera's quarantine: footage of a device that looked like another camera.
public struct HeldFootage: Sendable {
  public let id: SegmentID
  /// Relative to the quarantine's `media` folder.
  public let file: String
  public let span: TimeSpan
  public let bytes: UInt64
}

/// The quarantines: kept below the camera's folder and sealed under a key that opens nothing of the camera's. Whoever
/// calls this has made sure that the owner asks.
extension Vault {
  /// What is held apart for a camera, oldest first. Files whose seals don't hold under the quarantine's key are not there.
  public func heldApart(of camera: CameraID) throws -> [HeldFootage] {
    let media = try quarantine(camera)
    var found: [HeldFootage] = []
    for file in try media.flatMap(finished) {
      guard let opened = try find(file.name, in: media) else { continue }
      let reader = SegmentReader(size: try opened.size()) { try opened.read(at: $0, count: $1) }
      guard let segment = try? reader.open(key: key(camera).quarantine, installation: installationID),
        let span = TimeSpan(from: segment.identity.start, to: segment.end)
      else { continue }
      found.append(HeldFootage(id: segment.identity.segment, file: file.name, span: span, bytes: file.bytes))
    }
    return found.sorted { $0.span.from < $1.span.from }
  }

  /// Opens one of them, verified like all footage.
  ///
  /// - Throws: `DoorRefusal`.
  public func openHeldApart(_ grant: borrowing ViewGrant, _ held: HeldFootage) throws -> OpenFootage {
    try Self.check(grant, isFor: [.export])
    let camera = grant.camera
    guard held.id.camera == camera else {
      throw DoorRefusal.mismatch(camera: camera, file: "quarantine/\(held.file)", fault: "it is another camera's")
    }
    guard let file = try find(held.file, in: quarantine(camera)) else { throw DoorRefusal.absent }
    let reader = SegmentReader(size: try file.size()) { try file.read(at: $0, count: $1) }
    do {
      let segment = try reader.open(key: key(camera).quarantine, installation: installationID, expected: held.id)
      let opened = try OpenSegment(file: file, name: held.file, segment: segment)
      return OpenFootage(camera: camera, segments: [opened], isFinished: true)
    } catch let fault as SegmentFault {
      throw DoorRefusal.mismatch(camera: camera, file: "quarantine/\(held.file)", fault: "\(fault)")
    }
  }

  /// The finished files with length in bytes and the time of their last writing.
  public func heldApartFiles(of camera: CameraID) throws -> [(name: String, bytes: UInt64, written: WallTime)] {
    try quarantine(camera).flatMap(finished)
  }

  /// Deletes a finished file of a quarantine; gone already is fine.
  @_spi(Deletion) public func deleteHeldApart(_ name: String, of camera: CameraID) throws {
    let parts = name.split(separator: "/").map(String.init)
    guard parts.count == 2, CivilDate(text: parts[0]) != nil, SegmentFileName(parts[1]) != nil else {
      throw Problem(.internalError, "\(name) is not a segment's file", next: "report this: nothing was deleted")
    }
    for media in try quarantine(camera) {
      if let day = try present({ try Descriptor.open(parts[0], in: media, .folder) }) { try day.delete(parts[1]) }
    }
  }

  private func quarantine(_ camera: CameraID) throws -> [Descriptor] {
    try folders(camera, "quarantine").compactMap { apart in
      try present { try Descriptor.open("media", in: apart, .folder) }
    }
  }

  private func finished(_ media: Descriptor) throws -> [(name: String, bytes: UInt64, written: WallTime)] {
    var files: [(name: String, bytes: UInt64, written: WallTime)] = []
    for day in try media.names() where CivilDate(text: day) != nil {
      guard let folder = try present({ try Descriptor.open(day, in: media, .folder) }) else { continue }
      for name in try folder.names() where SegmentFileName(name) != nil {
        if let (bytes, written) = try folder.measure(name) { files.append(("\(day)/\(name)", bytes, written)) }
      }
    }
    return files
  }
}
