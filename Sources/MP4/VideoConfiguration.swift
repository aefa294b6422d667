public import Domain

/// What a decoder must know before the first picture: the parameter sets of one stream.
///
/// Two configurations are equal when all their parameter sets are: a change means a new segment.
public enum VideoConfiguration: Hashable, Sendable {
  case h264(H264ParameterSets)
  case h265(H265ParameterSets)

  /// From the parameter sets of libavformat's extradata (Annex B) or of a keyframe.
  ///
  /// - Throws: `missing` when they are not complete (none in the SDP: wait for the first keyframe), `malformed`,
  ///   `tooLarge` (more than 8192 by 8192 pixels), `unsupported`.
  public init(codec: VideoCodec, annexB extradata: [UInt8]) throws(MP4Error) {
    try self.init(codec: codec, parameterSets: AnnexB.units(in: extradata))
  }

  /// From NAL units without start codes; units that are no parameter sets are passed over.
  public init(codec: VideoCodec, parameterSets: [[UInt8]]) throws(MP4Error) {
    switch codec {
    case .h264: self = .h264(try H264ParameterSets(units: parameterSets))
    case .h265: self = .h265(try H265ParameterSets(units: parameterSets))
    }
  }

  /// The configuration that holds from an access unit on which carried these sets; `nil` while nothing differs.
  ///
  /// A complete group of sets replaces the old ones; a part of one (a lone picture set) is merged by id.
  /// - Throws: as `init`; the old configuration still holds then, the sets were damaged on the way.
  public func updated(with parameterSets: [[UInt8]]) throws(MP4Error) -> VideoConfiguration? {
    let current = self.parameterSets
    guard !parameterSets.allSatisfy({ current.contains($0) }) else { return nil }
    var next: VideoConfiguration
    do {
      next = try VideoConfiguration(codec: codec, parameterSets: parameterSets)
    } catch {
      guard error.kind == .missing else { throw error }
      next = try VideoConfiguration(codec: codec, parameterSets: current + parameterSets)
    }
    return next == self ? nil : next
  }

  public var codec: VideoCodec {
    switch self {
    case .h264: .h264
    case .h265: .h265
    }
  }

  /// Pixels as shown, after cropping.
  public var width: Int {
    switch self {
    case .h264(let sets): sets.width
    case .h265(let sets): sets.width
    }
  }

  public var height: Int {
    switch self {
    case .h264(let sets): sets.height
    case .h265(let sets): sets.height
    }
  }

  /// RFC 6381: `avc1.64001f`, `hvc1.1.6.L93.B0`.
  public var codecString: String {
    switch self {
    case .h264(let sets): sets.codecString
    case .h265(let sets): sets.codecString
    }
  }

  /// The parameter sets as NAL units, in the order a decoder wants them.
  public var parameterSets: [[UInt8]] {
    switch self {
    case .h264(let sets): sets.sequenceSets + sets.pictureSets
    case .h265(let sets): sets.videoSets + sets.sequenceSets + sets.pictureSets
    }
  }

  /// The parameter sets behind start codes, as decoders take them for extradata.
  public var annexB: [UInt8] { parameterSets.flatMap { [0, 0, 0, 1] + $0 } }
}
