import FFmpeg
import Testing

/// G.711 through libav's AAC encoder and back through `ffmpeg`.
@Suite(.serialized) struct AudioTests {
  private struct Sound {
    let stream: AudioStream
    let packets: [Packet]
  }

  /// A tone of 440 Hz as a camera would send it; the video beside it makes it a stream that can be opened.
  private func tone(_ clips: Clips, codec: String, channels: Int = 1, seconds: Int = 2) throws -> Sound {
    let path = try clips.make(
      "tone.mkv", "-f", "lavfi", "-i", "color=s=64x64:r=5", "-f", "lavfi", "-i", "sine=f=440:r=8000", "-t",
      "\(seconds)",
      "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", codec, "-ar", "8000", "-ac", "\(channels)")
    let source = try StreamSource.openFile(path, token: InterruptToken())
    var packets: [Packet] = []
    do { while true { packets.append(try source.read()) } } catch { #expect(error.kind == .ended) }
    return Sound(stream: try #require(source.audio), packets: packets.filter { $0.kind == .audio })
  }

  /// Frames as an ADTS file (ISO 13818-7), decoded by `ffmpeg` to 16 bits.
  private func decoded(_ clips: Clips, _ frames: [AudioFrame], channels: Int) throws -> [Int] {
    var file: [UInt8] = []
    for frame in frames {
      let size = frame.bytes.count + 7
      // AAC-LC, 8000 Hz (index 11).
      file += [
        0xff, 0xf1, 1 << 6 | 11 << 2, UInt8(channels << 6) | UInt8(size >> 11), UInt8(size >> 3 & 255),
        UInt8(size & 7) << 5 | 0x1f, 0xfc,
      ]
      file += frame.bytes
    }
    let path = try clips.write("tone.aac", file)
    let raw = try Clips.ffmpeg(["-i", path, "-f", "s16le", "-ac", "1", "-"])
    return stride(from: 0, to: raw.count - 1, by: 2).map {
      Int(Int16(bitPattern: UInt16(raw[$0]) | UInt16(raw[$0 + 1]) << 8))
    }
  }

  @Test(arguments: [("pcm_mulaw", 1), ("pcm_alaw", 1), ("pcm_mulaw", 2)])
  func aToneComesThrough(codec: String, channels: Int) throws {
    let clips = try Clips()
    let sound = try tone(clips, codec: codec, channels: channels)
    let transcoder = try AudioTranscoder(sound.stream)
    // AAC-LC, 8000 Hz, one or two channels (ISO 14496-3 section 1.6.2.1).
    #expect(transcoder.config.prefix(2) == [0x15, UInt8(0x80 | channels << 3)])
    let frames = sound.packets.flatMap { transcoder.transcode($0) } + transcoder.flush()
    #expect(transcoder.failures == 0)
    #expect(transcoder.gaps == 0)
    // 16,000 samples are 15.6 frames.
    #expect(frames.count == 16)
    #expect(frames.map(\.pts) == (0..<16).map { Int64($0 * 1024) })
    #expect(frames.allSatisfy { $0.samples == 1024 && !$0.bytes.isEmpty })
    let samples = try decoded(clips, frames, channels: channels)
    // A sine of ffmpeg's has an amplitude of 1/8, made stereo of that by the square root of 2 less; crossings of zero upwards count its periods: 440 a second.
    let middle = samples[4096..<12096]
    let loudest = middle.map { abs($0) }.max() ?? 0
    #expect((2300...4900).contains(loudest))
    let periods = zip(middle, middle.dropFirst()).filter { $0 < 0 && $1 >= 0 }.count
    #expect(abs(periods - 440) <= 3)
  }

  @Test func aGapMovesTheTimesAndIsCounted() throws {
    let clips = try Clips()
    let sound = try tone(clips, codec: "pcm_mulaw")
    let transcoder = try AudioTranscoder(sound.stream)
    // Half a second is missing in the middle.
    let base = sound.stream.timeBase
    let kept = sound.packets.filter { packet in
      let time = base.seconds(packet.pts ?? 0)
      return time < 0.7 || time >= 1.2
    }
    let frames = kept.flatMap { transcoder.transcode($0) } + transcoder.flush()
    #expect(transcoder.gaps == 1)
    #expect(frames.first?.pts == 0)
    let steps = zip(frames, frames.dropFirst()).map { $1.pts - $0.pts }
    #expect(steps.filter { $0 != 1024 }.count == 1)
    #expect(frames.contains { Double($0.pts) / 8000 >= 1.15 && Double($0.pts) / 8000 <= 1.3 })
  }

  @Test func soundThatIsAACAlreadyIsRefused() throws {
    let clips = try Clips()
    let sound = try tone(clips, codec: "aac")
    #expect(sound.stream.codec == .aac)
    #expect(throws: FFmpegError.self) { try AudioTranscoder(sound.stream) }
  }

  /// Each of the 256 codes against ffmpeg's own table.
  @Test(arguments: [("mulaw", true), ("alaw", false)])
  func everyCodeHasItsValue(format: String, isMulaw: Bool) throws {
    let clips = try Clips()
    let path = try clips.write("codes", (0...255).map { UInt8($0) })
    let raw = try Clips.ffmpeg(["-f", format, "-ar", "8000", "-ac", "1", "-i", path, "-f", "s16le", "-"])
    let expected = stride(from: 0, to: raw.count - 1, by: 2).map {
      Float(Int16(bitPattern: UInt16(raw[$0]) | UInt16(raw[$0 + 1]) << 8)) / 32768
    }
    #expect((isMulaw ? G711.mulaw : G711.alaw) == expected)
  }
}
