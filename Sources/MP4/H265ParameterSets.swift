import Domain

/// The parameter sets of an H.265 stream (ISO/IEC 23008-2 section 7.3.2).
public struct H265ParameterSets: Hashable, Sendable {
  /// NAL units without start codes, in the order of their ids.
  public let videoSets: [[UInt8]]
  public let sequenceSets: [[UInt8]]
  public let pictureSets: [[UInt8]]
  /// What the sequence set says that the first picture set refers to.
  let sequence: H265Sequence

  /// Pixels as shown, after the conformance window.
  public var width: Int { sequence.width }
  public var height: Int { sequence.height }

  /// Takes the parameter sets out of NAL units; others are passed over.
  ///
  /// - Throws: `MP4Error`; `missing` without at least one of each kind.
  public init(units: [[UInt8]]) throws(MP4Error) {
    var sets: [UInt8: [(id: Int, unit: [UInt8])]] = [:]
    for unit in units where unit.count > 2 {
      let type = unit[0] >> 1 & 0x3f
      switch type {
      case 32: sets[type, default: []].append((Int(unit[2] >> 4), unit))
      case 33: sets[type, default: []].append((try H265Sequence(unit).id, unit))
      case 34: sets[type, default: []].append((try Self.pictureIDs(unit).picture, unit))
      default: break
      }
    }
    videoSets = ParameterSets.ordered(sets[32] ?? [])
    sequenceSets = ParameterSets.ordered(sets[33] ?? [])
    pictureSets = ParameterSets.ordered(sets[34] ?? [])
    try ParameterSets.checkSizes(videoSets + sequenceSets + pictureSets, "set of H.265 parameter sets")
    guard !videoSets.isEmpty else { throw MP4Error(.missing, "H.265 video parameter set") }
    guard !sequenceSets.isEmpty else { throw MP4Error(.missing, "H.265 sequence parameter set") }
    guard !pictureSets.isEmpty else { throw MP4Error(.missing, "H.265 picture parameter set") }
    sequence = try Self.active(sequenceSets, pictureSets)
  }

  /// Reads an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 8.3.3).
  public init(hvcC: [UInt8]) throws(MP4Error) {
    var reader = BoxReader(hvcC, name: "hvcC")
    guard try reader.u8() == 1 else { throw MP4Error(.unsupported, "version of hvcC") }
    try reader.skip(20)
    guard try reader.u8() & 3 == 3 else { throw MP4Error(.unsupported, "length size of hvcC") }
    var units: [[UInt8]] = []
    for _ in 0..<(try reader.u8()) {
      try reader.skip(1)
      for _ in 0..<(try reader.u16()) { units.append([UInt8](try reader.take(Int(try reader.u16())))) }
    }
    try self.init(units: units)
  }

  /// The HEVCDecoderConfigurationRecord, with lengths of 4 bytes.
  public var hvcC: [UInt8] {
    var writer = ByteWriter()
    writer.u8(1)
    writer.u8(sequence.profileSpace << 6 | (sequence.isHighTier ? 0x20 : 0) | sequence.profile)
    writer.u32(sequence.compatibility)
    writer.put(sequence.constraints)
    writer.u8(sequence.level)
    // No minimum of spatial segmentation and an unknown kind of parallelism: true of every stream.
    writer.u16(0xf000)
    writer.u8(0xfc)
    writer.u8(0xfc | sequence.chromaFormat)
    writer.u8(0xf8 | (sequence.lumaBits - 8))
    writer.u8(0xf8 | (sequence.chromaBits - 8))
    writer.u16(0)
    writer.u8(sequence.temporalLayers << 3 | (sequence.isTemporallyNested ? 4 : 0) | 3)
    writer.u8(3)
    for (type, units) in [(UInt8(32), videoSets), (33, sequenceSets), (34, pictureSets)] {
      // The top bit promises that no such set is in the samples, which `hvc1` demands.
      writer.u8(0x80 | type)
      writer.u16(UInt16(units.count))
      for unit in units {
        writer.u16(UInt16(unit.count))
        writer.put(unit)
      }
    }
    return writer.bytes
  }

