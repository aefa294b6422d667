import Domain
import MP4
import VirtualMP4

/// Coded media as a camera would send it, made by ffmpeg's encoders.
struct RecordedMedia {
  struct Frame {
    var annexB: [UInt8]
    /// In 1/90000 s, the first decode time is 0.
    var decode: Int64
    var presentation: Int64
    var duration: UInt32
  }

  var codec: VideoCodec
  var frames: [Frame] = []
  /// Raw AAC frames of 1024 samples; the first begins with the first decoded picture.
  var sound: [[UInt8]] = []
  var audio: AudioConfiguration?

  /// - Parameters:
  ///   - options: of the encoder, such as the distance of keyframes.
  ///   - rate: of the sound, in samples per second; `nil` for none.
  init(
    _ codec: VideoCodec, seconds: Int, size: String = "320x240", options: [String] = ["-g", "25", "-bf", "0"],
    rate: Int? = nil
  ) throws {
    self.codec = codec
    let folder = try TemporaryFolder()
    let encoder = codec == .h264 ? "libx264" : "libx265"
    let quiet = codec == .h264 ? [] : ["-x265-params", "log-level=none"]
    try Tools.run(
      "ffmpeg",
      ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=\(size):rate=25:duration=\(seconds)", "-c:v", encoder]
        + ["-preset", "ultrafast", "-threads", "1"] + quiet + options
        + ["-pix_fmt", "yuv420p", "-video_track_timescale", "90000", folder.path("made.mp4")])
    let name = codec == .h264 ? "h264" : "hevc"
    try Tools.run(
      "ffmpeg",
      ["-v", "error", "-i", folder.path("made.mp4"), "-c", "copy", "-bsf:v"]
        + ["\(name)_mp4toannexb,\(name)_metadata=aud=insert", "-f", name, folder.path("made.raw")])
    let packets = try Tools.run(
      "ffprobe",
      ["-v", "error", "-show_entries", "packet=pts,dts,duration", "-of", "csv=p=0", folder.path("made.mp4")])
    let times = packets.output.split(separator: "\n").map { $0.split(separator: ",").compactMap { Int64($0) } }
    let units = Self.accessUnits(try folder.read("made.raw"), codec)
    guard units.count == times.count, let first = times.first else {
      throw Tools.Failure(description: "\(units.count) pictures, \(times.count) times")
    }
    frames = zip(units, times).map {
      Frame(annexB: $0, decode: $1[1] - first[1], presentation: $1[0] - first[1], duration: 3600)
    }
    if let rate { try makeSound(seconds: seconds, rate: rate, folder) }
  }

  private mutating func makeSound(seconds: Int, rate: Int, _ folder: TemporaryFolder) throws {
    try Tools.run(
      "ffmpeg",
      ["-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=\(rate):duration=\(seconds)"]
        + ["-c:a", "aac", "-f", "adts", folder.path("made.aac")])
    var rest = try folder.read("made.aac")[...]
    while rest.count > 7 {
      let header = rest.prefix(7).map { Int($0) }
      let length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
      sound.append([UInt8](rest.prefix(length).dropFirst(7)))
      if audio == nil {
        let (index, channels) = (header[2] >> 2 & 15, (header[2] & 1) << 2 | header[3] >> 6)
        audio = try AudioConfiguration(
          audioSpecificConfig: [UInt8(2 << 3 | index >> 1), UInt8((index & 1) << 7 | channels << 3)])
      }
      rest = rest.dropFirst(length)
    }
  }

  /// Each access unit begins with a delimiter (type 9 of H.264, 35 of H.265).
  static func accessUnits(_ bytes: [UInt8], _ codec: VideoCodec) -> [[UInt8]] {
    var pictures: [[UInt8]] = []
    for unit in AnnexB.units(in: bytes) {
      let isDelimiter = codec == .h264 ? unit[0] & 0x1f == 9 : unit[0] >> 1 & 0x3f == 35
      if isDelimiter || pictures.isEmpty { pictures.append([]) }
      pictures[pictures.count - 1] += [0, 0, 0, 1] + unit
    }
    return pictures
  }

