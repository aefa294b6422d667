import Domain
import FFmpeg
import Synchronization

/// Takes a small picture about every ten seconds out of what is decoded anyway, so that a day can be looked through
/// without its video. What becomes of it is the disk's to decide: what is not recorded is in no filmstrip either.
final class Filmstrip: Sendable {
  private static let spacing = Duration.seconds(10)
  /// Some kilobytes: enough to see who is there, and large enough on a phone.
  private static let encoder = JPEGEncoder(maxWidth: 240, quality: 60)

  private let queue: DiskQueue
  private let mapping: WallMapping
  private let log: Log
  private let latest = Mutex<MonotonicTime?>(nil)

  init(queue: DiskQueue, mapping: WallMapping, log: Log) {
    self.queue = queue
    self.mapping = mapping
    self.log = log
  }

  /// Whether it is time for a picture. A camera that returns shows itself at once only when its last one is old enough.
  func isDue(_ time: MonotonicTime) -> Bool {
    latest.withLock { latest in latest.map { time < $0 || time - $0 >= Self.spacing } ?? true }
  }

  /// Takes the picture when one is due; never one whose parts are guessed.
  func take(_ picture: Picture, _ time: MonotonicTime) {
    guard isDue(time), !picture.isDamaged else { return }
    latest.withLock { $0 = time }
    do {
      // Made small here: a slow disk then holds kilobytes, not pictures.
      let jpeg = try Self.encoder.encode(picture)
      if !queue.push(.filmstrip(jpeg: jpeg, at: mapping.wall(time))) {
        log.line("a picture of the filmstrip could not be written: the disk does not answer")
      }
    } catch {
      log.line("a picture of the filmstrip could not be made: \(error)")
    }
  }

  /// For a camera in which no motion is looked for: decodes one keyframe when a picture is due, and nothing else.
  func take(keyframe packet: Packet, _ time: MonotonicTime, codec: VideoCodec, parameterSets: [UInt8]) {
    guard isDue(time) else { return }
    do {
      if let picture = try VideoDecoder.alone(packet, codec: codec, parameterSets: parameterSets, .toShrink) {
        take(picture, time)
      }
    } catch {
      // Not tried again at each keyframe: what can't be decoded once mostly never can.
      latest.withLock { $0 = time }
      log.line("a picture of the filmstrip could not be decoded: \(error)")
    }
  }
}

extension VideoDecoder {
  /// The picture of one keyframe, with a decoder of its own.
  static func alone(
    _ packet: Packet, codec: VideoCodec, parameterSets: [UInt8], _ care: VideoDecoder.Care = .whole
  ) throws(FFmpegError) -> Picture? {
    let decoder = try VideoDecoder(codec: codec, parameterSets: parameterSets, care: care)
    var picture: Picture?
    try decoder.decode(packet) { picture = picture ?? $0 }
    if picture == nil { try decoder.flush { picture = picture ?? $0 } }
    return picture
  }
}
