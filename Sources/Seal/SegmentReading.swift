import Crypto
public import Domain

/// What a segment file turned out to hold, as far as its seals verify.
public struct ReadSegment: Sendable {
  public let seal: SegmentSeal
  /// `ftyp` and `moov` as they stand in the file.
  public let initialisation: [UInt8]
  /// The fragments whose tags (or whose closing box's tag) verified, in order.
  public let fragments: [SealedFragment]
  /// Where the first byte stands that is not covered: the length that a torn file is cut to.
  public let goodEnd: UInt64
  /// Whether a verified closing box ends the file.
  public let isClosed: Bool

  public var identity: SegmentIdentity { seal.identity }

  /// The end of the footage, in UTC.
  public var end: WallTime { identity.wall(at: fragments.last?.to ?? .zero) }
}

/// Why a file is not this camera's segment.
public enum SegmentFault: Error, Sendable, Equatable {
  /// No readable header: too short, not MP4, no identity box.
  case noIdentity
  /// The identity names another installation, camera or segment than expected.
  case otherIdentity
  /// Header or closing box do not match their seals.
  case badSeal
}

/// Reads segment files through a function that returns the bytes at an offset (fewer at the end), so that the recorder's
/// recovery and the server's door share one reading of the format.
public struct SegmentReader {
  public typealias Read = (_ offset: UInt64, _ count: Int) throws -> [UInt8]
  private let read: Read
  private let size: UInt64

  /// Headers beyond this are not Hearth's.
  private static let headLimit = 1 << 20
  /// A fragment lasts at most a second; 256 MiB of it is not footage.
  private static let fragmentLimit: UInt64 = 256 << 20

  public init(size: UInt64, read: @escaping Read) {
    self.size = size
    self.read = read
  }

  /// Reads the header alone: who the file says it is. Nothing is verified but the digest over `ftyp` and `moov`.
  public func header() throws -> (identity: SegmentIdentity, payload: [UInt8], initialisation: [UInt8], end: UInt64) {
    let head = try read(0, Int(min(size, 4096)))
    var bytes = head
    var position = 0
    var initialisation: [UInt8]?
    while true {
      guard let box = BoxHead(bytes[position...]) else { throw SegmentFault.noIdentity }
      let end = position + box.length
      guard end <= Self.headLimit else { throw SegmentFault.noIdentity }
      if end > bytes.count {
        bytes = try read(0, end)
        guard bytes.count == end else { throw SegmentFault.noIdentity }
      }
      switch box.type {
      case "ftyp": break
      case "moov": initialisation = Array(bytes[..<end])
      case "uuid":
        guard let initialisation, box.length >= 24,
          Array(bytes[position + 8..<position + 24]) == SegmentSeal.identityType,
          let (identity, digest) = SegmentSeal.identity(payload: Array(bytes[position + 24..<end]))
        else { throw SegmentFault.noIdentity }
        guard digest == Array(SHA256.hash(data: initialisation)) else { throw SegmentFault.badSeal }
        return (identity, Array(bytes[position + 24..<end]), initialisation, UInt64(end))
      default: throw SegmentFault.noIdentity
      }
      position = end
      if position + 8 > bytes.count {
        bytes = try read(0, min(Int(size), position + 4096))
      }
    }
  }

  /// Opens the segment as `key`'s camera's. A file that was closed in order is read by its closing box; any other is
  /// walked fragment by fragment, each tag verified, up to the first that does not hold.
  ///
  /// - Parameter expected: when given, the only segment that this file may be.
  public func open(key: CameraKey, installation: InstallationID, expected: SegmentID? = nil) throws -> ReadSegment {
    let header = try header()
    guard isWanted(header.identity, key, installation, expected) else { throw SegmentFault.otherIdentity }
    let seal = SegmentSeal(identity: header.identity, payload: header.payload, key: key)
    if let (fragments, start) = try closing(seal) {
      return ReadSegment(
        seal: seal, initialisation: header.initialisation, fragments: fragments, goodEnd: start, isClosed: true)
    }
    let (fragments, end) = try walk(seal, from: header.end)
    return ReadSegment(
      seal: seal, initialisation: header.initialisation, fragments: fragments, goodEnd: end, isClosed: false)
  }