  /// ISO/IEC 14496-15 annex E.3: `hvc1.1.6.L93.B0`.
  public var codecString: String {
    let space = ["", "A", "B", "C"][Int(sequence.profileSpace & 3)]
    var reversed: UInt32 = 0
    for bit in 0..<32 where sequence.compatibility >> UInt32(bit) & 1 == 1 { reversed |= 1 << UInt32(31 - bit) }
    var parts = [
      "hvc1", "\(space)\(sequence.profile)", String(reversed, radix: 16, uppercase: true),
      "\(sequence.isHighTier ? "H" : "L")\(sequence.level)",
    ]
    var constraints = sequence.constraints[...]
    while constraints.last == 0 { constraints.removeLast() }
    parts += constraints.map { String($0, radix: 16, uppercase: true) }
    return parts.joined(separator: ".")
  }

  private static func active(_ sequences: [[UInt8]], _ pictures: [[UInt8]]) throws(MP4Error) -> H265Sequence {
    for picture in pictures {
      let wanted = try pictureIDs(picture).sequence
      for unit in sequences {
        let sequence = try H265Sequence(unit)
        if sequence.id == wanted { return sequence }
      }
    }
    throw MP4Error(.missing, "H.265 sequence parameter set that a picture set refers to")
  }

  static func pictureIDs(_ unit: [UInt8]) throws(MP4Error) -> (picture: Int, sequence: Int) {
    var bits = BitReader(unit: unit.dropFirst(2).prefix(16), name: "H.265 picture parameter set")
    return (try bits.unsigned(upTo: 63), try bits.unsigned(upTo: 15))
  }
}

/// What Hearth reads of a sequence parameter set: section 7.3.2.2.1 up to the bit depths.
struct H265Sequence: Hashable, Sendable {
  let id: Int
  let profileSpace: UInt8
  let isHighTier: Bool
  let profile: UInt8
  /// general_profile_compatibility_flag 0 to 31, the first one in the top bit.
  let compatibility: UInt32
  /// The 6 bytes of constraint flags.
  let constraints: [UInt8]
  let level: UInt8
  let temporalLayers: UInt8
  let isTemporallyNested: Bool
  let chromaFormat: UInt8
  let lumaBits: UInt8
  let chromaBits: UInt8
  let width: Int
  let height: Int

  private static let name = "H.265 sequence parameter set"

  init(_ unit: [UInt8]) throws(MP4Error) {
    var bits = BitReader(unit: unit.dropFirst(2), name: Self.name)
    try bits.skip(4)
    let layersMinus1 = Int(try bits.bits(3))
    guard layersMinus1 <= 6 else { throw MP4Error(.malformed, Self.name) }
    temporalLayers = UInt8(layersMinus1 + 1)
    isTemporallyNested = try bits.flag()
    // profile_tier_level, section 7.3.3.
    profileSpace = UInt8(try bits.bits(2))
    isHighTier = try bits.flag()
    profile = UInt8(try bits.bits(5))
    compatibility = try bits.bits(32)
    var flags: [UInt8] = []
    for _ in 0..<6 { flags.append(UInt8(try bits.bits(8))) }
    constraints = flags
    level = UInt8(try bits.bits(8))
    try Self.skipSubLayers(&bits, count: layersMinus1)
    id = try bits.unsigned(upTo: 15)
    let chroma = try bits.unsigned(upTo: 3)
    let separatePlanes = chroma == 3 ? try bits.flag() : false
    let codedWidth = try bits.unsigned()
    let codedHeight = try bits.unsigned()
    var window = [0, 0, 0, 0]
    if try bits.flag() { for index in 0..<4 { window[index] = try bits.unsigned() } }
    lumaBits = 8 + UInt8(try bits.unsigned(upTo: 7))
    chromaBits = 8 + UInt8(try bits.unsigned(upTo: 7))
    chromaFormat = UInt8(chroma)
    let unitX = separatePlanes || chroma == 0 || chroma == 3 ? 1 : 2
    let unitY = !separatePlanes && chroma == 1 ? 2 : 1
    width = try ParameterSets.cropped(codedWidth, by: [window[0], window[1]], unit: unitX, Self.name)
    height = try ParameterSets.cropped(codedHeight, by: [window[2], window[3]], unit: unitY, Self.name)
  }

  private static func skipSubLayers(_ bits: inout BitReader, count: Int) throws(MP4Error) {
    guard count > 0 else { return }
    var present: [(profile: Bool, level: Bool)] = []
    for _ in 0..<count { present.append((try bits.flag(), try bits.flag())) }
    try bits.skip(2 * (8 - count))
    for layer in present { try bits.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0)) }
  }
}
