import Domain
import FFmpeg
import Files
import Seal
import Synchronization
import WorkerProtocol

/// What the threads of one worker share. Each part guards itself.
final class Parts: Sendable {
  /// What the worker was started with; its settings may have changed since.
  let configuration: WorkerConfiguration
  let current: CurrentSettings
  /// The camera's folder that is written in.
  let place: Descriptor
  let key: CameraKey
  let log: Log
  let control: ControlLine
  let queue: DiskQueue
  let bulletin: Bulletin
  let mapping = WallMapping()
  let gate = MotionGate()
  let hubs: [StreamRole: LiveHub]
  let snapshots: Snapshots
  let filmstrip: Filmstrip
  let devices: DeviceWatch
  /// What became of user and password on the main stream; `nil` until the camera answered. The detection stream waits for
  /// it: cameras lock accounts after few wrong tries, and both streams share one account.
  let login = Monitor<Bool?>(nil)

  var settings: CameraSettings { current.settings }

  init(configuration: WorkerConfiguration, place: Descriptor, key: CameraKey, log: Log, alarm: Alarm) throws {
    self.configuration = configuration
    self.place = place
    self.key = key
    self.log = log
    current = CurrentSettings(configuration.settings)
    control = ControlLine(settings: current, log: log)
    queue = DiskQueue(limitBytes: max(configuration.ringBytes, 16 << 20))
    bulletin = Bulletin(queue: queue, log: log)
    snapshots = Snapshots(key: key)
    filmstrip = Filmstrip(queue: queue, mapping: mapping, log: log)
    devices = DeviceWatch(pin: configuration.pin ?? CameraPin(), log: log)
    let roles: [StreamRole] = configuration.settings.detect == nil ? [.main] : [.main, .detect]
    hubs = Dictionary(
      uniqueKeysWithValues: try roles.map { role in (role, try LiveHub(role: role, key: key) { alarm.ring() }) })
  }

  /// Whether every thread that works with the camera's bytes still gets on with it. The disk's is not among them: a slow
  /// volume is no fault of a worker, and live view goes on without it.
  func isAlive(_ readers: [InterruptToken]) -> Bool {
    readers.allSatisfy { ($0.silence ?? .zero) < .seconds(3) } && snapshots.longest < .seconds(10)
  }

  /// Adds a line to the journal, by way of the disk's thread.
  func journal(_ kind: JournalEntry.Kind) {
    queue.push(.journal(JournalEntry(kind, at: SystemClock.wall())))
  }
}

/// Where the detector's thread leaves word of motion for the threads that record.
final class MotionGate: Sendable {
  private let latest = Mutex<(since: MonotonicTime, lastActive: MonotonicTime)?>(nil)
  private let changes = Atomic<Int>(0)
  private let blind = Atomic<Bool>(false)

  /// Whether motion can't be looked for at present. A camera that records on motion then records everything: footage too
  /// much is a nuisance, footage that is missing is not noticed before it is needed.
  var isBlind: Bool {
    get { blind.load(ordering: .relaxed) }
    set { blind.store(newValue, ordering: .relaxed) }
  }

  func report(since: MonotonicTime, lastActive: MonotonicTime) {
    latest.withLock { $0 = (since, lastActive) }
    changes.add(1, ordering: .releasing)
  }

  /// Grows with each report: one atomic read tells whether there is anything new.
  var version: Int { changes.load(ordering: .acquiring) }
  var motion: (since: MonotonicTime, lastActive: MonotonicTime)? { latest.withLock { $0 } }
}
