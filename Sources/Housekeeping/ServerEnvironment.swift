public import Domain
public import Logging
package import Retention
public import WorkerProtocol

/// What the server takes from the world besides files: time, chance and a place for its log. Tests pass their own.
public struct ServerEnvironment: Sendable {
  public var now: @Sendable () -> WallTime
  public var sleep: @Sendable (Duration) async throws -> Void
  public var log: Logger
  /// Grows steadily whatever happens to the wall clock; `nil` where there is nothing to compare that with.
  public var uptime: @Sendable () -> Duration?
  /// How far the kernel vouches for the wall clock.
  public var clockQuality: @Sendable () -> ClockQuality
  /// Detects motion in a file, in a process of its own that decodes; `nil` where there is none.
  public var replay: Replay?

  public typealias Replay = @Sendable (_ file: String, _ motion: DetectionSettings) async throws -> ReplayReport
  /// Called at each step that can't be taken back; a test throws here, as if the power had been cut.
  public var reached: @Sendable (String) throws -> Void = { _ in }

  public init(
    now: @escaping @Sendable () -> WallTime, sleep: @escaping @Sendable (Duration) async throws -> Void, log: Logger,
    uptime: @escaping @Sendable () -> Duration? = { nil },
    clockQuality: @escaping @Sendable () -> ClockQuality = { .unknown }, replay: Replay? = nil
  ) {
    self.now = now
    self.sleep = sleep
    self.log = log
    self.uptime = uptime
    self.clockQuality = clockQuality
    self.replay = replay
  }

  /// All that is known of the time now, for judging the clock.
  package var clockReading: ClockTrust.Reading {
    ClockTrust.Reading(now: now(), uptime: uptime(), quality: clockQuality())
  }
}
