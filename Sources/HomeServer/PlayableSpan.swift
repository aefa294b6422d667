import Crypto
import Domain
import MP4
import Seal
import Vault
import VirtualMP4

/// Verified footage and the plan of the one seekable file it makes.
struct PlayableSpan: Sendable {
  private let footage: OpenFootage
  private let file: VirtualFile
  /// Which segment and fragment each of the plan's fragments is.
  private let fragments: [(segment: Int, fragment: Int)]
  let etag: String
  /// Where the footage goes on with other parameters, when that ended the file.
  let next: WallTime?

  var length: UInt64 { file.length }
  var from: WallTime { file.from }
  var to: WallTime { file.to }

  /// `nil` when there is nothing to show in the span.
  init?(_ footage: OpenFootage, span: TimeSpan) throws {
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
        let start = segment.identity.start
        guard start + .nanoseconds(fragment.from) < span.to else { continue }
        sources.append(
          SourceFragment(
            source: number, offset: fragment.offset, moofLength: UInt64(fragment.moofLength),
            mdatLength: UInt64(fragment.mdatLength), segmentStart: start, tag: fragment.tag.bytes,
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

  /// The bytes of a range of the file. Each fragment is read whole, verified, and cut from the buffer that was verified.
  func stream(
    _ range: Range<UInt64>, refused: @escaping @Sendable (DoorRefusal) async -> Void,
    ended: @escaping @Sendable (UInt64) async -> Void
  ) -> MediaStream {
    let slices = file.slices(of: range)
    var starts: [UInt64] = []
    var position: UInt64 = 0
    for slice in slices {
      starts.append(position)
      switch slice {
      case .header(let part): position += UInt64(part.count)
      case .piece(_, let part): position += UInt64(part.count)
      }
    }
    let reader = SliceReader(footage: footage, file: file, fragments: fragments, slices: slices, starts: starts)
    return MediaStream(
      length: UInt64(range.count),
      next: { position in
        do { return try reader.bytes(at: position) } catch let refusal as DoorRefusal {
          Task { await refused(refusal) }
          throw refusal
        }
      }, ended: ended)
  }
}

/// Reads slices in order. Video and sound of one fragment are two slices: the fragment is read and verified once.
private final class SliceReader: Sendable {
  private let footage: OpenFootage
  private let file: VirtualFile
  private let fragments: [(segment: Int, fragment: Int)]
  private let slices: [VirtualFile.Slice]
  private let starts: [UInt64]

  init(
    footage: OpenFootage, file: VirtualFile, fragments: [(segment: Int, fragment: Int)], slices: [VirtualFile.Slice],
    starts: [UInt64]
  ) {
    self.footage = footage
    self.file = file
    self.fragments = fragments
    self.slices = slices
    self.starts = starts
  }

  /// Which slice begins at `position`; there are tens of thousands in a span of hours.
  private func place(of position: UInt64) -> Int? {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] < position { low = middle + 1 } else { high = middle }
    }
    return low < starts.count && starts[low] == position ? low : nil
  }

  /// Everything from `position` to the end of the fragment that holds it.
  func bytes(at position: UInt64) throws -> [UInt8] {
    guard var index = place(of: position) else {
      throw Problem(.internalError, "a media position lies between two pieces", next: "report this")
    }
    guard case .piece(let piece, _) = slices[index] else {
      guard case .header(let range) = slices[index] else { return [] }
      return Array(file.header[range])
    }
    let planned = file.pieces[piece].fragment
    let (segment, fragment) = fragments[planned]
    let verified = try footage.read(segment: segment, fragment: fragment)
    var bytes: [UInt8] = []
    while index < slices.count, case .piece(let piece, let range) = slices[index],
      file.pieces[piece].fragment == planned
    {
      let start = Int(file.pieces[piece].offset - verified.offset + range.lowerBound)
      bytes += verified.bytes[start..<start + range.count]
      index += 1
    }
    return bytes
  }
}
