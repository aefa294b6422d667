import Domain
import FFmpeg
import Testing

/// Real clips through the real decoders, and pictures out as JPEG.
@Suite(.serialized) struct DecodingTests {
  /// Every picture of a file.
  private func pictures(_ path: String, limit: VideoDecoder.Limit = .standard) throws -> [Picture] {
    let source = try StreamSource.openFile(path, token: InterruptToken())
    let decoder = try VideoDecoder(codec: source.video.codec, parameterSets: source.video.parameterSets, limit: limit)
    var pictures: [Picture] = []
    let (packets, end) = source.readToTheEnd()
    #expect(end == .ended)
    for packet in packets where packet.kind == .video { try decoder.decode(packet) { pictures.append($0) } }
    try decoder.flush { pictures.append($0) }
    return pictures
  }

  private func meanLuma(_ picture: Picture) throws -> Double {
    try picture.withLuma { bytes, stride in
      var sum = 0
      for y in 0..<picture.height { for x in 0..<picture.width { sum += Int(bytes[y * stride + x]) } }
      return Double(sum) / Double(picture.width * picture.height)
    }
  }

  /// A grey area of `value` (limited range), as a clip of three frames.
  private func flat(_ clips: Clips, _ name: String, size: String, value: Int, _ arguments: String...) throws -> String {
    let source = ["-f", "lavfi", "-i", "nullsrc=s=\(size):r=5,format=yuv420p,lutyuv=y=\(value):u=128:v=128"]
    return try clips.make(name, source + ["-frames:v", "3"] + arguments)
  }

  @Test func everyFrameOfAClipIsDecodedInOrderWithItsTime() throws {
    let clips = try Clips()
    let path = try clips.make(
      "b.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-frames:v", "30", "-c:v", "libx264", "-preset",
      "ultrafast", "-g", "10", "-bf", "2", "-pix_fmt", "yuv420p")
    let pictures = try pictures(path)
    #expect(pictures.count == 30)
    #expect(pictures.allSatisfy { $0.width == 320 && $0.height == 180 && !$0.isDamaged })
    #expect(pictures.compactMap(\.pts) == (0..<30).map { Int64($0 * 512) })
    #expect(pictures[0].isKeyframe)
    #expect(!pictures[1].isKeyframe)
  }

  @Test(arguments: [
    ("a.h264", "libx264", "yuv420p"), ("b.h264", "libx264", "yuvj420p"), ("c.h264", "libx264", "yuv422p"),
    ("d.h264", "libx264", "yuv444p"), ("e.h264", "libx264", "yuv420p10le"), ("f.hevc", "libx265", "yuv420p"),
    ("g.hevc", "libx265", "yuv420p10le"), ("h.hevc", "libx265", "yuv422p10le"), ("i.hevc", "libx265", "yuv444p12le"),
    ("j.h264", "libx264", "gray"), ("k.hevc", "libx265", "gray10le"),
  ])
  func lumaAndJPEGComeFromEveryPixelForm(name: String, encoder: String, format: String) throws {
    let clips = try Clips()
    let path = try clips.make(
      name, "-f", "lavfi", "-i", "color=c=0x808080:s=322x182:r=5", "-frames:v", "3", "-pix_fmt", format, "-c:v",
      encoder,
      "-preset", "ultrafast", "-x265-params", "log-level=none")
    let picture = try #require(try pictures(path).last)
    // Grey pictures are full range by convention of the encoders.
    let isFullRange = ["yuvj420p", "gray", "gray10le"].contains(format)
    #expect(picture.isFullRange == isFullRange)
    // Middle grey: 126 of 16...235, 128 of 0...255.
    let mean = try meanLuma(picture)
    #expect(abs(mean - (isFullRange ? 128 : 126)) < 2)
    let jpeg = try JPEGEncoder(maxWidth: 160).encode(picture)
    #expect(jpeg.prefix(3) == [0xff, 0xd8, 0xff])
    #expect(jpeg.suffix(2) == [0xff, 0xd9])
    let rgb = try raw(clips, jpeg, format: "rgb24")
    #expect(rgb.count == 160 * 90 * 3)
    #expect(rgb.allSatisfy { abs(Int($0) - 128) <= 4 })
  }

