import Catalog
import Domain
import Files
import HomeAPI
import Household
import Settings
import Vault
import WorkerProtocol

/// Looking once more for motion in a camera's footage, with other settings: which events would be there, and which not.
extension HomeCore {
  /// The longest span that is looked at for one request: half an hour takes some ten seconds.
  static let longestReplay = Duration.seconds(1800)

  /// Looks at what the camera's motion is looked for in: the detection stream, where there is one.
  func replay(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await principal(request)
    var camera = try await camera(text, principal, .playback)
    let body = try request.decode(API.ReplayRequest.self)
    guard let from = WallTime(rfc3339: body.from), let to = WallTime(rfc3339: body.to),
      let span = TimeSpan(from: from, to: to), span.duration <= Self.longestReplay
    else { throw APIFailure(400, "no span", "give from and to, from before to, at most half an hour apart") }
    // What is tried keeps to what may be set.
    let stored = camera
    if let sensitivity = body.sensitivity { camera.motion.sensitivity = sensitivity }
    if let zones = body.zones { camera.motion.zones = zones }
    if let shape = body.shape { camera.motion.shape = shape }
    do { try camera.validate(replacing: stored) } catch let problem as Problem { throw APIFailure(400, problem.what, problem.next) }
    let stream: StreamRole = camera.detect == nil ? .main : .detect
    guard
      let grant = try await household.authorise(
        try credential(request), camera: camera.id, action: .playback, span: span, from: request.peer,
        now: surroundings.now())
    else { throw APIFailure.notFound }
    let now = surroundings.now()
    let rows = try await catalog.segments(of: camera.id, stream: stream, overlapping: span)
    let found = try vault.playable(
      grant, stream: stream, segments: rows.map { SegmentLocation(id: $0.id, file: $0.file) },
      includeOpen: now - span.to < .seconds(600), now: now)
    guard let file = found else {
      throw APIFailure(404, "no footage", "nothing was recorded in this span; coverage says why")
    }
    let report = try await look(at: file, row: grant.viewLogRow, camera.motion)
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

  /// Writes what the door lets through into a file that nobody else sees, and lets a process of its own look at it. Nothing
  /// of it stays.
  private func look(
    at file: PlayableSpan, row: Int64, _ motion: DetectionSettings
  ) async throws -> ReplayReport {
    guard let replay = surroundings.replay else {
      throw APIFailure(503, "no replay", "this server can't look at footage again")
    }
    return try await replays.alone {
      var generator = SystemRandomNumberGenerator()
      let folder = try Descriptor.folder("replay", in: data.folder)
      // What an earlier process left behind when it was killed. Nobody else is here now.
      for name in try folder.names() { try folder.delete(name) }
      let name = "\(String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 36)).mp4"
      let copy = try Descriptor.open(name, in: folder, .append)
      let ends = viewEnds
      do {
        let stream = file.stream(0..<file.length, refused: { _ = await answer($0) }) {
          await ends.note(row: row, bytes: $0)
        } untilRefused: {
        }
        try await stream.send { try copy.append($0) }
        let report = try await replay("\(data.layout.path)/replay/\(name)", motion)
        try folder.delete(name)
        return report
      } catch {
        try folder.delete(name)
        throw error
      }
    }
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

/// One replay at a time: each takes a core for some seconds, and a household's cameras need theirs.
actor Replays {
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// More than these are sent away.
  private static let most = 8

  func alone<Answer: Sendable>(_ work: @Sendable () async throws -> Answer) async throws -> Answer {
    if isBusy {
      guard waiting.count < Self.most else {
        throw APIFailure(503, "too many replays", "wait until the ones before are done")
      }
      await withCheckedContinuation { waiting.append($0) }
    }
    isBusy = true
    defer {
      if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
    return try await work()
  }
}

enum ReplayComparison {
  typealias Event = API.Replay.Event

  /// Pairs what was found with what was recorded, each at most once, in the order of time.
  static func compare(_ found: [Event], with recorded: [Event]) -> [Event] {
    func times(_ event: Event) -> (Int64, Int64) {
      (WallTime(rfc3339: event.start)?.milliseconds ?? 0, WallTime(rfc3339: event.end)?.milliseconds ?? 0)
    }
    var left = recorded.sorted { $0.start < $1.start }
    var all: [Event] = []
    for event in found {
      let (start, end) = times(event)
      let match = left.firstIndex {
        let (otherStart, otherEnd) = times($0)
        return start <= otherEnd && otherStart <= end
      }
      guard let match else {
        all.append(event)
        continue
      }
      let (otherStart, otherEnd) = times(left[match])
      var pair = event
      pair.id = left[match].id
      pair.outcome = abs(start - otherStart) <= 1000 && abs(end - otherEnd) <= 1000 ? .same : .moved
      all.append(pair)
      left.remove(at: match)
    }
    return (all + left).sorted { $0.start < $1.start }
  }
}