  func configuration() throws -> VideoConfiguration {
    try VideoConfiguration(
      codec: codec, parameterSets: AccessUnit(annexB: frames[0].annexB, codec: codec).parameterSets)
  }

  func tracks(sound: Bool = true) throws -> [TrackDescription] {
    [TrackDescription(video: try configuration())]
      + (sound ? (audio.map { [TrackDescription(audio: $0)] } ?? []) : [])
  }
}

/// Segment files as a worker writes them, with a box after each `mdat` where the seal will stand.
struct RecordedSegment {
  var bytes: [UInt8]
  var fragments: [SourceFragment] = []

  /// - Parameters:
  ///   - frames: which frames of the media; they keep their distance from one another.
  ///   - start: the wall time of the first of them, of which times are counted.
  ///   - longest: frames after which a fragment ends, even before the next keyframe.
  init(
    _ media: RecordedMedia, frames range: Range<Int>, source: Int, start: WallTime, longest: Int = 20,
    sound hasSound: Bool = true
  ) throws {
    bytes = FragmentedMP4.initialisation(tracks: try media.tracks(sound: hasSound))
    let origin = media.frames[range.lowerBound].decode
    var begin = range.lowerBound
    var sequence: UInt32 = 1
    while begin < range.upperBound {
      var end = begin + 1
      while end < range.upperBound, end - begin < longest,
        !AccessUnit.isKeyframe(annexB: media.frames[end].annexB, codec: media.codec)
      {
        end += 1
      }
      try append(media, begin..<end, origin: origin, sequence, hasSound ? media.audio : nil, source, start)
      begin = end
      sequence += 1
    }
  }

  private mutating func append(
    _ media: RecordedMedia, _ range: Range<Int>, origin: Int64, _ sequence: UInt32, _ audio: AudioConfiguration?,
    _ source: Int, _ start: WallTime
  ) throws {
    let pictures = media.frames[range].map { frame in
      let unit = AccessUnit(annexB: frame.annexB, codec: media.codec)
      return FragmentSample(
        bytes: unit.sample, duration: frame.duration,
        compositionOffset: Int32(frame.presentation - frame.decode), isSync: unit.isKeyframe)
    }
    let decode = media.frames[range.lowerBound].decode
    var tracks = [FragmentTrack(trackID: 1, baseDecodeTime: UInt64(decode - origin), samples: pictures)]
    if let audio {
      let rate = Int64(audio.sampleRate)
      // The sound of the same stretch: those frames whose begin lies in it.
      let first = (decode * rate / 90_000 + 1023) / 1024
      let last = ((decode + Int64(range.count) * 3600) * rate / 90_000 + 1023) / 1024
      let chosen = media.sound.indices.clamped(to: Int(first)..<Int(last))
      if let begin = chosen.first {
        tracks.append(
          FragmentTrack(
            trackID: 2, baseDecodeTime: UInt64(Int64(begin) * 1024 - origin * rate / 90_000),
            samples: chosen.map { FragmentSample(bytes: media.sound[$0], duration: 1024, isSync: true) }))
      }
    }
    let fragment = try FragmentedMP4.fragment(sequence: sequence, tracks: tracks)
    fragments.append(
      SourceFragment(
        source: source, offset: UInt64(bytes.count), moofLength: UInt64(fragment.moofLength),
        mdatLength: UInt64(fragment.mdatLength), segmentStart: start, tag: [UInt8(source), UInt8(sequence)],
        content: try FragmentedMP4.parse(moof: [UInt8](fragment.moof))))
    bytes += fragment.bytes
    var writer = ByteWriter()
    writer.box("uuid") { $0.put(repeatElement(UInt8(0xa5), count: 48)) }
    bytes += writer.bytes
  }
}

extension VirtualFile {
  /// The whole file, or a part of it, put together from its sources.
  func bytes(_ sources: [[UInt8]], _ range: Range<UInt64>? = nil) -> [UInt8] {
    slices(of: range ?? 0..<length).flatMap { slice -> [UInt8] in
      switch slice {
      case .header(let part): return [UInt8](header[part])
      case .piece(let index, let part):
        let begin = pieces[index].offset
        return [UInt8](sources[pieces[index].source][Int(begin + part.lowerBound)..<Int(begin + part.upperBound)])
      }
    }
  }
}