  /// The pixels of a JPEG as `ffmpeg` reads them.
  private func raw(_ clips: Clips, _ jpeg: [UInt8], format: String) throws -> [UInt8] {
    let path = try clips.write("picture.jpg", jpeg)
    return try Clips.ffmpeg(["-i", path, "-f", "rawvideo", "-pix_fmt", format, "-"])
  }

  @Test(arguments: [(16, 0), (235, 255), (126, 128)])
  func limitedRangeIsSpreadToFull(luma: Int, shown: Int) throws {
    let clips = try Clips()
    let path = try flat(clips, "flat.h264", size: "320x180", value: luma, "-c:v", "libx264", "-qp", "0")
    let picture = try #require(try pictures(path).last)
    let grey = try raw(clips, try JPEGEncoder(maxWidth: 320, quality: 95).encode(picture), format: "gray")
    #expect(grey.allSatisfy { abs(Int($0) - shown) <= 2 })
  }

  @Test func colourKeepsItsHue() throws {
    let clips = try Clips()
    let path = try clips.make(
      "red.h264", "-f", "lavfi", "-i", "color=c=red:s=320x180:r=5", "-frames:v", "2", "-pix_fmt", "yuv420p", "-c:v",
      "libx264")
    let picture = try #require(try pictures(path).last)
    let rgb = try raw(clips, try JPEGEncoder(maxWidth: 160, quality: 95).encode(picture), format: "rgb24")
    #expect(rgb[0] > 245)
    #expect(rgb[1] < 12)
    #expect(rgb[2] < 12)
  }

  @Test(arguments: [
    ("321x181", 160, 160, 90), ("321x181", 1000, 321, 181), ("1280x720", 640, 640, 360), ("160x900", 100, 100, 563),
    ("33x17", 16, 16, 8), ("640x480", 333, 333, 250),
  ])
  func jpegsKeepTheShapeAtAnySize(size: String, maxWidth: Int, width: Int, height: Int) throws {
    let clips = try Clips()
    let path = try flat(clips, "odd.h264", size: size, value: 100, "-pix_fmt", "yuv444p", "-c:v", "libx264")
    let picture = try #require(try pictures(path).last)
    let jpeg = try JPEGEncoder(maxWidth: maxWidth).encode(picture)
    let grey = try raw(clips, jpeg, format: "gray")
    #expect(grey.count == width * height)
    // 100 of 16...235 is 98 of 0...255, to the last row and column.
    #expect(grey.allSatisfy { abs(Int($0) - 98) <= 3 })
  }

  @Test func shrinkingAveragesAndKeepsPlaces() throws {
    let clips = try Clips()
    // White left of the middle, black right of it.
    let path = try clips.make(
      "half.h264", "-f", "lavfi", "-i",
      "nullsrc=s=320x180:r=5,format=yuv420p,geq=lum='if(lt(X,160),235,16)':cb=128:cr=128",
      "-frames:v", "2", "-c:v", "libx264", "-qp", "0")
    let picture = try #require(try pictures(path).last)
    let grey = try raw(clips, try JPEGEncoder(maxWidth: 80, quality: 95).encode(picture), format: "gray")
    #expect(grey.count == 80 * 45)
    for y in 0..<45 {
      #expect(grey[y * 80 + 20] > 250)
      #expect(grey[y * 80 + 60] < 5)
    }
  }

  @Test func qualityMakesFilesLarger() throws {
    let clips = try Clips()
    let path = try clips.make(
      "t.h264", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=5", "-frames:v", "2", "-pix_fmt", "yuv420p", "-c:v",
      "libx264")
    let picture = try #require(try pictures(path).last)
    let sizes = try [1, 50, 100].map { try JPEGEncoder(maxWidth: 640, quality: $0).encode(picture).count }
    #expect(sizes[0] < sizes[1])
    #expect(sizes[1] < sizes[2])
  }

