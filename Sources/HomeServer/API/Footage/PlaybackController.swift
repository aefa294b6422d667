import Vault
import Domain
import Housekeeping
import VirtualMP4

/// Footage as seekable files.
struct PlaybackController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let opener: PlaybackOpener

  /// The longest span one file may hold.
  private static let longestSpan = Duration.seconds(4 * 3600)

  func video(_ request: APIRequest, _ cameraText: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let camera = try await access.camera(cameraText, principal, .playback)
    let span = try request.span()
    guard span.duration <= Self.longestSpan else {
      throw APIFailure(400, "too long", "ask for at most 4 hours at once")
    }
    guard let stream = StreamRole(rawValue: request.query["stream"] ?? "main") else {
      throw APIFailure(400, "no such stream", "stream is main or detect")
    }
    return try await play(request, camera, stream, span, name: nil)
  }

  func clip(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let (event, camera) = try await access.event(text, principal)
    let now = environment.now()
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
    let opened = try await opener.open(request, of: camera.id, stream, span, for: isExport ? .export : .playback)
    let file = opened.file
    var headers: [(String, String)] = [
      ("accept-ranges", "bytes"), ("etag", file.etag), ("hearth-from", file.from.rfc3339),
      ("hearth-to", file.to.rfc3339),
    ]
    if let next = file.next { headers.append(("hearth-next", next.rfc3339)) }
    if isExport {
      headers.append(("content-disposition", "attachment; filename=\"\(name ?? "hearth-\(camera.id.text).mp4")\""))
    }
    let ifRange = request.header("if-range").map { $0 == file.etag }
    // Range is defined for GET only (RFC 9110 section 14.2).
    let ranges = request.method == "GET" ? request.headers["range"] ?? [] : []
    switch ByteRange.evaluate(header: ranges, length: file.length, ifRange: ifRange) {
    case .whole:
      return .footage(opener.stream(opened, 0..<file.length), status: 200, headers: headers)
    case .partial(let range):
      headers.append(("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.length)"))
      return .footage(opener.stream(opened, range), status: 206, headers: headers)
    case .unsatisfiable:
      headers.append(("content-range", "bytes */\(file.length)"))
      return .empty(416, headers: headers + [("hearth-camera", camera.id.text)])
    }
  }
}
