import WorkerProtocol
import Catalog
import Crypto
import Domain
import MP4
import Household
import Logging
import Seal
import Settings
import Vault
import VirtualMP4

extension HomeCore {
  /// The longest span one file may hold.
  private static let longestSpan = Duration.seconds(4 * 3600)

  func video(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let camera = try await camera(cameraText, principal, .playback)
    guard let from = try request.time("from"), let to = try request.time("to"), let span = TimeSpan(from: from, to: to)
    else {
      throw APIFailure(400, "no span", "give from and to, from before to")
    }
    guard span.duration <= Self.longestSpan else {
      throw APIFailure(400, "too long", "ask for at most 4 hours at once")
    }
    guard let stream = StreamRole(rawValue: request.query["stream"] ?? "main") else {
      throw APIFailure(400, "no such stream", "stream is main or detect")
    }
    return try await play(request, camera, stream, span, name: nil)
  }

  func clip(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let (event, camera) = try await event(text, principal)
    let now = surroundings.now()
    // A clip is the same bytes each time, so there is none before its last second is on the disk.
    guard let end = event.end, end + .seconds(camera.postRollSeconds) + .seconds(2) <= now else {
      throw APIFailure(
        409, "not finished", "the clip can be had when its post-roll is written; try again in some seconds")
    }
    guard
      let span = TimeSpan(
        from: event.start - .seconds(camera.preRollSeconds), to: end + .seconds(camera.postRollSeconds))
    else { throw APIFailure.notFound }
    let stream = StreamRole(rawValue: request.query["stream"] ?? "main") ?? .main
    return try await play(request, camera, stream, span, name: "\(event.id.text).mp4")
  }

  /// One primitive for every playback: span → verified footage → one seekable file → the asked range of it.
  private func play(
    _ request: APIRequest, _ camera: CameraSettings, _ stream: StreamRole, _ span: TimeSpan, name: String?
  ) async throws -> APIResponse {
    let isExport = request.query["download"] == "1"
    let (credential, action) = (try credential(request), isExport ? ViewAction.export : .playback)
    guard
      let grant = try await household.authorise(
        credential, camera: camera.id, action: action, span: span, from: request.peer, now: surroundings.now())
    else { throw APIFailure.notFound }
    let rows = try await catalog.segments(of: camera.id, stream: stream, overlapping: span)
    let now = surroundings.now()
    let found = try vault.playable(
      grant, stream: stream, segments: rows.map { SegmentLocation(id: $0.id, file: $0.file) },
      includeOpen: now - span.to < .seconds(600), now: now)
    guard let file = found else {
      throw APIFailure(404, "no footage", "nothing was recorded in this span; coverage says why")
    }
    var headers: [(String, String)] = [
      ("accept-ranges", "bytes"), ("etag", file.etag), ("hearth-from", file.from.rfc3339),
      ("hearth-to", file.to.rfc3339),
    ]
    if let next = file.next { headers.append(("hearth-next", next.rfc3339)) }
    if isExport {
      headers.append(("content-disposition", "attachment; filename=\"\(name ?? "hearth-\(camera.id.text).mp4")\""))
    }
    let ifRange = request.header("if-range").map { $0 == file.etag }
    let row = grant.viewLogRow
    let ends = viewEnds
    let alarm: @Sendable (DoorRefusal) async -> Void = { refusal in _ = await self.answer(refusal) }
    func part(_ range: Range<UInt64>) -> MediaStream {
      // The view is in the log since before the first byte; only how it ended is added.
      file.stream(range, refused: alarm) {
        await ends.note(row: row, bytes: $0)
      } untilRefused: {
        await self.whileAllowed(credential, camera.id, action)
      }
    }
    // Range is defined for GET only (RFC 9110 section 14.2).
    let ranges = request.method == "GET" ? request.headers["range"] ?? [] : []
    switch ByteRange.evaluate(header: ranges, length: file.length, ifRange: ifRange) {
    case .whole:
      return .footage(part(0..<file.length), status: 200, headers: headers)
    case .partial(let range):
      headers.append(("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.length)"))
      return .footage(part(range), status: 206, headers: headers)
    case .unsatisfiable:
      headers.append(("content-range", "bytes */\(file.length)"))
      return .empty(416, headers: headers + [("hearth-camera", camera.id.text)])
    }
  }

  /// An event that the principal may play back; unknown and refused are the same, and take the same steps.
  func event(_ text: String, _ principal: Principal) async throws -> (Event, CameraSettings) {
    guard let id = EventID(text: text) else { throw APIFailure.notFound }
    let rights = try await household.rights(of: principal, on: id.camera, now: surroundings.now())
    let found = try await catalog.event(id, among: rights.contains(.playback) ? [id.camera] : [])
    guard let found, let settings = await cameras.settings(of: id.camera) else { throw APIFailure.notFound }
    return (found, settings)
  }

  func thumbnail(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let (event, _) = try await event(text, principal)
    guard
      let grant = try await household.authorise(
        try credential(request), camera: event.id.camera, action: .thumbnail,
        span: TimeSpan(from: event.start, to: max(event.best, event.start) + .milliseconds(1)), from: request.peer,
        now: surroundings.now())
    else { throw APIFailure.notFound }
    let picture = try vault.openThumbnail(grant, of: event.id, day: event.start.day)
    return .picture(picture)
  }

  func snapshot(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let camera = try await camera(cameraText, principal, .live)
    guard
      let grant = try await household.authorise(
        try credential(request), camera: camera.id, action: .snapshot, span: nil, from: request.peer,
        now: surroundings.now())
    else { throw APIFailure.notFound }
    var found: [UInt8]?
    do {
      let connection = try await WorkerConnection.open(folder: vault.path(of: camera.id))
      try await connection.exchange(.snapshot) { type, payload in
        if type == .picture { found = payload }
        return false
      }
    } catch {
      surroundings.log.debug("no snapshot", metadata: ["camera": "\(camera.id)", "error": "\(error)"])
    }
    guard let found else { throw APIFailure(503, "no picture", "the camera gives no pictures at the moment") }
    return .picture(try vault.admit(snapshot: found, grant))
  }
}
