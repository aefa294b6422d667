import Crypto
public import Domain
import MP4
import Seal
import VirtualMP4

/// Verified footage and the plan of the one seekable file it makes.
public struct PlayableSpan: Sendable {
  let footage: OpenFootage
  private let file: VirtualFile
  /// Which segment and fragment each of the plan's fragments is.
  private let fragments: [(segment: Int, fragment: Int)]
  public let etag: String
  /// Where the footage goes on with other parameters, when that ended the file.
  public let next: WallTime?

  public var camera: CameraID { footage.camera }
  /// Of the whole file, in bytes.
  public var length: UInt64 { file.length }
  /// When the first frame is shown.
  public var from: WallTime { file.from }
  /// When the last one ends.
  public var to: WallTime { file.to }

  /// `nil` when there is nothing to show in the span.
  ///
  /// - Throws: `MP4Error` when a fragment contradicts itself.
  public init?(_ footage: OpenFootage, span: TimeSpan) throws {
    var sources: [SourceFragment] = []
    var indices: [(Int, Int)] = []
    var tracks: [TrackDescription]?
    var next: WallTime?
    for (number, segment) in footage.segments.enumerated() {
      // One file has one set of parameters: the first segment's.
      if let tracks, !Self.canFollow(tracks, segment.tracks) {
        // Times are told in whole milliseconds: rounded up, so that a request from there begins in that segment.
        next = WallTime(nanoseconds: segment.identity.start.nanoseconds + 999_999)
        break
      }
      tracks = tracks ?? segment.tracks
      for (index, fragment) in segment.fragments.enumerated() {
        // What lies before the span may hold its keyframe, however far apart the camera sets them.
        guard segment.identity.wall(at: fragment.from) < span.to else { continue }
        sources.append(
          SourceFragment(
            source: number, offset: fragment.offset, moofLength: UInt64(fragment.moofLength),
            mdatLength: UInt64(fragment.mdatLength), segmentStart: segment.identity.start, tag: fragment.tag.bytes,
            content: segment.tables[index]))
        indices.append((number, index))
      }
    }
    guard let tracks, let file = try VirtualMP4.plan(tracks: tracks, fragments: sources, span: span) else { return nil }
    self.footage = footage
    self.file = file
    self.fragments = indices.map { (segment: $0.0, fragment: $0.1) }
    self.next = next
    etag = file.etag { Array(SHA256.hash(data: $0)) }
  }

  private static func canFollow(_ first: [TrackDescription], _ later: [TrackDescription]) -> Bool {
    first == later
  }

  /// Whether this is the very plan that `other` is, and not one that was made again.
  package func isSame(as other: PlayableSpan) -> Bool { footage === other.footage }

  /// The bytes of a range of the file. Each fragment is read whole, verified, and cut from the buffer that was verified.
  ///
  /// - Parameters:
  ///   - refused: told when a fragment did not verify; the stream ends there.
  ///   - ended: told once how many bytes went out.
  ///   - untilRefused: returns when the viewer's right is gone.
  public func stream(
    _ range: Range<UInt64>, refused: @escaping @Sendable (DoorRefusal) async -> Void,
    ended: @escaping @Sendable (UInt64) async -> Void, untilRefused: @escaping @Sendable () async -> Void
  ) -> MediaStream {
    let reader = PieceReader(footage: footage, file: file, fragments: fragments, slices: file.slices(of: range))
    return MediaStream(
      camera: camera, length: UInt64(range.count), rooms: reader.rooms,
      read: { piece, buffer in
        do { return try reader.read(piece, into: buffer) } catch let refusal as DoorRefusal {
          Task { await refused(refusal) }
          throw refusal
        }
      }, ended: ended, untilRefused: untilRefused)
  }
}

/// Reads the parts of a range, each into memory of the asker's. Video and sound of one fragment are one part: the fragment
/// is read and verified once.
private struct PieceReader: Sendable {
  private enum Part: Sendable {
    case header(Range<Int>)
    /// What of a fragment goes out, counted from its `moof`.
    case fragment(segment: Int, fragment: Int, [Range<Int>])
  }

  private let footage: OpenFootage
  private let header: [UInt8]
  private var parts: [Part] = []

  init(
    footage: OpenFootage, file: VirtualFile, fragments: [(segment: Int, fragment: Int)], slices: [VirtualFile.Slice]
  ) {
    self.footage = footage
    header = file.header
    for slice in slices {
      switch slice {
      case .header(let range): parts.append(.header(range))
      case .piece(let index, let range):
        let piece = file.pieces[index]
        let (segment, fragment) = fragments[piece.fragment]
        let start = Int(piece.offset - footage.segments[segment].fragments[fragment].offset + range.lowerBound)
        let wanted = start..<start + range.count
        if case .fragment(segment, fragment, let earlier)? = parts.last {
          parts[parts.count - 1] = .fragment(segment: segment, fragment: fragment, earlier + [wanted])
        } else {
          parts.append(.fragment(segment: segment, fragment: fragment, [wanted]))
        }
      }
    }
  }

  var rooms: [Int] {
    parts.map { part in
      switch part {
      case .header(let range): range.count
      case .fragment(let segment, let fragment, _): Int(footage.segments[segment].fragments[fragment].length)
      }
    }
  }

  func read(_ index: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> [Range<Int>] {
    switch parts[index] {
    case .header(let range):
      buffer.copyBytes(from: header[range])
      return [0..<range.count]
    case .fragment(let segment, let fragment, let wanted):
      try footage.read(segment: segment, fragment: fragment, into: buffer)
      return wanted
    }
  }
}
