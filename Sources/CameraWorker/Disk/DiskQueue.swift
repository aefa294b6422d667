package import Domain
import Synchronization
package import WorkerProtocol

/// Where a segment begins, and what it will hold.
package struct SegmentStart: Sendable {
  var role: StreamRole
  var generation: Generation
  /// When its media time 0 was.
  var monotonic: MonotonicTime
  var wall: WallTime
  var clock: ClockQuality

  package init(
    role: StreamRole, generation: Generation, monotonic: MonotonicTime, wall: WallTime, clock: ClockQuality
  ) {
    self.role = role
    self.generation = generation
    self.monotonic = monotonic
    self.wall = wall
    self.clock = clock
  }

  /// UTC of a moment of this segment.
  func wall(_ moment: MonotonicTime) -> WallTime { wall + (moment - monotonic) }
}

/// An event to be written down, with the image it is to be shown by, when that is a new one.
package struct EventJob: Sendable {
  var event: Event
  /// A JPEG: encoded before, so that a slow disk holds kilobytes and what touches the folder needs no codec.
  var thumbnail: [UInt8]?

  package init(event: Event, thumbnail: [UInt8]?) {
    self.event = event
    self.thumbnail = thumbnail
  }
}

/// What the writer does next, in order.
package enum DiskJob: Sendable {
  case open(SegmentStart)
  case write(StreamRole, PendingFragment)
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
package final class DiskQueue: Sendable {
  private struct State {
    var jobs: [DiskJob] = []
    var mediaBytes = 0
  }
  private let state = Monitor(State())
  private let limitBytes: Int
  private let failures = Mutex<Set<StreamRole>>([])
  private let work = Mutex<(since: MonotonicTime?, isStuck: Bool)>((nil, false))

  /// A job that takes longer than this waits for a disk that doesn't answer.
  private static let patience = Duration.seconds(5)

  /// Small jobs (events, journal lines) beyond this many are refused: the disk is not answering at all.
  package static let mostJobs = 20_000

  package init(limitBytes: Int) { self.limitBytes = limitBytes }

  /// - Returns: `false` when the job was refused. Openings, closings and the end never are.
  @discardableResult
  package func push(_ job: DiskJob) -> Bool {
    state.update { state in
      switch job {
      case .write(_, let pending):
        guard state.mediaBytes + pending.byteCount <= limitBytes else { return false }
        state.mediaBytes += pending.byteCount
      case .event, .journal, .filmstrip, .suppressed:
        guard state.jobs.count < Self.mostJobs else { return false }
      case .open, .close, .finish: break
      }
      state.jobs.append(job)
      return true
    }
  }

  /// Takes all jobs; waits until there are some.
  package func next() -> [DiskJob] {
    state.wait { state -> [DiskJob]? in
      guard !state.jobs.isEmpty else { return nil }
      defer { state.jobs = [] }
      return state.jobs
    } ?? []
  }

  /// Begins a job.
  package func begin(now: MonotonicTime) { work.withLock { $0.since = now } }

  /// Ends the current job.
  ///
  /// - Returns: whether it was reported meanwhile that the disk doesn't answer.
  package func end() -> Bool {
    work.withLock { work in
      defer { work = (nil, false) }
      return work.isStuck
    }
  }

  /// Whether the disk has not answered for so long that it must be said.
  package func isStuck(now: MonotonicTime) -> Bool {
    work.withLock { work in
      guard let since = work.since, now - since > Self.patience else { return false }
      work.isStuck = true
      return true
    }
  }

  /// A fragment's bytes left the memory.
  package func written(_ pending: PendingFragment) { state.withLock { $0.mediaBytes -= pending.byteCount } }

  /// Bytes of media that wait.
  package var waitingBytes: Int { state.withLock { $0.mediaBytes } }

  /// The stream's segment failed. The stream's thread asks for that before its next fragment: it never waits for the
  /// disk's.
  package func reportFailure(_ role: StreamRole) { failures.withLock { _ = $0.insert(role) } }

  /// Whether the stream's segment failed since this was last asked.
  package func takeFailure(_ role: StreamRole) -> Bool { failures.withLock { $0.remove(role) != nil } }
}
