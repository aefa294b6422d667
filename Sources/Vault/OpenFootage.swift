public import Domain
import Files
public import MP4
public import Seal

/// Verified segments of one camera, held open: their files can be unlinked meanwhile and still be read.
public final class OpenFootage: Sendable {
  public let camera: CameraID
  public let segments: [OpenSegment]
  /// Whether nothing of it is still being written.
  let isFinished: Bool

  init(camera: CameraID, segments: [OpenSegment], isFinished: Bool) {
    self.camera = camera
    self.segments = segments
    self.isFinished = isFinished
  }

  /// Whether all its files are still where they were, untouched since they were opened.
  func stands(in media: [Descriptor]) throws -> Bool {
    try segments.allSatisfy { segment in try media.contains { try segment.stands(in: $0) } }
  }

  /// Reads one fragment whole and verifies it; the buffer that was verified is the buffer that is handed out.
  ///
  /// - Throws: `DoorRefusal.mismatch` when the bytes do not hold.
  public func read(segment: Int, fragment: Int) throws -> VerifiedFragment {
    let opened = segments[segment]
    return VerifiedFragment(offset: opened.fragments[fragment].offset, bytes: try opened.read(fragment, camera: camera))
  }

  /// The same into memory that is there already, at least as large as the fragment.
  func read(segment: Int, fragment: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    try segments[segment].read(fragment, camera: camera, into: buffer)
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
  private let version: Descriptor.Version
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
    version = try file.version()
    do {
      // `initialisation` is `ftyp` and `moov`; the length of the first is in its first four bytes.
      var head = ByteReader(segment.initialisation)
      let skip = Int(head.u32() ?? 0)
      tracks = try FragmentedMP4.parse(moov: Array(segment.initialisation.dropFirst(skip)))
      tables = try segment.fragments.map { try FragmentedMP4.parse(moof: $0.moof) }
    } catch let error as MP4Error {
      // Sealed, so Hearth wrote it; unreadable, so a newer one did.
      throw Problem(.data, "\(file.path) can't be read: \(error)", next: "use the Hearth that wrote it")
    }
  }

  /// Whether its file is still where it was, untouched.
  fileprivate func stands(in media: Descriptor) throws -> Bool { try media.version(of: name) == version }

  fileprivate func read(_ index: Int, camera: CameraID) throws -> [UInt8] {
    let length = Int(fragments[index].length)
    return try [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      try read(index, camera: camera, into: UnsafeMutableRawBufferPointer(buffer))
      count = length
    }
  }

  /// The one place where media comes off the disk to be shown.
  fileprivate func read(_ index: Int, camera: CameraID, into buffer: UnsafeMutableRawBufferPointer) throws {
    let fragment = fragments[index]
    let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(fragment.length)])
    let previous = index == 0 ? Tag.none : fragments[index - 1].tag
    guard try file.read(at: fragment.offset, into: bytes) == bytes.count,
      segment.seal.verifies(UnsafeRawBufferPointer(bytes), as: fragment, previous: previous)
    else {
      throw DoorRefusal.mismatch(camera: camera, file: "media/\(name)", fault: "fragment \(index) does not verify")
    }
  }
}
