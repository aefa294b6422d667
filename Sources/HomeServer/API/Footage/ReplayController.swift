import Vault
import Catalog
import Domain
import HomeAPI
import Housekeeping
import WorkerProtocol

/// Detects motion once more in a camera's footage, with other settings: which events would be there, and which not.
struct ReplayController: Sendable {
  let access: AccessControl
  let catalog: Catalog
  let opener: PlaybackOpener
  let replayer: Replayer

  /// The longest span of one request: half an hour takes some ten seconds.
  static let longestReplay = Duration.seconds(1800)

  /// Reads what the camera's motion is detected in: the detection stream, where there is one.
  func replay(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let stored = try await access.camera(text, principal, .playback)
    var camera = stored
    let body = try request.decode(API.ReplayRequest.self)
    guard let from = WallTime(rfc3339: body.from), let to = WallTime(rfc3339: body.to),
      let span = TimeSpan(from: from, to: to), span.duration <= Self.longestReplay
    else { throw APIFailure(400, "no span", "give from and to, from before to, at most half an hour apart") }
    // What is tried keeps to what may be set.
    if let sensitivity = body.sensitivity { camera.motion.sensitivity = sensitivity }
    if let zones = body.zones { camera.motion.zones = zones }
    if let shape = body.shape { camera.motion.shape = shape }
    do { try camera.validate(replacing: stored) } catch let problem as Problem {
      throw APIFailure(400, problem.what, problem.next)
    }
    let stream: StreamRole = camera.detect == nil ? .main : .detect
    let opened = try await opener.open(request, of: camera.id, stream, span, for: .playback)
    let file = opened.file
    let report = try await replayer.run(opener.stream(opened, 0..<file.length, watched: false), camera.motion)
    let replayed = report.events.map { event in
      API.Replay.Event(
        outcome: .new, start: (file.from + .seconds(event.start)).rfc3339,
        end: (file.from + .seconds(event.end)).rfc3339, peak: event.peak, boxes: event.boxes, reasons: event.reasons,
        zones: event.zones, id: nil)
    }
    let looked = TimeSpan(from: file.from, to: min(span.to, file.next ?? span.to)) ?? span
    return try .json(
      API.Replay(
        camera: camera.id.text, sensitivity: camera.motion.sensitivity, seconds: report.seconds,
        next: file.next.flatMap { $0 < span.to ? $0.rfc3339 : nil },
        events: ReplayComparison.compare(replayed, with: try await recorded(camera.id, looked)),
        suppressed: report.suppressed.map {
          .init(
            start: (file.from + .seconds($0.start)).rfc3339, end: (file.from + .seconds($0.end)).rfc3339,
            cause: $0.cause, why: $0.why)
        }))
  }

  private func recorded(_ camera: CameraID, _ span: TimeSpan) async throws -> [API.Replay.Event] {
    let query = EventQuery(allowed: [camera], camera: camera, from: span.from, to: span.to)
    return try await catalog.events(query, limit: 500, after: nil).events.map { event in
      API.Replay.Event(
        outcome: .gone, start: event.start.rfc3339, end: (event.end ?? span.to).rfc3339, peak: event.peak,
        boxes: event.boxes, reasons: event.reasons, zones: event.zones, id: event.id.text)
    }
  }
}