  @Test(arguments: ["libx264", "libx265"])
  func picturesBeyondTheLimitAreRefusedByName(encoder: String) throws {
    let clips = try Clips()
    let name = encoder == "libx264" ? "large.h264" : "large.hevc"
    let path = try clips.make(
      name, "-f", "lavfi", "-i", "color=s=640x360:r=5", "-frames:v", "2", "-pix_fmt", "yuv420p", "-c:v", encoder,
      "-preset",
      "ultrafast", "-x265-params", "log-level=none")
    var kind: FFmpegError.Kind?
    do { _ = try pictures(path, limit: .init(pixels: 640 * 359)) } catch let error as FFmpegError { kind = error.kind }
    #expect(kind == .tooLarge)
    #expect(try pictures(path, limit: .init(pixels: 640 * 368)).count == 2)
  }

  @Test func brokenPacketsAreErrorsAndTheNextKeyframeDecodes() throws {
    let clips = try Clips()
    let path = try clips.make(
      "c.h264", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-frames:v", "30", "-c:v", "libx264", "-preset",
      "ultrafast", "-g", "10", "-pix_fmt", "yuv420p")
    var units = try Clips.accessUnits(annexB: path)
    for index in 1..<9 { units[index] = units[index].map { nal in nal.prefix(1) + nal.dropFirst().map { $0 ^ 0xa5 } } }
    let broken = try clips.write("broken.h264", units.joined().flatMap { [0, 0, 0, 1] + $0 })
    let source = try StreamSource.openFile(broken, token: InterruptToken())
    let decoder = try VideoDecoder(codec: .h264)
    var good = 0
    for packet in source.readToTheEnd().packets {
      do {
        try decoder.decode(packet) { if !$0.isDamaged { good += 1 } }
      } catch {
        #expect(error.kind == .invalidData)
      }
    }
    #expect(good >= 20)
  }

  @Test func aFileThatIsNoVideoIsNamed() throws {
    let clips = try Clips()
    let path = try clips.write("noise.mp4", [UInt8](repeating: 7, count: 5000))
    #expect(throws: FFmpegError.self) { try StreamSource.openFile(path, token: InterruptToken()) }
    let sound = try clips.make("sound.wav", "-f", "lavfi", "-i", "sine", "-t", "1")
    var kind: FFmpegError.Kind?
    do { _ = try StreamSource.openFile(sound, token: InterruptToken()) } catch { kind = error.kind }
    #expect(kind == .noVideo)
  }

  @Test func aProbeSaysWhatTheStreamIsMadeOf() throws {
    let clips = try Clips()
    let path = try clips.make(
      "p.mp4", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=12.5", "-f", "lavfi", "-i", "sine=r=16000", "-t", "4", "-c:v",
      "libx264", "-g", "20", "-bf", "0", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "aac")
    let findings = try StreamProbe.run(file: path, token: InterruptToken())
    #expect(findings.video.codec == .h264)
    #expect(findings.video.size?.width == 640)
    #expect(findings.video.size?.height == 360)
    #expect(findings.video.frameRate.map { abs($0 - 12.5) < 0.01 } == true)
    #expect(findings.video.keyframeInterval == 20)
    #expect(findings.video.keyframeSeconds.map { abs($0 - 1.6) < 0.001 } == true)
    #expect(findings.video.frames == 50)
    #expect(findings.video.keyframes == 3)
    #expect(findings.audio?.codec == .aac)
    #expect(findings.audio?.sampleRate == 16000)
    #expect(findings.oddities == [])
  }

  @Test func aProbeNoticesBFrames() throws {
    let clips = try Clips()
    let path = try clips.make(
      "b.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-t", "2", "-c:v", "libx264", "-bf", "2", "-pix_fmt",
      "yuv420p")
    #expect(try StreamProbe.run(file: path, token: InterruptToken()).oddities.contains(.bFrames))
  }
}
