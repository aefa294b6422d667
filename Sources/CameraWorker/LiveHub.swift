import Domain
import MP4
import Recording
import Seal
import Synchronization
import WorkerProtocol

/// One stream's live view: turns pictures into sealed fragments of one frame each, but only while somebody watches.
/// Called by the stream's own thread; clients come and go from the socket thread.
final class LiveHub: Sendable {
  private let role: StreamRole
  private let camera: CameraID
  private let seal: LiveSeal
  private let watchers = Mutex<[Connection]>([])
  private let count = Atomic<Int>(0)
  private let wake: @Sendable () -> Void

  init(role: StreamRole, key: CameraKey, wake: @escaping @Sendable () -> Void) {
    self.role = role
    camera = key.camera
    seal = LiveSeal(key: key)
    self.wake = wake
  }

  var hasWatchers: Bool { count.load(ordering: .relaxed) > 0 }

  func add(_ connection: Connection) {
    watchers.withLock { $0.append(connection) }
    count.add(1, ordering: .relaxed)
  }

  func remove(_ connection: Connection) {
    let removed = watchers.withLock { watchers in
      let before = watchers.count
      watchers.removeAll { $0 === connection }
      return before - watchers.count
    }
    count.subtract(removed, ordering: .relaxed)
  }

  /// Shows one picture to all who watch.
  ///
  /// - Parameters:
  ///   - interval: how long a picture lasts at present, nanoseconds: the next one's time is not known yet.
  ///   - group: the pictures since the last keyframe, this one included; empty when they are not all in memory.
  func show(_ sample: Sample, of generation: Generation, interval: Int64, group: () -> [Sample]) {
    let all = watchers.withLock { $0 }
    var frame: [UInt8]?
    var opening: [[UInt8]]?
    for watcher in all {
      switch watcher.need(generation: generation.number, isKeyframe: sample.isSync, hasGroup: true) {
      case .nothing: continue
      case .header:
        let messages = opening ?? self.opening(of: generation, interval: interval, group: group())
        opening = messages
        if !messages.isEmpty { watcher.begin(generation: generation.number, messages) }
      case .frame:
        guard let message = frame ?? message(of: sample, in: generation, until: sample.decode + interval) else {
          return
        }
        frame = message
        watcher.send(frame: message) { dropped in
          sealed(.dropped, generation, sample.number, (0..<4).map { UInt8(dropped >> (24 - 8 * $0) & 255) })
        }
      }
    }
    if !all.isEmpty { wake() }
  }

  private func opening(of generation: Generation, interval: Int64, group: [Sample]) -> [[UInt8]] {
    guard !group.isEmpty else { return [] }
    let header = LiveHeader(
      stream: role, generation: generation.number, codecs: generation.video.codecString,
      width: generation.video.width, height: generation.video.height)
    guard let json = try? JSONLine.encode(WorkerFact.live(header)) else { return [] }
    var messages = [
      SocketFrame.encode(.json, json), sealed(.initialisation, generation, 0, generation.liveInitialisation),
    ]
    for (index, sample) in group.enumerated() {
      let end = index + 1 < group.count ? group[index + 1].decode : sample.decode + interval
      if let message = message(of: sample, in: generation, until: end) { messages.append(message) }
    }
    return messages
  }

  private func message(of sample: Sample, in generation: Generation, until end: Int64) -> [UInt8]? {
    let begin = Ticks.video(sample.decode - generation.base)
    let track = FragmentTrack(
      trackID: 1, baseDecodeTime: UInt64(max(0, begin)),
      samples: [
        FragmentSample(
          bytes: sample.bytes, duration: UInt32(clamping: max(1, Ticks.video(end - generation.base) - begin)),
          compositionOffset: Int32(clamping: Ticks.video(sample.composition)), isSync: sample.isSync)
      ])
    // A picture too large for a fragment is left out; the view goes on with the next.
    guard
      let fragment = try? FragmentedMP4.fragment(
        sequence: UInt32(truncatingIfNeeded: sample.number), tracks: [track])
    else { return nil }
    return sealed(.fragment, generation, sample.number, fragment.bytes)
  }

  private func sealed(_ kind: LiveMessage.Kind, _ generation: Generation, _ sequence: UInt64, _ body: [UInt8])
    -> [UInt8]
  {
    SocketFrame.encode(
      .live,
      seal.seal(
        LiveMessage(kind: kind, camera: camera, generation: generation.number, sequence: sequence, body: body)))
  }
}
