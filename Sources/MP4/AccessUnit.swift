public import Domain

/// One coded picture as libavformat delivers it (NAL units after start codes, Annex B of H.264 and H.265), turned into an
/// MP4 sample.
///
/// Access unit delimiters, filler, end marks and what players don't know are dropped; slices and SEI stay in their order.
/// Parameter sets are always taken out: they belong in the sample entry, and `VideoConfiguration.updated` says when
/// those of the sample entry no longer hold.
public struct AccessUnit: Sendable {
  /// The units behind 4-byte big-endian lengths: the bytes of an MP4 sample.
  public let sample: [UInt8]
  /// An IDR picture (H.264) or an IRAP picture, types 16 to 21 (H.265): decoding can begin here.
  public let isKeyframe: Bool
  /// Whether there is any slice. Without one there is nothing to write.
  public let hasPicture: Bool
  /// The parameter sets that came with it, without start codes; seldom any but at keyframes.
  public let parameterSets: [[UInt8]]

  /// Copies what it keeps; `annexB` need not outlive the call. Hostile bytes give an access unit without picture at worst.
  public init(annexB: UnsafeRawBufferPointer, codec: VideoCodec) {
    var kept: [Range<Int>] = []
    var length = 0
    var sets: [[UInt8]] = []
    var key = false
    var picture = false
    for range in AnnexB.units(in: annexB) {
      switch UnitKind(of: UnsafeRawBufferPointer(rebasing: annexB[range]), codec: codec) {
      case .slice(let isKey):
        key = key || isKey
        picture = true
      case .information: break
      case .parameterSet:
        sets.append([UInt8](annexB[range]))
        continue
      case .ignored: continue
      }
      guard range.count <= Int(UInt32.max) else { continue }
      kept.append(range)
      length += 4 + range.count
    }
    var writer = ByteWriter(reserving: length)
    for range in kept {
      writer.u32(UInt32(range.count))
      writer.put(UnsafeRawBufferPointer(rebasing: annexB[range]))
    }
    sample = writer.bytes
    isKeyframe = key
    hasPicture = picture
    parameterSets = sets
  }

  public init(annexB: [UInt8], codec: VideoCodec) {
    self = annexB.withUnsafeBytes { AccessUnit(annexB: $0, codec: codec) }
  }

  /// Only the question whether decoding can begin here, without copying anything.
  public static func isKeyframe(annexB: UnsafeRawBufferPointer, codec: VideoCodec) -> Bool {
    AnnexB.units(in: annexB).contains { range in
      if case .slice(isKey: true) = UnitKind(of: UnsafeRawBufferPointer(rebasing: annexB[range]), codec: codec) {
        true
      } else {
        false
      }
    }
  }

  public static func isKeyframe(annexB: [UInt8], codec: VideoCodec) -> Bool {
    annexB.withUnsafeBytes { isKeyframe(annexB: $0, codec: codec) }
  }
}

/// What a NAL unit is good for.
enum UnitKind: Equatable {
  case slice(isKey: Bool)
  /// SEI and prefixes: kept with the picture.
  case information
  case parameterSet
  case ignored

  init(of unit: UnsafeRawBufferPointer, codec: VideoCodec) {
    guard let first = unit.first else {
      self = .ignored
      return
    }
    switch codec {
    case .h264: self = Self.h264(type: first & 0x1f)
    case .h265:
      // Units of further layers (layer id above 0) are nothing for a decoder of the base layer.
      let isBase = unit.count > 2 && first & 1 == 0 && unit[1] >> 3 == 0
      self = isBase ? Self.h265(type: first >> 1 & 0x3f) : .ignored
    }
  }

  /// ISO/IEC 14496-10 table 7-1.
  private static func h264(type: UInt8) -> UnitKind {
    switch type {
    case 1...4: .slice(isKey: false)
    case 5: .slice(isKey: true)
    case 6, 14: .information
    case 7, 8: .parameterSet
    default: .ignored
    }
  }

  /// ISO/IEC 23008-2 table 7-1.
  private static func h265(type: UInt8) -> UnitKind {
    switch type {
    case 0...9: .slice(isKey: false)
    case 16...21: .slice(isKey: true)
    case 32...34: .parameterSet
    case 39, 40: .information
    default: .ignored
    }
  }
}

/// Finds NAL units between start codes (H.264 and H.265 Annex B).
public enum AnnexB {
  /// Where the units lie, without start codes and trailing zeroes; empty ones are left out. Bytes before the first start
  /// code are not a unit.
  public static func units(in bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
    // A span checks every index in release builds too, which the pointer does not.
    let span = bytes.assumingMemoryBound(to: UInt8.self).span
    var units: [Range<Int>] = []
    var start: Int?
    func close(at end: Int) {
      guard let begin = start else { return }
      var last = end
      while last > begin, span[last - 1] == 0 { last -= 1 }
      if last > begin { units.append(begin..<last) }
    }
    // A start code begins with two zeroes, and hardly any stretch of 32 bytes holds two of them side by side.
    var index = 0
    while index + 2 < span.count {
      let end = min(index + 32, span.count - 2)
      if end - index < 32
        || (pairs(bytes, index) | pairs(bytes, index + 8) | pairs(bytes, index + 16) | pairs(bytes, index + 24))
          & 0x8080_8080_8080_8080 != 0
      {
        for at in index..<end where span[at] == 0 && span[at + 1] == 0 && span[at + 2] == 1 {
          close(at: at)
          start = at + 3
        }
      }
      index = end
    }
    close(at: span.count)
    return units
  }

  /// The highest bit of one of eight bytes is set when, of the nine from here on, any two side by side are zero: only a
  /// zero byte borrows from its highest bit, with that bit clear before.
  private static func pairs(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
    let both =
      bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      | bytes.loadUnaligned(fromByteOffset: at + 1, as: UInt64.self)
    return (both &- 0x0101_0101_0101_0101) & ~both
  }

  public static func units(in bytes: [UInt8]) -> [[UInt8]] {
    bytes.withUnsafeBytes { buffer in units(in: buffer).map { [UInt8](buffer[$0]) } }
  }
}
