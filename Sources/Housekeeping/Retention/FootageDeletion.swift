import Catalog
import Crypto
package import Domain
package import Household
import Retention
import Seal
import Settings
import Vault

/// What the deletion of a span takes.
package struct FootageSelection: Sendable {
  package let camera: CameraSettings
  let rows: [CatalogSegment]
  let events: [EventSpan]
  /// Hours of the filmstrip.
  let sheets: [FilmstripSheet]
  /// From the first to the last moment of what goes.
  package let span: TimeSpan?
  /// Where footage of the span begins that is still being written.
  package let openFrom: WallTime?

  package var segments: Int { rows.count }
  package var eventCount: Int { events.count }
  package var filmstripHours: Int { sheets.count }
  package var bytes: Int64 { rows.reduce(0) { $0 + $1.bytes } }

  /// Names exactly this, so that nothing else goes than what was looked at.
  package var digest: String {
    var hash = SHA256()
    for row in rows { hash.update(data: Array("\(row.id)\n".utf8)) }
    for event in events { hash.update(data: Array("\(event.id)\n".utf8)) }
    for sheet in sheets { hash.update(data: Array("\(sheet.file)\n".utf8)) }
    return Hex.encode(Array(hash.finalize().prefix(16)))
  }
}

/// Deletes what a person asks for: media, thumbnails, events and the filmstrip of a span. What is sealed is not cut, so
/// segments, and hours of the filmstrip, that the span touches are deleted whole; `select` tells what before.
package struct FootageDeletion: Sendable {
  let environment: ServerEnvironment
  let catalog: Catalog
  let household: Household
  let vault: Vault
  let protections: Protections
  let executor: DeletionExecutor

  /// What a deletion of the span would take now.
  ///
  /// - Throws: `Problem` (exit 73) while it can't be deleted: offline, protected, or an event of it still runs.
  package func select(_ camera: CameraSettings, _ span: TimeSpan) async throws -> FootageSelection {
    if let offline = vault.away(camera.id) {
      throw Problem(.cannotCreate, "\(offline): nothing on it can be deleted", next: "try again when it is back")
    }
    var rows: [CatalogSegment] = []
    for stream in [StreamRole.main, .detect] {
      rows += try await catalog.segments(of: camera.id, stream: stream, overlapping: span)
    }
    let events = try await catalog.eventSpans(of: camera.id, overlapping: span)
    guard !events.contains(where: { $0.end == nil }) else {
      throw Problem(
        .cannotCreate, "an event of this span still runs",
        next: "try again when it has ended, or give an earlier end")
    }
    let protected = SpanSet(try protections.spans(of: camera.id).map(\.span))
    guard !rows.contains(where: { protected.overlaps($0.span) }) else {
      throw Problem(
        .cannotCreate, "protected footage lies in this span",
        next: "take the protection back first: hearth unprotect")
    }
    let sheets = try vault.sheets(of: camera.id, touching: span)
    let hours = sheets.compactMap { TimeSpan(from: $0.start, to: $0.end)?.intersection(span) }
    let ends = rows.map(\.span) + events.compactMap { TimeSpan(from: $0.start, to: $0.end ?? $0.start) } + hours
    var whole: TimeSpan?
    if let first = ends.map(\.from).min(), let last = ends.map(\.to).max() { whole = TimeSpan(from: first, to: last) }
    let open = try vault.openFootage(of: camera.id, overlapping: span, now: environment.now())
    let openFrom = open.map(\.span.from).filter { from in !rows.contains { $0.span.contains(from) } }.min()
    return FootageSelection(
      camera: camera, rows: rows, events: events, sheets: sheets, span: whole, openFrom: openFrom)
  }

  /// Deletes what was selected.
  ///
  /// - Parameters:
  ///   - credential: who asks; the deletion is written into the access log before it begins.
  ///   - address: the client's, for the access log.
  /// - Returns: `false` when the credential may not; then nothing was deleted.
  package func delete(
    _ selection: FootageSelection, by credential: Credential, from address: String
  ) async throws -> Bool {
    let camera = selection.camera.id
    if let span = selection.span {
      let isAllowed = try await household.deleting(
        credential, spans: [camera: span], from: address, now: environment.now())
      guard isAllowed else { return false }
    }
    let deletions = selection.rows.map {
      RetentionDeletion(segment: RetentionSegment($0), rule: .byHand, why: "a person deleted this span")
    }
    // The pictures first: they are what must not be seen any more.
    try await executor.delete(selection.events)
    try await executor.delete(
      selection.sheets, of: camera, rule: RetentionRule.byHand.rawValue,
      why: "a person deleted a span of this hour")
    try await executor.carryOut(
      deletions, Dictionary(selection.rows.map { ($0.id, $0.file) }) { first, _ in first })
    return true
  }
}
