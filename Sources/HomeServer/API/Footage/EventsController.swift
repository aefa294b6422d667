import Catalog
import Domain
import HomeAPI
import Housekeeping
import Settings

/// Events of motion.
struct EventsController: Sendable {
  let access: AccessControl
  let catalog: Catalog
  let registry: CameraRegistry
  let protections: Protections

  func list(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let (from, to) = (try request.time("from"), try request.time("to"))
    let limit = try request.limit(standard: 50, most: 500)
    var asked = await registry.all.map(\.id)
    if let text = request.query["camera"] { asked = [try await access.camera(text, principal, .playback).id] }
    // The grants go into the query itself: what may not be seen is neither listed nor counted.
    let query = EventQuery(
      allowed: try await access.listing(request, of: asked, span: TimeSpan(from: from, to: to)),
      camera: asked.count == 1 ? asked.first : nil, from: from, to: to)
    let page: EventPage
    do {
      page = try await catalog.events(query, limit: limit, after: request.query["cursor"])
    } catch let problem as Problem where problem.exit == .usage {
      throw APIFailure(400, problem.what, problem.next)
    }
    var protected: [CameraID: [ProtectedSpan]] = [:]
    for camera in Set(page.events.map(\.id.camera)) { protected[camera] = try protections.spans(of: camera) }
    let events = page.events.map { API.Event($0, protected: protected[$0.id.camera]?.protect($0) ?? false) }
    return try .json(API.EventPage(events: events, next: page.next))
  }

  func show(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let event = try await access.event(text, principal).0
    let span = TimeSpan(from: event.start, to: event.end ?? event.start + .milliseconds(1))
    guard try await !access.listing(request, of: [event.id.camera], span: span).isEmpty else {
      throw APIFailure.notFound
    }
    return try .json(API.Event(event, protected: try protections.spans(of: event.id.camera).protect(event)))
  }
}

extension API.Event {
  init(_ event: Domain.Event, protected: Bool) {
    self.init(
      id: event.id.text, camera: event.id.camera.text, start: event.start.rfc3339, end: event.end?.rfc3339,
      best: event.best.rfc3339, peak: event.peak, boxes: event.boxes, reasons: event.reasons, zones: event.zones,
      protected: protected)
  }
}

extension TimeSpan {
  /// `nil` when an end is missing.
  fileprivate init?(from: WallTime?, to: WallTime?) {
    guard let from, let to else { return nil }
    self.init(from: from, to: to)
  }
}
