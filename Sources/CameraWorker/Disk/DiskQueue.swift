import Domain
import FFmpeg
import Synchronization
import WorkerProtocol

/// Where a segment begins, and what it will hold.
struct SegmentStart: Sendable {
  var role: StreamRole
  var generation: Generation
  /// When its media time 0 was.
  var monotonic: MonotonicTime
  var wall: WallTime
  var clock: ClockQuality

  /// UTC of a moment of this segment.
  func wall(_ moment: MonotonicTime) -> WallTime { wall + (moment - monotonic) }
}

/// An event to be written down, with the picture it is to be shown by, when that is a new one.
struct EventJob: Sendable {
  var event: Event
  var picture: Picture?
}

/// What the writer does next, in order.
enum DiskJob: Sendable {
  case open(SegmentStart)
  case write(StreamRole, Draft)
  case close(StreamRole)
  case event(EventJob)
  case journal(JournalEntry)
  /// A picture for the filmstrip.
  case filmstrip(jpeg: [UInt8], at: WallTime)
  case suppressed([SuppressedLine], at: WallTime)
  /// The last one.
  case finish
}

/// Work for the disk, in order, bounded in bytes: a slow disk makes the queue long, a slower one makes it refuse, and
/// nothing ever makes the reading threads wait.
final class DiskQueue: Sendable {
  private struct State {
    var jobs: [DiskJob] = []
    var mediaBytes = 0
  }
  private let state = Monitor(State())
  private let limitBytes: Int
  private let broken = Mutex<Set<StreamRole>>([])
  private let work = Mutex<(since: MonotonicTime?, isStuck: Bool)>((nil, false))

  /// A job that takes longer than this waits for a disk that doesn't answer.
  private static let patience = Duration.seconds(5)

  /// Small jobs (events, journal lines) beyond this many are refused: the disk is not answering at all.
  private static let mostJobs = 20_000

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  /// - Returns: `false` when the job was refused. Openings, closings and the end never are.
  @discardableResult
  func push(_ job: DiskJob) -> Bool {
    state.update { state in
      switch job {
      case .write(_, let draft):
        guard state.mediaBytes + draft.byteCount <= limitBytes else { return false }
        state.mediaBytes += draft.byteCount
      case .event, .journal, .filmstrip, .suppressed:
        guard state.jobs.count < Self.mostJobs else { return false }
      case .open, .close, .finish: break
      }
      state.jobs.append(job)
      return true
    }
  }

  /// Takes all jobs; waits until there are some.
  func next() -> [DiskJob] {
    state.wait { state -> [DiskJob]? in
      guard !state.jobs.isEmpty else { return nil }
      defer { state.jobs = [] }
      return state.jobs
    } ?? []
  }

  /// A job is begun.
  func begin(now: MonotonicTime) { work.withLock { $0.since = now } }

  /// It is done.
  ///
  /// - Returns: whether somebody had said meanwhile that the disk doesn't answer.
  func end() -> Bool {
    work.withLock { work in
      defer { work = (nil, false) }
      return work.isStuck
    }
  }

  /// Whether the disk has not answered for so long that it must be said.
  func isStuck(now: MonotonicTime) -> Bool {
    work.withLock { work in
      guard let since = work.since, now - since > Self.patience else { return false }
      work.isStuck = true
      return true
    }
  }

  /// A fragment's bytes left the memory.
  func written(_ draft: Draft) { state.withLock { $0.mediaBytes -= draft.byteCount } }

  /// Bytes of media that wait.
  var waitingBytes: Int { state.withLock { $0.mediaBytes } }

  /// The stream's segment broke; its thread asks on its next fragment.
  func markBroken(_ role: StreamRole) { broken.withLock { _ = $0.insert(role) } }
  func takeBroken(_ role: StreamRole) -> Bool { broken.withLock { $0.remove(role) != nil } }
}
