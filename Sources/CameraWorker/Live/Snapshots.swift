import Domain
import FFmpeg
import Files
import Seal
import Synchronization

/// The newest keyframe, decoded only when somebody asks for a picture.
final class Snapshots: Sendable {
  private struct Newest {
    var packet: Packet
    var codec: VideoCodec
    var parameterSets: [UInt8]
    var time: WallTime
  }
  private let newest = Mutex<Newest?>(nil)
  /// When the pictures that are being made were begun.
  private let running = Mutex<[MonotonicTime]>([])
  private static let mostRunning = 2
  private let key: CameraKey

  init(key: CameraKey) { self.key = key }

  func keep(_ packet: Packet, codec: VideoCodec, parameterSets: [UInt8], time: WallTime) {
    newest.withLock { $0 = Newest(packet: packet, codec: codec, parameterSets: parameterSets, time: time) }
  }

  /// The camera is gone: an old picture must not pass for a new one.
  func forget() { newest.withLock { $0 = nil } }

  /// How long the oldest picture that is still being made takes by now.
  var longest: Duration { running.withLock { $0.first }.map { SystemClock.monotonic() - $0 } ?? .zero }

  /// Makes the picture on a thread of its own and hands it, sealed, to `body`.
  func take(_ body: @escaping @Sendable (Result<[UInt8], Problem>) -> Void) {
    guard let newest = newest.withLock({ $0 }) else {
      return body(.failure(Problem(.unavailable, "there is no picture yet", next: "try again in a moment")))
    }
    // Decoding a large picture takes a core for a while: a few at a time, whoever asks.
    let begun = SystemClock.monotonic()
    let mayBegin = running.withLock { running in
      guard running.count < Self.mostRunning else { return false }
      running.append(begun)
      return true
    }
    guard mayBegin else {
      return body(.failure(Problem(.unavailable, "pictures are being made already", next: "try again in a moment")))
    }
    do {
      try OwnThread.start("snapshot") { [self] in
        defer { ended(begun) }
        body(Result { try make(newest) }.mapError { Self.problem($0) })
      }
    } catch {
      ended(begun)
      body(.failure(Self.problem(error)))
    }
  }

  private func ended(_ begun: MonotonicTime) {
    running.withLock { running in
      if let index = running.firstIndex(of: begun) { running.remove(at: index) }
    }
  }

  private static func problem(_ error: any Error) -> Problem {
    error as? Problem
      ?? Problem(.data, "the picture could not be made: \(error)", next: "try again after the next keyframe")
  }

  private func make(_ newest: Newest) throws -> [UInt8] {
    let picture = try VideoDecoder.alone(newest.packet, codec: newest.codec, parameterSets: newest.parameterSets)
    guard let picture else {
      throw Problem(.data, "the newest keyframe could not be decoded", next: "try again after the next one")
    }
    let jpeg = try JPEGEncoder(maxWidth: 1280).encode(picture)
    let identity = PictureIdentity(camera: key.camera, kind: .snapshot, time: newest.time)
    guard let sealed = PictureSeal.seal(jpeg, as: identity, key: key) else {
      throw Problem(.internalError, "the picture could not be sealed", next: "report this")
    }
    return sealed
  }
}
