import Domain
import FFmpeg
import MP4
import Recording

/// Sound on its way into the file: AAC as it comes, G.711 turned into AAC. Whatever goes wrong here, the picture goes on.
final class SoundPipeline {
  let configuration: AudioConfiguration
  private let transcoder: AudioTranscoder?
  private var repair: TimestampRepair
  private var ruler: AudioRuler
  private let rate: Int64

  /// - Throws: when the sound can't be kept; the reason is for the camera's notes.
  init(_ stream: AudioStream) throws {
    switch stream.codec {
    case .aac:
      transcoder = nil
      configuration = try AudioConfiguration(audioSpecificConfig: stream.config)
      repair = TimestampRepair(
        numerator: Int64(stream.timeBase.numerator), denominator: Int64(stream.timeBase.denominator), mayReorder: false)
    case .pcmAlaw, .pcmMulaw:
      let transcoder = try AudioTranscoder(stream)
      self.transcoder = transcoder
      configuration = try AudioConfiguration(audioSpecificConfig: transcoder.config)
      repair = TimestampRepair(numerator: 1, denominator: Int64(transcoder.sampleRate), mayReorder: false)
    }
    rate = max(1, Int64(configuration.sampleRate))
    ruler = AudioRuler(sampleRate: Int(configuration.sampleRate))
  }

  /// Looks at a packet's time before any is taken. Transcoded sound is timed by its frames, which come later.
  func observe(_ packet: Packet) {
    guard transcoder == nil else { return }
    repair.observe(presentation: packet.pts, decode: nil, arrival: packet.arrival - length(1024))
  }

  private func length(_ samples: Int) -> Duration { .nanoseconds(Int64(samples) * 1_000_000_000 / rate) }

  /// Takes one packet and hands out the frames that became complete.
  func take(_ packet: Packet, _ body: (SoundSample) -> Void) {
    guard let transcoder else {
      place(packet.bytes, pts: packet.pts, samples: 1024, arrival: packet.arrival, body)
      return
    }
    for frame in transcoder.transcode(packet) {
      place(frame.bytes, pts: frame.pts, samples: frame.samples, arrival: packet.arrival, body)
    }
  }

  private func place(_ bytes: [UInt8], pts: Int64?, samples: Int, arrival: MonotonicTime, _ body: (SoundSample) -> Void)
  {
    // A frame's time is that of its first sample, and it can't arrive before its last: without this, sound would lie
    // behind the picture by a frame's length.
    let mapped = repair.repair(presentation: pts, decode: nil, arrival: arrival - length(samples))
    body(SoundSample(bytes: bytes, start: ruler.place(mapped.decode, samples: samples), samples: samples))
  }
}
