import Catalog
import Domain
import HomeAPI
import Household
import Housekeeping
import Retention
import Settings

/// Why a piece of footage is kept or gone.
struct ExplanationController: Sendable {
  let access: AccessControl
  let catalog: Catalog
  let household: Household
  let registry: CameraRegistry
  let protections: Protections
  let planning: RetentionPlanning

  /// Why footage is kept, and until when, or why and when it was deleted: of an event's footage (`event`), of a span
  /// (`camera`, `from`, `to`) or of one segment (`file`).
  func explain(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.owner(request)
    // Every segment that is asked about is explained, whether it goes or not: all of its camera's are read.
    try await planning.scanUnlessServed()
    let (camera, span, file) = try await explained(request, principal)
    let planned = try await planning.plan(listing: .all(of: camera.id))
    var items: [API.RetentionExplanation.Segment] = []
    var rows: [SegmentID: CatalogSegment] = [:]
    for row in try await rowsToExplain(camera, span, file) { rows[row.id] = row }
    let explanations = RetentionPlan.explain(
      Set(rows.keys), in: planned.inventory, now: planned.now, clockTrusted: planned.inventory.clockDoubt == nil)
    func item(
      _ row: CatalogSegment, _ state: API.RetentionExplanation.State, _ reason: String, _ at: WallTime?
    ) -> API.RetentionExplanation.Segment {
      API.RetentionExplanation.Segment(
        camera: row.camera.text, name: camera.name, file: row.file, stream: row.stream,
        from: row.span.from.rfc3339, to: row.span.to.rfc3339, bytes: UInt64(clamping: row.bytes), state: state,
        reason: reason,
        at: at?.rfc3339)
    }
    for explanation in explanations {
      guard let row = rows.removeValue(forKey: explanation.segment.id) else { continue }
      items.append(item(row, API.RetentionExplanation.State(explanation.fate), explanation.reason, explanation.until))
    }
    // What the planner does not see.
    for row in rows.values.sorted(by: { $0.span.from < $1.span.from }) {
      let reason = row.state == .missing ? "its file was not found; the row is kept" : "its deletion is under way"
      items.append(item(row, row.state == .missing ? .missing : .leaves, reason, nil))
    }
    for deletion in try await household.deletions(of: camera.id, overlapping: span, file: file) {
      items.append(
        API.RetentionExplanation.Segment(
          camera: camera.id.text, name: camera.name, file: deletion.file, stream: nil,
          from: deletion.span.from.rfc3339, to: deletion.span.to.rfc3339, bytes: UInt64(clamping: deletion.bytes),
          state: .deleted,
          reason: "\(deletion.rule): \(deletion.why)", at: deletion.at.rfc3339))
    }
    return try .json(
      API.RetentionExplanation(
        segments: items.sorted { ($0.from, $0.file) < ($1.from, $1.file) }, held: planned.plan.held))
  }

  /// What is asked about: a camera, and a span or a file of it.
  private func explained(
    _ request: APIRequest, _ principal: Principal
  ) async throws -> (camera: CameraSettings, span: TimeSpan?, file: String?) {
    if let text = request.query["event"] {
      let (event, camera) = try await access.event(text, principal)
      let span = try protections.span(of: event, camera).span
      return (camera, span, nil)
    }
    if let file = request.query["file"] {
      // As it stands in a plan, or a path on the disk.
      let parts = file.split(separator: "/").map(String.init)
      let name = parts.suffix(2).joined(separator: "/")
      var candidates = await registry.all
      if let text = request.query["camera"] { candidates = [try await registry.camera(named: text)] }
      for camera in candidates {
        let isListed = try await catalog.segment(of: camera.id, file: name) != nil
        let wasDeleted = try await !household.deletions(of: camera.id, overlapping: nil, file: name).isEmpty
        if isListed || wasDeleted { return (camera, nil, name) }
      }
      throw APIFailure(404, "no such file", "name it as a plan does: 2026-11-23/0000000012-….mp4")
    }
    guard let text = request.query["camera"], let from = try request.time("from"), let to = try request.time("to"),
      let span = TimeSpan(from: from, to: to)
    else { throw APIFailure(400, "nothing to explain", "give event, or file, or camera with from and to") }
    return (try await registry.camera(named: text), span, nil)
  }

  private func rowsToExplain(
    _ camera: CameraSettings, _ span: TimeSpan?, _ file: String?
  ) async throws -> [CatalogSegment] {
    if let file { return try await catalog.segment(of: camera.id, file: file).map { [$0] } ?? [] }
    guard let span else { return [] }
    var rows: [CatalogSegment] = []
    for stream in [StreamRole.main, .detect] {
      rows += try await catalog.segments(of: camera.id, stream: stream, overlapping: span)
    }
    return rows
  }
}

extension API.RetentionExplanation.State {
  fileprivate init(_ fate: RetentionExplanation.Fate) {
    switch fate {
    case .kept: self = .kept
    case .leaves: self = .leaves
    }
  }
}
