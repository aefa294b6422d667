import Crypto
public import Domain

/// Who and what a segment is. Stands in the file right after `moov`, and goes into every tag of the file, so that the
/// file can't pass for another camera's, another segment or another time.
public struct SegmentIdentity: Hashable, Sendable {
  public let installation: InstallationID
  public let segment: SegmentID
  public let stream: StreamRole
  /// UTC of the segment's media time 0.
  public let start: WallTime
  /// The worker's monotonic clock at `start`.
  public let monotonic: MonotonicTime
  public let clock: ClockQuality
  /// The system's boot id: orders segments together with `sequence` whatever the wall clock did.
  public let boot: RandomID
  /// Counts this camera's segments upwards over its life.
  public let sequence: UInt64
  public let codec: VideoCodec
  public let hasAudio: Bool

  public init(
    installation: InstallationID, segment: SegmentID, stream: StreamRole, start: WallTime, monotonic: MonotonicTime,
    clock: ClockQuality, boot: RandomID, sequence: UInt64, codec: VideoCodec, hasAudio: Bool
  ) {
    self.installation = installation
    self.segment = segment
    self.stream = stream
    self.start = start
    self.monotonic = monotonic
    self.clock = clock
    self.boot = boot
    self.sequence = sequence
    self.codec = codec
    self.hasAudio = hasAudio
  }

  public var camera: CameraID { segment.camera }

  /// UTC of a moment of this segment.
  public func wall(at time: MediaTime) -> WallTime {
    WallTime(nanoseconds: start.nanoseconds &+ time.nanoseconds)
  }

  /// `0000000012-<32 hex>.mp4`, or `0000000012-detect-<32 hex>.mp4` for a detection stream's segment.
  public var fileName: String { SegmentFileName(sequence: sequence, stream: stream, raw: segment.raw).text }
}

/// A segment's file name; a label for people and scripts, never proof of what is inside.
public struct SegmentFileName: Hashable, Sendable {
  public let sequence: UInt64
  public let stream: StreamRole
  public let raw: RandomID

  public init(sequence: UInt64, stream: StreamRole, raw: RandomID) {
    self.sequence = sequence
    self.stream = stream
    self.raw = raw
  }

  public var text: String {
    let digits = String(sequence)
    return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
      + (stream == .detect ? "-detect-" : "-") + raw.text + ".mp4"
  }

  /// Reads a finished segment's name; `.partial` is taken off by the caller.
  public init?(_ text: some StringProtocol) {
    guard text.hasSuffix(".mp4") else { return nil }
    let parts = text.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 || (parts.count == 3 && parts[1] == "detect"), let sequence = UInt64(parts[0]),
      let raw = parts.last.flatMap({ RandomID(text: $0) })
    else { return nil }
    self.init(sequence: sequence, stream: parts.count == 3 ? .detect : .main, raw: raw)
  }
}

/// One fragment as the seal sees it: where it lies, which time it covers, and its tag.
public struct SealedFragment: Hashable, Sendable {
  public let index: UInt32
  /// Where its `moof` begins in the file, in bytes.
  public let offset: UInt64
  public let moofLength: UInt32
  public let mdatLength: UInt32
  /// Media time of its first video sample and of the end of its last.
  public let from: MediaTime
  public let to: MediaTime
  public let tag: Tag
  /// The `moof` box itself: the sample table of this fragment.
  public let moof: [UInt8]

  /// `moof` and `mdat` together, in bytes.
  public var length: UInt64 { UInt64(moofLength) + UInt64(mdatLength) }
  /// Where the footer begins.
  public var end: UInt64 { offset + length }
}

/// Seals and checks one segment's bytes. Made from the camera's key and the identity that the *caller* expects or wrote:
/// bytes of another camera or segment do not verify.
public struct SegmentSeal: Sendable {
  public let identity: SegmentIdentity
  private let key: SymmetricKey
  /// The identity box's payload: the first thing every tag is made of.
  private let payload: [UInt8]

  static let version: UInt8 = 2
  static let identityType = Array("Hearth.identity1".utf8)
  static let footerType = Array("Hearth.fragment1".utf8)
  static let closingType = Array("Hearth.closing.1".utf8)
  static let footerLength = 24 + 1 + 4 + 8 + 8 + 8 + 8 + Tag.length * 2

