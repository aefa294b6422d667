public import Domain
public import MP4

/// A fragment of a segment file, as a clip may take its samples from.
public struct SourceFragment: Sendable {
  /// The caller's number of the file.
  public var source: Int
  /// Where the `moof` begins in the file.
  public var offset: UInt64
  public var moofLength: UInt64
  /// With its header.
  public var mdatLength: UInt64
  /// What the decode times of `content` are counted from.
  public var segmentStart: WallTime
  /// The fragment's seal: makes the ETag follow the bytes. Empty where there is none.
  public var tag: [UInt8]
  public var content: ParsedFragment

  public init(
    source: Int, offset: UInt64, moofLength: UInt64, mdatLength: UInt64, segmentStart: WallTime, tag: [UInt8] = [],
    content: ParsedFragment
  ) {
    self.source = source
    self.offset = offset
    self.moofLength = moofLength
    self.mdatLength = mdatLength
    self.segmentStart = segmentStart
    self.tag = tag
    self.content = content
  }
}

/// A clip that exists only as a plan: one seekable MP4 file of a head in memory and stretches of segment files.
public struct VirtualFile: Sendable {
  /// A stretch of one fragment's media.
  public struct Piece: Hashable, Sendable {
    /// `SourceFragment.source`
    public let source: Int
    /// Index into the fragments that were given to `VirtualMP4.plan`.
    public let fragment: Int
    /// From the start of the source file.
    public let offset: UInt64
    public let length: UInt64

    public init(source: Int, fragment: Int, offset: UInt64, length: UInt64) {
      self.source = source
      self.fragment = fragment
      self.offset = offset
      self.length = length
    }
  }

  public enum Slice: Hashable, Sendable {
    case header(Range<Int>)
    /// A part of `pieces[index]`, counted from the piece's first byte.
    case piece(Int, Range<UInt64>)
  }

  /// `ftyp`, `moov` and the head of `mdat`.
  public let header: [UInt8]
  /// In the order of the file; all together the payload of `mdat`.
  public let pieces: [Piece]
  /// Exact length of the whole file in bytes.
  public let length: UInt64
  /// When the first frame is shown.
  public let from: WallTime
  /// When the last frame ends.
  public let to: WallTime
  /// All that the file's bytes follow from, for a digest.
  public let etagInput: [UInt8]
  /// Where each piece begins in the file.
  private let starts: [UInt64]

  init(header: [UInt8], pieces: [Piece], from: WallTime, to: WallTime, etagInput: [UInt8]) {
    var starts: [UInt64] = []
    var position = UInt64(header.count)
    for piece in pieces {
      starts.append(position)
      position += piece.length
    }
    self.header = header
    self.pieces = pieces
    self.length = position
    self.from = from
    self.to = to
    self.etagInput = etagInput
    self.starts = starts
  }

  /// A strong validator (RFC 9110 section 8.8.3), quotes included: 128 bits of a digest.
  ///
  /// - Parameter hash: a cryptographic digest of at least 16 bytes, such as SHA-256.
  public func etag(hash: ([UInt8]) -> [UInt8]) -> String { "\"\(Hex.encode(hash(etagInput).prefix(16)))\"" }

  /// What a range of the file's bytes is made of, in order and without gaps; what lies beyond the file is left out.
  public func slices(of range: Range<UInt64>) -> [Slice] {
    let range = range.clamped(to: 0..<length)
    guard !range.isEmpty else { return [] }
    var slices: [Slice] = []
    let headerEnd = UInt64(header.count)
    if range.lowerBound < headerEnd {
      slices.append(.header(Int(range.lowerBound)..<Int(min(range.upperBound, headerEnd))))
    }
    var index = firstPiece(endingAfter: range.lowerBound)
    while index < pieces.count, starts[index] < range.upperBound {
      let piece = starts[index]..<starts[index] + pieces[index].length
      let part = range.clamped(to: piece)
      if !part.isEmpty {
        slices.append(.piece(index, part.lowerBound - piece.lowerBound..<part.upperBound - piece.lowerBound))
      }
      index += 1
    }
    return slices
  }

  private func firstPiece(endingAfter position: UInt64) -> Int {
    var low = 0
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] + pieces[middle].length <= position { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
