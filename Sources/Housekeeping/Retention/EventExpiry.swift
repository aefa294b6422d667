import Catalog
import Domain
import Retention

/// Deletes the events that are older than their camera's maximum age, so that no picture of that time is left.
struct EventExpiry: Sendable {
  let catalog: Catalog
  let holds: RetentionHoldReader
  let executor: DeletionExecutor

  func expire(by planned: PlannedRetention) async throws {
    // As for footage: not while the clock or the catalog is in doubt.
    guard planned.inventory.clockDoubt == nil, try await holds.hold().reasons.isEmpty else { return }
    for camera in planned.inventory.cameras where planned.inventory.away[camera.id] == nil {
      guard let maximum = camera.policy.ages(within: planned.inventory.household).maximum,
        let span = TimeSpan(from: WallTime(nanoseconds: 0), to: planned.now - maximum.duration)
      else { continue }
      let protected = SpanSet(camera.protected)
      let old = try await catalog.eventSpans(of: camera.id, overlapping: span).filter { event in
        guard let end = event.end, end < span.to else { return false }
        return TimeSpan(from: event.start, to: max(end, event.start + .milliseconds(1))).map { !protected.overlaps($0) }
          ?? false
      }
      guard planned.leaves == nil, !old.isEmpty else { continue }
      try await executor.delete(old)
    }
  }
}