  /// - Parameter initialisation: `ftyp` and `moov`; their digest is part of the identity, so they are sealed too.
  /// - Returns: `nil` when `key` is another camera's.
  public init?(identity: SegmentIdentity, initialisation: [UInt8], key: CameraKey) {
    guard key.camera == identity.camera else { return nil }
    self.init(identity: identity, payload: Self.payload(identity, Array(SHA256.hash(data: initialisation))), key: key)
  }

  init(identity: SegmentIdentity, payload: [UInt8], key: CameraKey) {
    self.identity = identity
    self.payload = payload
    self.key = key.derive("segment", identity.segment.raw.bytes + [identity.stream == .main ? 0 : 1])
  }

  private static func payload(_ identity: SegmentIdentity, _ digest: [UInt8]) -> [UInt8] {
    var out = ByteWriter()
    out.u8(version)
    out.u8(identity.stream == .main ? 0 : 1)
    out.u8(identity.clock.rawValue)
    out.u8(identity.hasAudio ? 1 : 0)
    out.put(identity.installation.raw.bytes)
    out.put(identity.camera.bytes)
    out.put(identity.segment.raw.bytes)
    out.i64(identity.start.nanoseconds)
    out.i64(identity.monotonic.nanoseconds)
    out.put(identity.boot.bytes)
    out.u64(identity.sequence)
    out.put(identity.codec == .h264 ? Array("h264".utf8) : Array("h265".utf8))
    out.put(digest)
    return out.bytes
  }

  static func identity(payload: [UInt8]) -> (SegmentIdentity, digest: [UInt8])? {
    var input = ByteReader(payload)
    guard input.u8() == version, let stream = input.u8(), stream < 2, let clock = input.u8().flatMap(ClockQuality.init),
      let audio = input.u8(), let installation = input.take(16).flatMap({ RandomID(bytes: $0) }),
      let camera = input.take(16).flatMap({ CameraID(bytes: $0) }),
      let segment = input.take(16).flatMap({ RandomID(bytes: $0) }), let start = input.i64(),
      let monotonic = input.i64(),
      let boot = input.take(16).flatMap({ RandomID(bytes: $0) }), let sequence = input.u64(), let codec = input.take(4),
      let digest = input.take(32), input.isAtEnd
    else { return nil }
    let identity = SegmentIdentity(
      installation: InstallationID(raw: installation), segment: SegmentID(camera: camera, raw: segment),
      stream: stream == 0 ? .main : .detect, start: WallTime(nanoseconds: start),
      monotonic: MonotonicTime(nanoseconds: monotonic), clock: clock, boot: boot, sequence: sequence,
      codec: codec == Array("h265".utf8) ? .h265 : .h264, hasAudio: audio == 1)
    return (identity, digest)
  }

  /// The identity as a `uuid` box (ISO/IEC 14496-12 section 4.2), which players skip.
  public var identityBox: [UInt8] { Self.uuidBox(Self.identityType, payload) }

  static func uuidBox(_ type: [UInt8], _ payload: [UInt8]) -> [UInt8] {
    var out = ByteWriter()
    out.u32(UInt32(24 + payload.count))
    out.put(Array("uuid".utf8))
    out.put(type)
    out.put(payload)
    return out.bytes
  }

  /// Seals one fragment (`moof` and `mdat` as they will lie in the file).
  ///
  /// No two fragments of a segment may have the same place, span and predecessor: the tag's key is made from these and is
  /// for one message. A fragment that could not be written is never tried again in the same file, so this holds.
  public func seal(
    _ bytes: UnsafeRawBufferPointer, index: UInt32, offset: UInt64, moofLength: UInt32, from: MediaTime, to: MediaTime,
    previous: Tag
  ) throws -> SealedFragment {
    let head = fragmentHead(
      index: index, offset: offset, length: UInt64(bytes.count), from: from, to: to, previous: previous)
    return SealedFragment(
      index: index, offset: offset, moofLength: moofLength, mdatLength: UInt32(bytes.count) - moofLength, from: from,
      to: to, tag: try Tag.once(key: key, payload + head, bytes), moof: Array(bytes.prefix(Int(moofLength))))
  }

