import Catalog
package import Domain
import Settings

/// The footage of each camera that a person asked to keep: no rule deletes it until the protection is removed.
package struct Protections: Sendable {
  private let data: DataDirectory
  private let now: @Sendable () -> WallTime
  /// One change of a camera's protections, or one step of a deletion, at a time.
  private let mutex = KeyedMutex()

  init(data: DataDirectory, now: @escaping @Sendable () -> WallTime) {
    self.data = data
    self.now = now
  }

  /// - Throws: `Problem` when the file can't be read: retention must then wait, not delete.
  package func spans(of camera: CameraID) throws -> [ProtectedSpan] {
    try ProtectedSpansFile(folder: data.cameraPath(camera)).all()
  }

  /// - Returns: the protected spans as they are afterwards.
  package func change(
    of camera: CameraID, _ change: @Sendable (inout [ProtectedSpan]) -> Void
  ) async throws -> [ProtectedSpan] {
    try await mutex.withLock(camera) {
      var spans = try spans(of: camera)
      let before = spans
      change(&spans)
      if spans != before { try ProtectedSpansFile(folder: data.cameraPath(camera)).write(spans) }
      return spans
    }
  }

  /// Does something while the camera's protections stay as they are.
  func whileUnchanged<Value: Sendable>(of camera: CameraID, _ work: () async throws -> Value) async throws -> Value {
    try await mutex.withLock(camera, work)
  }

  /// An event's footage with its pre-roll and post-roll, as it is protected: what the clip shows.
  ///
  /// - Throws: `Problem` (exit 65) for an event without length.
  package func span(of event: Event, _ camera: CameraSettings) throws -> ProtectedSpan {
    // While it runs, up to now: the planner knows the event and keeps what is still to come.
    let end = event.end ?? max(now(), event.start)
    guard
      let span = ProtectedSpan(
        from: event.start - .seconds(camera.preRollSeconds), to: end + .seconds(camera.postRollSeconds),
        event: event.id)
    else { throw Problem(.data, "the event has no length", next: "protect a span around it instead") }
    return span
  }

  /// The spans that retention leaves alone. A protected event that still ran when it was protected is kept to its end.
  func kept(of camera: CameraSettings, events: [EventSpan], now: WallTime) throws -> [TimeSpan] {
    let byID = Dictionary(events.map { ($0.id, $0) }) { first, _ in first }
    return try spans(of: camera.id).flatMap { protected in
      guard let event = protected.event.flatMap({ byID[$0] }) else { return [protected.span] }
      let whole = ProtectedSpan(
        from: event.start - .seconds(camera.preRollSeconds),
        to: (event.end ?? now) + .seconds(camera.postRollSeconds))
      return [protected.span] + (whole.map { [$0.span] } ?? [])
    }
  }
}
