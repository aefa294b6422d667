import Catalog
import Domain
import Household
import Logging
import Retention
import Seal
@_spi(Deletion) import Vault

/// Deletes footage, events and filmstrips: the only code that does. It is internal to this target, so that nothing above
/// can ask for more than `RetentionEnforcement`, `FootageDeletion` and `Quarantine` allow.
struct DeletionExecutor: Sendable {
  let environment: ServerEnvironment
  let catalog: Catalog
  let household: Household
  let vault: Vault
  let protections: Protections

  // MARK: - Segments

  /// Reason into the deletion log, row marked, file unlinked and folder made durable, row removed: in this order, so that
  /// a cut at any point leaves what the next start finishes. What was protected since the plan was made stays.
  ///
  /// - Parameters:
  ///   - files: where the segments are, relative to their cameras' `media`.
  ///   - gently: with pauses, so that other work goes on beside a deletion that no one waits for.
  /// - Returns: what was deleted.
  @discardableResult
  func carryOut(
    _ deletions: [RetentionDeletion], _ files: [SegmentID: String], gently: Bool = false
  ) async throws -> [RetentionDeletion] {
    var done: [RetentionDeletion] = []
    // Small steps: no one waits long for the catalog, and a stop loses little.
    for (index, step) in RetentionPlan.steps(deletions, ofAtMost: 50).enumerated() {
      if gently, index > 0 { try await environment.sleep(.milliseconds(100)) }
      for (camera, part) in Dictionary(grouping: step, by: \.segment.id.camera).sorted(by: { $0.key < $1.key }) {
        // Nothing of the camera becomes protected between reading what is and the end of the step.
        done += try await protections.whileUnchanged(of: camera) {
          try await carryOut(step: part, of: camera, files)
        }
      }
    }
    return done
  }

  private func carryOut(
    step: [RetentionDeletion], of camera: CameraID, _ files: [SegmentID: String]
  ) async throws -> [RetentionDeletion] {
    let protected = SpanSet(try protections.spans(of: camera).map(\.span))
    let step = step.filter { files[$0.segment.id] != nil && !protected.overlaps($0.segment.span) }
    let ids = step.map(\.segment.id)
    try await household.record(
      step.map { deletion in
        Deletion(
          camera: camera, file: files[deletion.segment.id] ?? "", span: deletion.segment.span,
          bytes: Int64(clamping: deletion.segment.bytes), rule: deletion.rule.rawValue, why: deletion.why,
          at: environment.now())
      })
    try environment.reached("deletions noted")
    try await catalog.mark(ids, as: .deleting)
    try environment.reached("rows marked")
    for id in ids {
      if let file = files[id] { try vault.delete(file, of: camera) }
      try environment.reached("file deleted")
    }
    try await deleteFilmstrip(of: [camera: step.map(\.segment.span)])
    try await catalog.remove(ids)
    try environment.reached("rows removed")
    return step
  }

  // MARK: - After an interruption

  /// Continues a deletion that was under way when the server stopped, or the catalog was lost: the last step of the
  /// deletion log, as far as its files are still there. Older entries whose files are there were put back by a person,
  /// and stay.
  func resume() async throws {
    for deletion in try await household.lastDeletions(within: .seconds(60), limit: 50) {
      guard let row = try await catalog.segment(of: deletion.camera, file: deletion.file), row.state == .present else {
        continue
      }
      do {
        let protected = try protections.spans(of: deletion.camera).map(\.span)
        guard !protected.contains(where: { $0.overlaps(row.span) }) else { continue }
      } catch let problem as Problem {
        environment.log.error("a deletion is not gone on with", metadata: ["why": "\(problem)"])
        continue
      }
      try await catalog.mark([row.id], as: .deleting)
    }
    try await finish()
  }

  /// Finishes deletions that a stop interrupted: their reasons are in the log already.
  func finish() async throws {
    // What may be on a volume that is offline is finished when that is back.
    let rows = try await catalog.segmentsMarkedAsDeleting().filter { vault.away($0.camera) == nil }
    for row in rows { try vault.delete(row.file, of: row.camera) }
    try await deleteFilmstrip(of: Dictionary(grouping: rows, by: \.camera).mapValues { $0.map(\.span) })
    try await catalog.remove(rows.map(\.id))
  }

  // MARK: - Events and filmstrips

  /// Deletes events: thumbnail, record, row. In this order a cut leaves a row, which the next deletion finds.
  func delete(_ events: [EventSpan]) async throws {
    for event in events {
      try vault.delete(event.id, day: event.start.day)
      try environment.reached("event deleted")
    }
    try await catalog.remove(events: events.map(\.id))
  }

  /// Deletes hours of a filmstrip, each with its entry in the deletion log.
  func delete(_ sheets: [FilmstripSheet], of camera: CameraID, rule: String, why: String) async throws {
    for sheet in sheets {
      guard let hour = TimeSpan(from: sheet.start, to: sheet.end), let bytes = try vault.bytes(of: sheet) else {
        continue
      }
      try await household.record([
        Deletion(
          camera: camera, file: "filmstrip/\(sheet.file)", span: hour, bytes: Int64(clamping: bytes), rule: rule,
          why: why, at: environment.now())
      ])
      try vault.delete(sheet)
    }
  }

  /// An hour's pictures go with the last footage of that hour, whatever its stream: called with what is being deleted,
  /// after its files are gone and while its rows, marked, still are. Nothing is deleted only because the catalog lacks it.
  private func deleteFilmstrip(of deleted: [CameraID: [TimeSpan]]) async throws {
    for (camera, spans) in deleted {
      guard let from = spans.map(\.from).min(), let to = spans.map(\.to).max(), let all = TimeSpan(from: from, to: to)
      else { continue }
      for sheet in try vault.sheets(of: camera, touching: all) {
        // In an hour that isn't long over there is footage that has no row yet.
        guard sheet.end + .seconds(600) < environment.now(),
          let hour = TimeSpan(from: sheet.start, to: sheet.end), spans.contains(where: hour.overlaps),
          try await !catalog.hasFootage(of: camera, in: hour)
        else { continue }
        try await delete(
          [sheet], of: camera, rule: "filmstrip", why: "the last footage of its hour was deleted")
      }
    }
  }
}
