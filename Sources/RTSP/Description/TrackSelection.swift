/// Audio encodings by their names in descriptions.
public enum AudioEncoding: String, Hashable, Sendable, CaseIterable {
  /// AAC in MPEG-4 elementary streams (RFC 3640).
  case aac = "MPEG4-GENERIC"
  /// AAC in LATM (RFC 6416).
  case aacLATM = "MP4A-LATM"
  /// G.711 µ-law (RFC 3551 section 4.5.14).
  case pcmu = "PCMU"
  /// G.711 A-law (RFC 3551 section 4.5.14).
  case pcma = "PCMA"
}

/// Video encodings by their names in descriptions.
public enum VideoEncoding: String, Hashable, Sendable, CaseIterable {
  /// RFC 6184.
  case h264 = "H264"
  /// RFC 7798.
  case h265 = "H265"
}

/// A medium that is set up, in one format.
public struct SelectedTrack: Hashable, Sendable {
  /// The section that it was described by.
  public var media: MediaDescription
  /// The format that is kept.
  public var format: PayloadFormat

  /// A choice; see the properties.
  public init(media: MediaDescription, format: PayloadFormat) {
    self.media = media
    self.format = format
  }

  /// Whether it is the video track.
  public var isVideo: Bool { media.kind == .video }
  /// Ticks of its RTP timestamps in a second: as described, else what its kind usually has (RFC 3551).
  public var clockRate: Int { format.clockRate ?? (isVideo ? 90000 : 8000) }
}

/// Which media of a description are set up: the video wherever it is listed, and the first audio that can be kept.
///
/// Audio that says `sendonly` is never set up: that is ONVIF's back channel, which leads to the camera. For video the
/// attribute says nothing: a camera receives no video, and some write `sendonly` from their own point of view, as RFC 8866
/// section 6.7.3 has it. What says `inactive` is left out. A session's own direction is not looked at: those that write one
/// mean all that they send.
public struct TrackSelection: Hashable, Sendable {
  /// The video track.
  public var video: SelectedTrack
  /// The audio track, when it was requested and one can be kept.
  public var audio: SelectedTrack?
  /// Names of audio encodings that were offered and can't be kept, when none can.
  public var unkeptAudio: [String]

  /// Why a description can't be recorded.
  public enum Failure: Error, Hashable, Sendable {
    /// No media section is read at all.
    case empty
    /// There is no video.
    case noVideo
    /// The video is of these encodings only.
    case unsupported([String])
  }

  /// Chooses.
  ///
  /// - Parameters:
  ///   - wantsAudio: whether audio is to be kept.
  ///   - keepable: which audio encodings can be kept.
  /// - Throws: `Failure` when there is no video to record.
  public init(
    _ description: SessionDescription, wantsAudio: Bool, keepable: Set<AudioEncoding> = Set(AudioEncoding.allCases)
  ) throws(Failure) {
    guard !description.media.isEmpty else { throw .empty }
    let active = description.media.filter { $0.direction != .inactive }
    let videos = active.filter { $0.kind == .video }
    guard !videos.isEmpty else { throw .noVideo }
    let choices = videos.compactMap { Self.choice($0) { VideoEncoding(rawValue: $0.encoding) != nil } }
    guard let video = choices.first(where: { $0.media.direction != .sendOnly }) ?? choices.first else {
      throw .unsupported(Self.names(videos))
    }
    self.video = video
    let audios = wantsAudio ? active.filter { $0.kind == .audio && $0.direction != .sendOnly } : []
    audio =
      audios.lazy.compactMap { media in
        Self.choice(media) { AudioEncoding(rawValue: $0.encoding).map(keepable.contains) ?? false }
      }.first
    unkeptAudio = audio == nil ? Self.names(audios) : []
  }

  private static func choice(_ media: MediaDescription, _ isWanted: (PayloadFormat) -> Bool) -> SelectedTrack? {
    media.formats.first(where: isWanted).map { SelectedTrack(media: media, format: $0) }
  }

  private static func names(_ media: [MediaDescription]) -> [String] {
    var names: [String] = []
    for format in media.flatMap(\.formats) {
      let name = format.encoding.isEmpty ? "payload type \(format.payloadType)" : format.encoding
      if !names.contains(name), names.count < 8 { names.append(name) }
    }
    return names
  }
}
