public import Domain
import Files
public import MP4
public import Seal

/// Verified segments of one camera, held open: their files can be unlinked meanwhile and still be read.
public final class OpenFootage: Sendable {
  public let camera: CameraID
  public let segments: [OpenSegment]

  init(camera: CameraID, segments: [OpenSegment]) {
    self.camera = camera
    self.segments = segments
  }

  /// Reads one fragment whole and verifies it; the buffer that was verified is the buffer that is handed out.
  ///
  /// - Throws: `DoorRefusal.mismatch` when the bytes do not hold.
  public func read(segment: Int, fragment: Int) throws -> VerifiedFragment {
    let opened = segments[segment]
    return VerifiedFragment(offset: opened.fragments[fragment].offset, bytes: try opened.read(fragment, camera: camera))
  }
}

/// A fragment whose tag held. Only an `OpenFootage` makes one.
public struct VerifiedFragment: Sendable {
  /// Where its `moof` lies in the file.
  public let offset: UInt64
  /// `moof` and `mdat`.
  public let bytes: [UInt8]

  init(offset: UInt64, bytes: [UInt8]) {
    self.offset = offset
    self.bytes = bytes
  }
}

/// One segment behind the door: what it is, its tracks and its sample tables.
public final class OpenSegment: Sendable {
  private let file: Descriptor
  private let name: String
  private let segment: ReadSegment
  public let tracks: [TrackDescription]
  /// The sample table of each fragment, in the order of `fragments`.
  public let tables: [ParsedFragment]

  public var identity: SegmentIdentity { segment.identity }
  public var fragments: [SealedFragment] { segment.fragments }
  public var end: WallTime { segment.end }

  init(file: Descriptor, name: String, segment: ReadSegment) throws {
    self.file = file
    self.name = name
    self.segment = segment
    do {
      // `initialisation` is `ftyp` and `moov`; the length of the first is in its first four bytes.
      let skip = segment.initialisation.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      tracks = try FragmentedMP4.parse(moov: Array(segment.initialisation.dropFirst(skip)))
      tables = try segment.fragments.map { try FragmentedMP4.parse(moof: $0.moof) }
    } catch let error as MP4Error {
      // Sealed, so Hearth wrote it; unreadable, so a newer one did.
      throw Problem(.data, "\(file.path) can't be read: \(error)", next: "use the Hearth that wrote it")
    }
  }

  fileprivate func read(_ index: Int, camera: CameraID) throws -> [UInt8] {
    let fragment = fragments[index]
    let bytes = try file.read(at: fragment.offset, count: Int(fragment.length))
    let previous = index == 0 ? Tag.none : fragments[index - 1].tag
    guard bytes.withUnsafeBytes({ segment.seal.verifies($0, as: fragment, previous: previous) }) else {
      throw DoorRefusal.mismatch(camera: camera, file: "media/\(name)", fault: "fragment \(index) does not verify")
    }
    return bytes
  }
}
