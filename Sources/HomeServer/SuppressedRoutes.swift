import Files
import Domain
import FoundationEssentials
import Vault
import WorkerProtocol

/// What changed in a camera's pictures in the last day and was not reported, each with the reason.
extension HomeCore {
  private struct SuppressedBody: Encodable {
    let camera: String
    let start: String
    let end: String
    let cause: String
    let why: String
    let box: RelativeBox
    let share: Double
    let more: Int

    init(_ line: SuppressedLine, of camera: CameraID) {
      self.camera = camera.text
      start = WallTime(milliseconds: line.from).rfc3339
      end = WallTime(milliseconds: line.to).rfc3339
      cause = line.cause
      why = line.why
      box = line.box
      share = line.share
      more = line.more
    }
  }

  func listSuppressed(_ request: APIRequest) async throws -> APIResponse {
    struct Page: Encodable {
      let suppressed: [SuppressedBody]
      let isCut: Bool
    }
    let principal = try await principal(request)
    let now = surroundings.now()
    let oldest = now - SuppressedLine.kept
    let (from, to) = (max(try request.time("from") ?? oldest, oldest), try request.time("to") ?? now)
    let limit = try limit(request, standard: 50, most: 500)
    var asked = await cameras.all.map(\.id)
    if let text = request.query["camera"] { asked = [try await camera(text, principal, .playback).id] }
    guard from < to, let span = TimeSpan(from: from, to: to) else {
      return try .json(Page(suppressed: [], isCut: false))
    }
    var found: [(camera: CameraID, line: SuppressedLine)] = []
    for camera in try await listing(request, of: asked, span: span) {
      for text in try vault.dayLines(of: camera, ending: SuppressedLine.ending, from: from.day) {
        // The worker's part: a line that is torn, or no line of ours, says nothing.
        guard let line = try? JSONLine.decode(SuppressedLine.self, from: text.utf8),
          line.to >= from.milliseconds, line.from < to.milliseconds
        else { continue }
        found.append((camera, line))
      }
    }
    found.sort { ($0.line.from, $0.camera.text) > ($1.line.from, $1.camera.text) }
    return try .json(
      Page(
        suppressed: found.prefix(limit).map { SuppressedBody($0.line, of: $0.camera) }, isCut: found.count > limit))
  }

  /// Lets what was not reported grow no older than it is kept.
  func trimSuppressed() async throws {
    let oldest = (surroundings.now() - SuppressedLine.kept).day
    for camera in await cameras.all {
      try vault.deleteDayFiles(of: camera.id, ending: SuppressedLine.ending, before: oldest)
    }
  }
}
