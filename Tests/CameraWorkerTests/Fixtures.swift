import CameraWorker
import Domain
import MP4
import Testing

/// What a camera would send, made by hand.
enum Made {
  /// A camera of 1280 by 720, with sound on request.
  static func generation(number: UInt32 = 1, sound: Bool = false, base: MonotonicTime = .seconds(100)) throws
    -> Generation
  {
    let sets = "000000016742c01eda0280bfe5c044000003000400000300c83c58ba800000000168ce0fc8"
    return Generation(
      number: number, video: try VideoConfiguration(codec: .h264, annexB: try #require(Hex.decode(sets))),
      sound: sound ? try AudioConfiguration(audioSpecificConfig: [0x15, 0x88]) : nil, base: base)
  }

  /// A fragment of so many frames, 40 ms each, whose first one is a keyframe.
  static func fragment(
    _ generation: Generation, frames: Int = 2, bytesEach: Int = 100, start: MonotonicTime = .seconds(100),
    sound: [SoundSample] = []
  ) -> PendingFragment {
    let video = (0..<frames).map { (index: Int) -> Sample in
      let decode = start + .milliseconds(index * 40)
      let bytes = [UInt8](repeating: 7, count: bytesEach)
      return Sample(bytes: bytes, decode: decode, composition: .zero, isSync: index == 0, number: UInt64(index + 1))
    }
    return PendingFragment(generation: generation, video: video, sound: sound, end: start + .milliseconds(frames * 40))
  }
}