  /// Whether `bytes` are this segment's fragment: the check that stands before every byte that leaves.
  public func verifies(_ bytes: UnsafeRawBufferPointer, as fragment: SealedFragment, previous: Tag) -> Bool {
    guard UInt64(bytes.count) == fragment.length else { return false }
    let head = fragmentHead(
      index: fragment.index, offset: fragment.offset, length: fragment.length, from: fragment.from, to: fragment.to,
      previous: previous)
    guard let tag = try? Tag.once(key: key, payload + head, bytes) else { return false }
    return tag.matches(fragment.tag)
  }

  private func fragmentHead(
    index: UInt32, offset: UInt64, length: UInt64, from: MediaTime, to: MediaTime, previous: Tag
  ) -> [UInt8] {
    var out = ByteWriter()
    out.u8(Self.version)
    out.u32(index)
    out.u64(offset)
    out.u64(length)
    out.i64(from.nanoseconds)
    out.i64(to.nanoseconds)
    out.put(previous.bytes)
    return out.bytes
  }

  /// The footer that stands after a fragment's `mdat`.
  public func footer(of fragment: SealedFragment, previous: Tag) -> [UInt8] {
    Self.uuidBox(
      Self.footerType,
      fragmentHead(
        index: fragment.index, offset: fragment.offset, length: fragment.length, from: fragment.from, to: fragment.to,
        previous: previous) + fragment.tag.bytes)
  }

  static func footer(payload: [UInt8]) -> (
    index: UInt32, offset: UInt64, length: UInt64, from: MediaTime, to: MediaTime, previous: Tag, tag: Tag
  )? {
    var input = ByteReader(payload)
    guard input.u8() == version, let index = input.u32(), let offset = input.u64(), let length = input.u64(),
      let from = input.media(), let to = input.media(), let previous = input.take(Tag.length),
      let tag = input.take(Tag.length),
      input.isAtEnd
    else { return nil }
    return (index, offset, length, from, to, Tag(bytes: previous[...]), Tag(bytes: tag[...]))
  }

  /// The box that ends a segment closed in order: every fragment with its sample table, sealed as a whole. Its last four
  /// bytes repeat its length, so that it can be found from the file's end.
  public func closingBox(_ fragments: [SealedFragment]) -> [UInt8] {
    var out = ByteWriter()
    out.u8(Self.version)
    out.u32(UInt32(fragments.count))
    for fragment in fragments {
      out.u64(fragment.offset)
      out.u32(fragment.moofLength)
      out.u32(fragment.mdatLength)
      out.i64(fragment.from.nanoseconds)
      out.i64(fragment.to.nanoseconds)
      out.put(fragment.tag.bytes)
      out.put(fragment.moof)
    }
    out.put(closingTag(out.bytes).bytes)
    out.u32(UInt32(24 + out.bytes.count + 4))
    return Self.uuidBox(Self.closingType, out.bytes)
  }

  private func closingTag(_ table: [UInt8]) -> Tag {
    Tag.over(key: key, Array("closing".utf8) + payload, table)
  }

  /// Reads a closing box's payload; `nil` when it is not this segment's or was altered.
  func fragments(closing payload: [UInt8]) -> [SealedFragment]? {
    guard payload.count >= 1 + 4 + Tag.length + 4 else { return nil }
    let table = Array(payload.dropLast(Tag.length + 4))
    let tag = Tag(bytes: payload.dropLast(4).suffix(Tag.length))
    guard closingTag(table).matches(tag) else { return nil }
    var input = ByteReader(table)
    guard input.u8() == Self.version, let count = input.u32() else { return nil }
    var fragments: [SealedFragment] = []
    for index in 0..<count {
      guard let offset = input.u64(), let moofLength = input.u32(), let mdatLength = input.u32(),
        let from = input.media(),
        let to = input.media(), let tag = input.take(Tag.length), let moof = input.take(Int(moofLength))
      else { return nil }
      fragments.append(
        SealedFragment(
          index: index, offset: offset, moofLength: moofLength, mdatLength: mdatLength, from: from, to: to,
          tag: Tag(bytes: tag[...]), moof: moof))
    }
    return input.isAtEnd ? fragments : nil
  }
}
