import Catalog
import Domain
import Household
import Settings
import WorkerProtocol

extension HomeCore {
  struct EventBody: Encodable {
    let id: String
    let camera: String
    let start: String
    let end: Nullable<String>
    let best: String
    let peak: Double
    let boxes: [RelativeBox]
    let reasons: [String]
    let zones: [String]
    let protected: Bool

    init(_ event: Event) {
      id = event.id.text
      camera = event.id.camera.text
      start = event.start.rfc3339
      end = Nullable(event.end?.rfc3339)
      best = event.best.rfc3339
      peak = event.peak
      boxes = event.boxes
      reasons = event.reasons
      zones = event.zones
      protected = false
    }
  }

  func listEvents(_ request: APIRequest) async throws -> APIResponse {
    struct Page: Encodable {
      let events: [EventBody]
      let next: Nullable<String>
    }
    let principal = try await principal(request)
    // The grants go into the query itself: what may not be seen is neither listed nor counted.
    var query = EventQuery(allowed: try await allowed(principal, .playback))
    if let text = request.query["camera"] { query.camera = try await camera(text, principal, .playback).id }
    query.from = try request.time("from")
    query.to = try request.time("to")
    let limit = try limit(request, standard: 50, most: 500)
    let page: EventPage
    do {
      page = try await catalog.events(query, limit: limit, after: request.query["cursor"])
    } catch let problem as Problem where problem.exit == .usage {
      throw APIFailure(400, problem.what, problem.next)
    }
    return try .json(Page(events: page.events.map(EventBody.init), next: Nullable(page.next)))
  }

  func showEvent(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await principal(request)
    return try .json(EventBody(try await event(text, principal).0))
  }
}
