public import Domain
public import Logging

/// What the server takes from the world besides files: time, chance and a place for its log. Tests pass their own.
public struct Surroundings: Sendable {
  public var now: @Sendable () -> WallTime
  public var sleep: @Sendable (Duration) async throws -> Void
  public var log: Logger

  public init(
    now: @escaping @Sendable () -> WallTime, sleep: @escaping @Sendable (Duration) async throws -> Void, log: Logger
  ) {
    self.now = now
    self.sleep = sleep
    self.log = log
  }
}
