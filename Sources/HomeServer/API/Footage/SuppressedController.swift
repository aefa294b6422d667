import Housekeeping
import Files
import Domain
import FoundationEssentials
import HomeAPI
import Vault
import WorkerProtocol

/// What changed in a camera's pictures in the last day and was not reported, each with the reason.
struct SuppressedController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let registry: CameraRegistry
  let vault: Vault

  func list(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let now = environment.now()
    let oldest = now - SuppressedLine.kept
    let (from, to) = (max(try request.time("from") ?? oldest, oldest), try request.time("to") ?? now)
    let limit = try request.limit(standard: 50, most: 500)
    var asked = await registry.all.map(\.id)
    if let text = request.query["camera"] { asked = [try await access.camera(text, principal, .playback).id] }
    guard from < to, let span = TimeSpan(from: from, to: to) else {
      return try .json(API.SuppressedPage(suppressed: [], isCut: false))
    }
    var found: [(camera: CameraID, line: SuppressedLine)] = []
    for camera in try await access.listing(request, of: asked, span: span) {
      for text in try vault.dayLines(of: camera, ending: SuppressedLine.ending, from: from.day) {
        // The worker's part: a line that is torn, or not Hearth's, is skipped.
        guard let line = try? JSONLine.decode(SuppressedLine.self, from: text.utf8),
          line.to >= from.milliseconds, line.from < to.milliseconds
        else { continue }
        found.append((camera, line))
      }
    }
    found.sort { ($0.line.from, $0.camera.text) > ($1.line.from, $1.camera.text) }
    return try .json(
      API.SuppressedPage(
        suppressed: found.prefix(limit).map { API.Suppressed($0.line, of: $0.camera) }, isCut: found.count > limit))
  }
}

extension API.Suppressed {
  init(_ line: SuppressedLine, of camera: CameraID) {
    self.init(
      camera: camera.text, start: WallTime(milliseconds: line.from).rfc3339,
      end: WallTime(milliseconds: line.to).rfc3339, cause: line.cause, why: line.why, box: line.box,
      share: line.share, more: line.more)
  }
}