  /// Whether every byte up to the closing box is as it was sealed: header, each fragment, each footer. Reads the whole file.
  public func isWhole(_ segment: ReadSegment) throws -> Bool {
    let (fragments, end) = try walk(segment.seal, from: try header().end)
    return end == segment.goodEnd && fragments.map(\.tag) == segment.fragments.map(\.tag)
  }

  private func isWanted(
    _ identity: SegmentIdentity, _ key: CameraKey, _ installation: InstallationID, _ expected: SegmentID?
  ) -> Bool {
    identity.camera == key.camera && identity.installation == installation
      && (expected == nil || expected == identity.segment)
  }

  private func closing(_ seal: SegmentSeal) throws -> ([SealedFragment], UInt64)? {
    guard size >= 4 else { return nil }
    var tail = ByteReader(try read(size - 4, 4))
    guard let length = tail.u32(), length >= 24, UInt64(length) <= size, length < 64 << 20 else { return nil }
    let start = size - UInt64(length)
    let box = try read(start, Int(length))
    guard let head = BoxHead(box[...]), head.type == "uuid", head.length == Int(length),
      Array(box[8..<24]) == SegmentSeal.closingType, let fragments = seal.fragments(closing: Array(box[24...]))
    else { return nil }
    guard (fragments.last?.end ?? 0) + UInt64(SegmentSeal.footerLength) <= start || fragments.isEmpty else {
      return nil
    }
    return (fragments, start)
  }

  /// Walks from the first fragment, stopping at the first thing that is not a whole, verified fragment: a half box, a
  /// zero-filled tail, foreign bytes, or a closing box that does not verify.
  private func walk(_ seal: SegmentSeal, from start: UInt64) throws -> ([SealedFragment], UInt64) {
    var fragments: [SealedFragment] = []
    var position = start
    var previous = Tag.none
    while position + 16 <= size {
      guard let moof = BoxHead(try read(position, 8)[...]), moof.type == "moof",
        let mdat = BoxHead(try read(position + UInt64(moof.length), 8)[...]), mdat.type == "mdat"
      else { break }
      let length = UInt64(moof.length) + UInt64(mdat.length)
      guard length <= Self.fragmentLimit, position + length + UInt64(SegmentSeal.footerLength) <= size else { break }
      let bytes = try read(position, Int(length))
      let box = try read(position + length, SegmentSeal.footerLength)
      guard box.count == SegmentSeal.footerLength, BoxHead(box[...])?.length == SegmentSeal.footerLength,
        Array(box[8..<24]) == SegmentSeal.footerType, let footer = SegmentSeal.footer(payload: Array(box[24...])),
        footer.index == UInt32(fragments.count), footer.offset == position, footer.length == length,
        footer.previous == previous
      else { break }
      let fragment = SealedFragment(
        index: footer.index, offset: position, moofLength: UInt32(moof.length), mdatLength: UInt32(mdat.length),
        from: footer.from, to: footer.to, tag: footer.tag, moof: Array(bytes.prefix(moof.length)))
      guard bytes.withUnsafeBytes({ seal.verifies($0, as: fragment, previous: previous) }) else { break }
      fragments.append(fragment)
      previous = footer.tag
      position = fragment.end + UInt64(SegmentSeal.footerLength)
    }
    return (fragments, position)
  }
}

/// Size and type of an ISO box with a 32-bit size; the only kind Hearth writes.
struct BoxHead {
  let length: Int
  let type: String

  init?(_ bytes: ArraySlice<UInt8>) {
    var input = ByteReader(bytes)
    guard let size = input.u32(), size >= 8, let name = input.slice(4) else { return nil }
    length = Int(size)
    type = String(decoding: name, as: UTF8.self)
  }
}
