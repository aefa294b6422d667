import Catalog
import Domain
import HomeAPI
import Household
import Housekeeping
import Retention
import Settings

/// Protecting events and spans: footage that no rule deletes until the protection is removed. Who may manage a camera may;
/// for everybody else there is no such address.
struct ProtectionsController: Sendable {
  let access: AccessControl
  let protections: Protections

  func protect(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let (event, camera) = try await manageableEvent(request, text)
    let mark = try protections.span(of: event, camera)
    let marks = try await protections.change(of: camera.id) { marks in
      marks.removeAll { $0.event == event.id }
      marks.append(mark)
    }
    return try .json(API.Event(event, protected: marks.protect(event)))
  }

  /// Takes an event's protection back, its footage's in spans that were given as such too. Other protected events keep
  /// what they share with it.
  func unprotect(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let (event, camera) = try await manageableEvent(request, text)
    let footage = try protections.span(of: event, camera).span
    let marks = try await protections.change(of: camera.id) { marks in
      marks = marks.filter { $0.event != event.id }.flatMap { $0.event == nil ? $0.without(footage) : [$0] }
    }
    return try .json(API.Event(event, protected: marks.protect(event)))
  }

  func list(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let camera = try await access.camera(text, try await access.principal(request), .manage)
    return try .json(API.ProtectedSpans(try protections.spans(of: camera.id)))
  }

  func protectSpan(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let camera = try await access.camera(text, try await access.principal(request), .manage)
    let mark = try givenSpan(request)
    return try .json(
      API.ProtectedSpans(
        try await protections.change(of: camera.id) { marks in
          // Spans that were given as such and touch become one.
          let joined = SpanSet(marks.filter { $0.event == nil }.map(\.span) + [mark.span]).spans
          marks = marks.filter { $0.event != nil } + joined.compactMap { ProtectedSpan(from: $0.from, to: $0.to) }
        }))
  }

  func unprotectSpan(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let camera = try await access.camera(text, try await access.principal(request), .manage)
    let span = try givenSpan(request).span
    return try .json(
      API.ProtectedSpans(
        try await protections.change(of: camera.id) { marks in marks = marks.flatMap { $0.without(span) } }))
  }

  private func manageableEvent(_ request: APIRequest, _ text: String) async throws -> (Event, CameraSettings) {
    let principal = try await access.principal(request)
    let (event, _) = try await access.event(text, principal)
    return (event, try await access.camera(event.id.camera.text, principal, .manage))
  }

  private func givenSpan(_ request: APIRequest) throws -> ProtectedSpan {
    guard let from = try request.time("from"), let to = try request.time("to"),
      let span = ProtectedSpan(from: from, to: to)
    else { throw APIFailure(400, "no span", "give from and to, from before to") }
    return span
  }
}

extension API.ProtectedSpans {
  init(_ marks: [ProtectedSpan]) {
    self.init(
      spans: marks.map { Span(from: $0.span.from.rfc3339, to: $0.span.to.rfc3339, event: $0.event?.text) })
  }
}
