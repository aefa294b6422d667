import Domain

/// The parameter sets of an H.264 stream (ISO/IEC 14496-10 section 7.3.2).
public struct H264ParameterSets: Hashable, Sendable {
  /// NAL units without start codes, in the order of their ids.
  public let sequenceSets: [[UInt8]]
  public let pictureSets: [[UInt8]]
  /// What the sequence set says that the first picture set refers to.
  let sequence: H264Sequence

  /// Pixels as shown, after cropping.
  public var width: Int { sequence.width }
  public var height: Int { sequence.height }

  /// Takes the parameter sets out of NAL units; others are passed over.
  ///
  /// - Throws: `MP4Error`; `missing` without at least one of each kind.
  public init(units: [[UInt8]]) throws(MP4Error) {
    var sequences: [(id: Int, unit: [UInt8])] = []
    var pictures: [(id: Int, unit: [UInt8])] = []
    for unit in units {
      switch (unit.first ?? 0) & 0x1f {
      case 7: sequences.append((try Self.sequenceID(unit), unit))
      case 8: pictures.append((try Self.pictureIDs(unit).picture, unit))
      default: break
      }
    }
    sequenceSets = ParameterSets.ordered(sequences)
    pictureSets = ParameterSets.ordered(pictures)
    try ParameterSets.checkSizes(sequenceSets + pictureSets, "set of H.264 parameter sets")
    guard !sequenceSets.isEmpty else { throw MP4Error(.missing, "H.264 sequence parameter set") }
    guard !pictureSets.isEmpty else { throw MP4Error(.missing, "H.264 picture parameter set") }
    // avcC counts sequence sets in 5 bits and picture sets in 8.
    guard sequenceSets.count <= 31, pictureSets.count <= 255 else {
      throw MP4Error(.tooLarge, "number of H.264 parameter sets")
    }
    sequence = try Self.active(sequenceSets, pictureSets)
  }

  /// Reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3).
  public init(avcC: [UInt8]) throws(MP4Error) {
    var reader = BoxReader(avcC, name: "avcC")
    guard try reader.u8() == 1 else { throw MP4Error(.unsupported, "version of avcC") }
    try reader.skip(3)
    guard try reader.u8() & 3 == 3 else { throw MP4Error(.unsupported, "length size of avcC") }
    var units: [[UInt8]] = []
    for _ in 0..<(try reader.u8() & 0x1f) { units.append([UInt8](try reader.take(Int(try reader.u16())))) }
    for _ in 0..<(try reader.u8()) { units.append([UInt8](try reader.take(Int(try reader.u16())))) }
    try self.init(units: units)
  }

  /// The AVCDecoderConfigurationRecord, with lengths of 4 bytes.
  public var avcC: [UInt8] {
    var writer = ByteWriter()
    writer.u8(1)
    writer.put([sequence.profile, sequence.constraints, sequence.level])
    writer.u8(0xfc | 3)
    writer.u8(0xe0 | UInt8(sequenceSets.count))
    for unit in sequenceSets {
      writer.u16(UInt16(unit.count))
      writer.put(unit)
    }
    writer.u8(UInt8(pictureSets.count))
    for unit in pictureSets {
      writer.u16(UInt16(unit.count))
      writer.put(unit)
    }
    if [100, 110, 122, 144, 244].contains(sequence.profile) {
      writer.u8(0xfc | sequence.chromaFormat)
      writer.u8(0xf8 | (sequence.lumaBits - 8))
      writer.u8(0xf8 | (sequence.chromaBits - 8))
      writer.u8(0)
    }
    return writer.bytes
  }

  /// RFC 6381 section 3.4: `avc1.` and profile, constraints and level in hexadecimal.
  public var codecString: String { "avc1.\(hex(sequence.profile, sequence.constraints, sequence.level))" }

  private static func active(_ sequences: [[UInt8]], _ pictures: [[UInt8]]) throws(MP4Error) -> H264Sequence {
    for picture in pictures {
      let wanted = try pictureIDs(picture).sequence
      for sequence in sequences where try sequenceID(sequence) == wanted { return try H264Sequence(sequence) }
    }
    throw MP4Error(.missing, "H.264 sequence parameter set that a picture set refers to")
  }

