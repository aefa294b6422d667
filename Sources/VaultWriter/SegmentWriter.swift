public import Domain
import Files
public import Seal

/// What the rest of the worker learns about a segment that was finished.
public struct FinishedSegment: Sendable {
  public let identity: SegmentIdentity
  /// Relative to the camera's `media` folder: `2026-11-23/0000000012-….mp4`.
  public let file: String
  public let end: WallTime
  public let bytes: UInt64
}

/// Writes one segment in the order that survives a power cut: `.partial` with header and identity, durable; each fragment
/// with its footer, durable; the closing box, durable; then the final name, and the folder.
///
/// Used from one thread. After an error the segment is finished as it is: a failed sync is never tried again, the tail is
/// unknown, and the next segment begins a new file.
public final class SegmentWriter {
  private let folder: Descriptor
  private let file: Descriptor
  private let name: String
  private let day: String
  private let seal: SegmentSeal
  private var fragments: [SealedFragment] = []
  private var length: UInt64
  private var previous = Tag.none

  public var identity: SegmentIdentity { seal.identity }
  /// Bytes that are on the disk for good.
  public private(set) var durableBytes: UInt64
  /// The end of the last durable fragment's media.
  public var durableMedia: MediaTime { fragments.last?.to ?? .zero }

  /// Creates the `.partial`, writes its header and makes file and folder durable.
  ///
  /// - Parameter initialisation: `ftyp` and `moov`.
  /// - Throws: `Problem` with the system's code.
  public init(in camera: CameraVault, identity: SegmentIdentity, initialisation: [UInt8]) throws {
    guard let seal = SegmentSeal(identity: identity, initialisation: initialisation, key: camera.key) else {
      throw Problem(
        .internalError, "a segment of another camera was about to be written", next: "report this: nothing was written")
    }
    self.seal = seal
    day = identity.start.day.text
    folder = try Descriptor.folder(day, in: camera.media)
    name = identity.fileName
    file = try Descriptor.open(name + ".partial", in: folder, .create)
    // Held while the segment is open, so that recovery never touches a file somebody still writes.
    guard try file.tryLock() else {
      throw Problem(.inputOutput, "\(file.path) is locked by another process", next: "stop the other worker")
    }
    let head = initialisation + seal.identityBox
    try file.write(head, at: 0)
    try file.syncData()
    try folder.sync()
    length = UInt64(head.count)
    durableBytes = length
  }

  /// Adds one fragment and makes it durable.
  ///
  /// - Parameters:
  ///   - fragment: `moof` and `mdat`, with the `moof`'s length.
  ///   - from: media time of its first video sample; `to`: the end of its last.
  public func append(_ fragment: [UInt8], moofLength: Int, from: MediaTime, to: MediaTime) throws {
    let sealed = try fragment.withUnsafeBytes {
      try seal.seal(
        $0, index: UInt32(fragments.count), offset: length, moofLength: UInt32(moofLength), from: from, to: to,
        previous: previous)
    }
    let footer = seal.footer(of: sealed, previous: previous)
    try (fragment + footer).withUnsafeBytes { try file.write($0, at: length) }
    try file.syncData()
    length = sealed.end + UInt64(footer.count)
    durableBytes = length
    previous = sealed.tag
    fragments.append(sealed)
  }

  /// Ends the segment after an error, where it was known to be durable: bytes after a sync that failed may be in memory and
  /// nowhere else, and the next sync would say that all is well. It stays a leftover, for recovery to finish.
  public func abandon() throws { try file.truncate(to: durableBytes) }

  /// Ends the segment in order and gives it its final name.
  public func close() throws -> FinishedSegment {
    let closing = seal.closingBox(fragments)
    try file.write(closing, at: length)
    try file.truncate(to: length + UInt64(closing.count))
    try file.syncData()
    try folder.giveFinalName(name + ".partial", to: name)
    return FinishedSegment(
      identity: identity, file: "\(day)/\(name)", end: identity.wall(at: durableMedia),
      bytes: length + UInt64(closing.count))
  }
}
