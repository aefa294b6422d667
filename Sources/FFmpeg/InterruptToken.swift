internal import CFFmpeg
internal import Synchronization

/// Ends a blocking call of libav from outside: by hand (`cancel`) or by a deadline. The only thing of this target that
/// another thread may touch while a stream is read.
///
/// libav asks the token at least every 100 ms while it waits for the network. A loop inside libav that never waits is
/// not ended by it; only ending the process does that.
public final class InterruptToken: Sendable {
  private let cancelled = Atomic<Bool>(false)
  /// Microseconds of libav's monotonic clock.
  private let deadline = Atomic<Int64>(.max)
  /// When libav asked last, or the deadline was set; on the same clock.
  private let asked = Atomic<Int64>(0)
  /// Whether the thread of this token waits for something else than libav, and so owes nobody a question.
  private let rests = Atomic<Bool>(true)
  /// Microseconds between two questions from which on it was us who stood still, and not the camera.
  private static let standstill: Int64 = 1_000_000

  public init() {}

  /// Ends the call that runs and every later one; can't be taken back.
  public func cancel() { cancelled.store(true, ordering: .relaxed) }

  public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// Sets the deadline anew, `limit` from now.
  public func arm(_ limit: Duration) { arm(limit, at: av_gettime_relative()) }

  /// The same at a moment in microseconds.
  package func arm(_ limit: Duration, at now: Int64) {
    let (seconds, attoseconds) = limit.components
    let microseconds = seconds.multipliedReportingOverflow(by: 1_000_000)
    let end = now.addingReportingOverflow(microseconds.partialValue &+ attoseconds / 1_000_000_000_000)
    deadline.store(microseconds.overflow || end.overflow ? .max : end.partialValue, ordering: .relaxed)
    asked.store(now, ordering: .relaxed)
  }

  /// The thread works with libav from now on, or with what libav gave it.
  public func work() {
    asked.store(hearth_tick_time(), ordering: .relaxed)
    rests.store(false, ordering: .relaxed)
  }

  /// The thread waits for something else: its turn, a name server, the next try.
  public func rest() { rests.store(true, ordering: .relaxed) }

  /// How long libav has not asked although it should have: a loop inside it answers to nobody. `nil` while the thread rests.
  public var silence: Duration? { silence(at: hearth_tick_time()) }

  /// The same at a moment in microseconds.
  package func silence(at now: Int64) -> Duration? {
    rests.load(ordering: .relaxed) ? nil : .microseconds(max(0, now - asked.load(ordering: .relaxed)))
  }

  /// Takes the deadline away.
  public func disarm() { deadline.store(.max, ordering: .relaxed) }

  /// Whether the deadline has passed.
  public var isExpired: Bool { hearth_tick_time() > deadline.load(ordering: .relaxed) }

  /// What libav's interrupt callback answers.
  var shouldStop: Bool { shouldStop(at: hearth_tick_time()) }

  /// The same at a moment in microseconds.
  ///
  /// A machine that stood still (a guest that was paused, a laptop asleep, no processor to be had) has not waited for the
  /// camera meanwhile: what was sent lies in the socket. So the time between two questions counts only up to the pace at
  /// which libav asks, or every standstill would end every camera's session at once.
  package func shouldStop(at now: Int64) -> Bool {
    let before = asked.load(ordering: .relaxed)
    asked.store(now, ordering: .relaxed)
    let end = deadline.load(ordering: .relaxed)
    if before > 0, now - before > Self.standstill, end < .max - (now - before) {
      deadline.store(end + (now - before), ordering: .relaxed)
    }
    return isCancelled || now > deadline.load(ordering: .relaxed)
  }
}