  /// The id lies behind the header, three bytes of profile and level, and is coded in 1 to 11 bits.
  static func sequenceID(_ unit: [UInt8]) throws(MP4Error) -> Int {
    var bits = BitReader(unit: unit.dropFirst(4).prefix(8), name: "H.264 sequence parameter set")
    return try bits.unsigned(upTo: 31)
  }

  static func pictureIDs(_ unit: [UInt8]) throws(MP4Error) -> (picture: Int, sequence: Int) {
    var bits = BitReader(unit: unit.dropFirst().prefix(16), name: "H.264 picture parameter set")
    return (try bits.unsigned(upTo: 255), try bits.unsigned(upTo: 31))
  }
}

/// What Hearth reads of a sequence parameter set: section 7.3.2.1.1 up to the cropping.
struct H264Sequence: Hashable, Sendable {
  let profile: UInt8
  let constraints: UInt8
  let level: UInt8
  let chromaFormat: UInt8
  let lumaBits: UInt8
  let chromaBits: UInt8
  let width: Int
  let height: Int

  private static let highProfiles: Set<UInt8> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]
  private static let name = "H.264 sequence parameter set"

  init(_ unit: [UInt8]) throws(MP4Error) {
    var bits = BitReader(unit: unit.dropFirst(), name: Self.name)
    profile = UInt8(try bits.bits(8))
    constraints = UInt8(try bits.bits(8))
    level = UInt8(try bits.bits(8))
    _ = try bits.unsigned(upTo: 31)
    var chroma = 1
    var separatePlanes = false
    var luma = 8
    var chromaDepth = 8
    if Self.highProfiles.contains(profile) {
      chroma = try bits.unsigned(upTo: 3)
      if chroma == 3 { separatePlanes = try bits.flag() }
      luma = 8 + (try bits.unsigned(upTo: 6))
      chromaDepth = 8 + (try bits.unsigned(upTo: 6))
      try bits.skip(1)
      if try bits.flag() { try Self.skipScalingLists(&bits, count: chroma == 3 ? 12 : 8) }
    }
    chromaFormat = UInt8(chroma)
    lumaBits = UInt8(luma)
    chromaBits = UInt8(chromaDepth)
    _ = try bits.unsigned(upTo: 12)
    try Self.skipPictureOrder(&bits)
    _ = try bits.unsigned(upTo: 16)
    try bits.skip(1)
    let columns = try bits.unsigned() + 1
    let rows = try bits.unsigned() + 1
    let framesOnly = try bits.flag()
    if !framesOnly { try bits.skip(1) }
    try bits.skip(1)
    var crop = [0, 0, 0, 0]
    if try bits.flag() { for index in 0..<4 { crop[index] = try bits.unsigned() } }
    let fieldFactor = framesOnly ? 1 : 2
    let unitX = separatePlanes || chroma == 0 || chroma == 3 ? 1 : 2
    let unitY = !separatePlanes && chroma == 1 ? 2 : 1
    width = try ParameterSets.cropped(columns * 16, by: [crop[0], crop[1]], unit: unitX, Self.name)
    height = try ParameterSets.cropped(
      rows * 16 * fieldFactor, by: [crop[2], crop[3]], unit: unitY * fieldFactor, Self.name)
  }

  /// Section 7.3.2.1.1.1: a list ends early when its next scale becomes 0.
  private static func skipScalingLists(_ bits: inout BitReader, count: Int) throws(MP4Error) {
    for list in 0..<count where try bits.flag() {
      var last = 8
      var next = 8
      for _ in 0..<(list < 6 ? 16 : 64) {
        if next != 0 {
          let delta = try bits.signed()
          guard (-128...127).contains(delta) else { throw MP4Error(.malformed, name) }
          next = (last + delta + 256) % 256
        }
        if next != 0 { last = next }
      }
    }
  }

  private static func skipPictureOrder(_ bits: inout BitReader) throws(MP4Error) {
    switch try bits.unsigned(upTo: 2) {
    case 0: _ = try bits.unsigned(upTo: 12)
    case 1:
      try bits.skip(1)
      _ = try bits.signed()
      _ = try bits.signed()
      for _ in 0..<(try bits.unsigned(upTo: 255)) { _ = try bits.signed() }
    default: break
    }
  }
}

/// Two lower-case digits for each byte.
func hex(_ bytes: UInt8...) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
