import Files
import Domain
import MP4
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
  private let soundNumber = Atomic<UInt64>(0)
  private let wake: @Sendable () -> Void
  /// Rung when somebody begins to watch, who is not to wait for the reader's next look.
  let bell: Bell

  init(role: StreamRole, key: CameraKey, wake: @escaping @Sendable () -> Void) throws {
    self.role = role
    camera = key.camera
    seal = LiveSeal(key: key)
    self.wake = wake
    bell = try Bell()
  }

  var hasWatchers: Bool { count.load(ordering: .relaxed) > 0 }

  func add(_ connection: Connection) {
    watchers.withLock { $0.append(connection) }
    count.add(1, ordering: .relaxed)
    bell.ring()
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
  ///   - interval: how long a picture lasts at present: the next one's time is not known yet.
  ///   - group: the pictures since the last keyframe, this one included; empty when they are not all in memory.
  func show(_ sample: Sample, of generation: Generation, interval: Duration, group: () -> [Sample]) {
    let all = watchers.withLock { $0 }
    var frame: [UInt8]?
    var openings: [Bool: Opening] = [:]
    for watcher in all {
      switch watcher.need(generation: generation.number, isKeyframe: sample.isSync, hasGroup: true) {
      case .nothing: continue
      case .header:
        let hears = watcher.wantsSound
        let opening =
          openings[hears] ?? self.opening(of: generation, sound: hears, interval: interval, group: group())
        openings[hears] = opening
        if !opening.pictures.isEmpty {
          watcher.begin(generation: generation.number, head: opening.head, opening.pictures)
        }
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

  /// Gives those who asked for it the sound that came with the pictures.
  func play(_ sound: [SoundSample], of generation: Generation) {
    guard let scale = generation.soundScale, let first = sound.first else { return }
    let listeners = watchers.withLock { $0.filter(\.wantsSound) }
    guard !listeners.isEmpty else { return }
    let begin = scale.nearest(MediaTime(first.start, since: generation.base))
    // Sound from before the first picture has no place among the times of a generation.
    guard begin >= 0 else { return }
    let track = FragmentTrack(
      trackID: 2, baseDecodeTime: UInt64(begin),
      samples: sound.map { FragmentSample(bytes: $0.bytes, duration: UInt32(clamping: $0.samples), isSync: true) })
    let number = soundNumber.add(1, ordering: .relaxed).newValue
    guard
      let fragment = try? FragmentedMP4.fragment(sequence: UInt32(truncatingIfNeeded: number), tracks: [track])
    else { return }
    let message = sealed(.sound, generation, number, fragment.bytes)
    for listener in listeners { listener.send(sound: message, generation: generation.number) }
    wake()
  }

  /// What a viewer needs before anything else, and the pictures since the last keyframe.
  private struct Opening {
    var head: [[UInt8]] = []
    var pictures: [[UInt8]] = []
  }

  private func opening(of generation: Generation, sound: Bool, interval: Duration, group: [Sample]) -> Opening {
    guard !group.isEmpty else { return Opening() }
    let heard = sound ? generation.sound : nil
    let header = LiveHeader(
      stream: role, generation: generation.number, codecs: generation.video.codecString,
      soundCodecs: heard?.codecString, width: generation.video.width, height: generation.video.height)
    guard let json = try? JSONLine.encode(WorkerFact.live(header)) else { return Opening() }
    var head = [
      SocketFrame.encode(.json, json), sealed(.initialisation, generation, 0, generation.liveInitialisation),
    ]
    if let heard {
      let tracks = [TrackDescription(audio: heard)]
      head.append(sealed(.soundInitialisation, generation, 0, FragmentedMP4.initialisation(tracks: tracks)))
    }
    var messages: [[UInt8]] = []
    for (index, sample) in group.enumerated() {
      let end = index + 1 < group.count ? group[index + 1].decode : sample.decode + interval
      if let message = message(of: sample, in: generation, until: end) { messages.append(message) }
    }
    return Opening(head: head, pictures: messages)
  }

  private func message(of sample: Sample, in generation: Generation, until end: MonotonicTime) -> [UInt8]? {
    let scale = Timescale.video
    let begin = scale.floor(MediaTime(sample.decode, since: generation.base))
    let next = scale.floor(MediaTime(end, since: generation.base))
    let track = FragmentTrack(
      trackID: 1, baseDecodeTime: UInt64(max(0, begin)),
      samples: [
        FragmentSample(
          bytes: sample.bytes, duration: UInt32(clamping: max(1, next - begin)),
          compositionOffset: Int32(clamping: scale.floor(sample.composition)), isSync: sample.isSync)
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
