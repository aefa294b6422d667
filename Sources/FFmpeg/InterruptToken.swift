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

  public init() {}

  /// Ends the call that runs and every later one; can't be taken back.
  public func cancel() { cancelled.store(true, ordering: .relaxed) }

  public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// Sets the deadline anew, `limit` from now.
  public func arm(_ limit: Duration) {
    let (seconds, attoseconds) = limit.components
    let microseconds = seconds.multipliedReportingOverflow(by: 1_000_000)
    let now = av_gettime_relative()
    let end = now.addingReportingOverflow(microseconds.partialValue &+ attoseconds / 1_000_000_000_000)
    deadline.store(microseconds.overflow || end.overflow ? .max : end.partialValue, ordering: .relaxed)
  }

  /// Takes the deadline away.
  public func disarm() { deadline.store(.max, ordering: .relaxed) }

  /// Whether the deadline has passed.
  public var isExpired: Bool { av_gettime_relative() > deadline.load(ordering: .relaxed) }

  /// What libav's interrupt callback answers.
  var shouldStop: Bool { isCancelled || isExpired }
}
