import Catalog
import Domain
import HomeAPI
import Household
import Retention
import Settings

/// Protecting events and spans: footage that no rule deletes until somebody takes the protection back. Who may manage a
/// camera may; for everybody else there is no such address.
extension HomeCore {
  func protectEvent(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let (event, camera) = try await manageableEvent(request, text)
    let mark = try mark(event, camera)
    let marks = try await changeMarks(of: camera.id) { marks in
      marks.removeAll { $0.event == event.id }
      marks.append(mark)
    }
    return try .json(API.Event(event, protected: marks.protect(event)))
  }

  /// Takes an event's protection back, its footage's in spans that were given as such too. Other protected events keep
  /// what they share with it.
  func unprotectEvent(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let (event, camera) = try await manageableEvent(request, text)
    let footage = try mark(event, camera).span
    let marks = try await changeMarks(of: camera.id) { marks in
      marks = marks.filter { $0.event != event.id }.flatMap { $0.event == nil ? $0.without(footage) : [$0] }
    }
    return try .json(API.Event(event, protected: marks.protect(event)))
  }

  func listProtected(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let camera = try await camera(text, try await principal(request), .manage)
    return try .json(API.ProtectedSpans(try marks(of: camera.id)))
  }

  func protectSpan(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let camera = try await camera(text, try await principal(request), .manage)
    let mark = try spanOfMarks(request)
    return try .json(
      API.ProtectedSpans(
        try await changeMarks(of: camera.id) { marks in
          // Spans that were given as such and touch become one.
          let joined = SpanSet(marks.filter { $0.event == nil }.map(\.span) + [mark.span]).spans
          marks = marks.filter { $0.event != nil } + joined.compactMap { Mark(from: $0.from, to: $0.to) }
        }))
  }

  func unprotectSpan(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let camera = try await camera(text, try await principal(request), .manage)
    let span = try spanOfMarks(request).span
    return try .json(
      API.ProtectedSpans(try await changeMarks(of: camera.id) { marks in marks = marks.flatMap { $0.without(span) } }))
  }

  private func manageableEvent(_ request: APIRequest, _ text: String) async throws -> (Event, CameraSettings) {
    let principal = try await principal(request)
    let (event, _) = try await event(text, principal)
    return (event, try await camera(event.id.camera.text, principal, .manage))
  }

  private func spanOfMarks(_ request: APIRequest) throws -> Mark {
    guard let from = try request.time("from"), let to = try request.time("to"), let mark = Mark(from: from, to: to)
    else { throw APIFailure(400, "no span", "give from and to, from before to") }
    return mark
  }

  /// An event's footage with its pre-roll and post-roll, as it is kept: what the clip shows.
  func mark(_ event: Event, _ camera: CameraSettings) throws -> Mark {
    // While it runs, up to now: the planner knows the event and keeps what is still to come.
    let end = event.end ?? max(surroundings.now(), event.start)
    guard
      let mark = Mark(
        from: event.start - .seconds(camera.preRollSeconds), to: end + .seconds(camera.postRollSeconds),
        event: event.id)
    else { throw APIFailure(422, "the event has no length", "protect a span around it instead") }
    return mark
  }

  func marks(of camera: CameraID) throws -> [Mark] { try Marks(folder: data.cameraPath(camera)).all() }

  /// - Returns: the marks as they are afterwards.
  private func changeMarks(
    of camera: CameraID, _ change: @Sendable (inout [Mark]) -> Void
  ) async throws -> [Mark] {
    try await markTurns.take(camera) {
      var marks = try marks(of: camera)
      let before = marks
      change(&marks)
      if marks != before { try Marks(folder: data.cameraPath(camera)).write(marks) }
      return marks
    }
  }

  /// The spans that retention leaves alone. A protected event that still ran when it was protected is kept to its end.
  func protectedSpans(of camera: CameraSettings, events: [EventSpan], now: WallTime) throws -> [TimeSpan] {
    let marks = try marks(of: camera.id)
    let byID = Dictionary(events.map { ($0.id, $0) }) { first, _ in first }
    return marks.flatMap { mark in
      guard let event = mark.event.flatMap({ byID[$0] }) else { return [mark.span] }
      let whole = Mark(
        from: event.start - .seconds(camera.preRollSeconds),
        to: (event.end ?? now) + .seconds(camera.postRollSeconds))
      return [mark.span] + (whole.map { [$0.span] } ?? [])
    }
  }
}

extension [Mark] {
  /// Whether all of an event's span is protected.
  func protect(_ event: Event) -> Bool {
    if contains(where: { $0.event == event.id }) { return true }
    let end = Swift.max(event.end ?? event.start, event.start + .milliseconds(1))
    guard let span = TimeSpan(from: event.start, to: end) else { return false }
    return SpanSet(map(\.span)).covers(span)
  }
}

extension API.ProtectedSpans {
  init(_ marks: [Mark]) {
    self.init(
      spans: marks.map { Span(from: $0.span.from.rfc3339, to: $0.span.to.rfc3339, event: $0.event?.text) })
  }
}
