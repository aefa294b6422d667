import Catalog
import Crypto
import Domain
import HomeAPI
import Household
import Retention
import Seal
import Settings
import Vault

/// Footage that a person wants gone: media, thumbnails, events and the filmstrip of a span. What is sealed is not cut, so
/// segments, and hours of the filmstrip, that the span touches go whole; what goes is said before.
extension HomeCore {
  /// What goes for a span.
  struct Removal {
    let camera: CameraSettings
    let rows: [CatalogSegment]
    let events: [EventSpan]
    /// Hours of the filmstrip.
    let sheets: [FilmstripSheet]
    /// From the first to the last moment of what goes.
    let span: TimeSpan?
    /// Where footage of the span begins that is still being written.
    let openFrom: WallTime?

    var bytes: Int64 { rows.reduce(0) { $0 + $1.bytes } }

    /// Names exactly this, so that nothing else goes than what was looked at.
    var name: String {
      var hash = SHA256()
      for row in rows { hash.update(data: Array("\(row.id)\n".utf8)) }
      for event in events { hash.update(data: Array("\(event.id)\n".utf8)) }
      for sheet in sheets { hash.update(data: Array("\(sheet.file)\n".utf8)) }
      return Hex.encode(Array(hash.finalize().prefix(16)))
    }
  }

  /// What a deletion of the span would take.
  func showRemoval(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    try .json(API.Removal(try await removal(request, text)))
  }

  /// Deletes what `plan` names.
  func deleteFootage(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let removal = try await removal(request, text)
    guard request.query["plan"] == removal.name else {
      throw APIFailure(409, "that is not what would go now", "look again at what a deletion takes, and name its plan")
    }
    if let span = removal.span {
      let allowed = try await household.deleting(
        try credential(request), spans: [removal.camera.id: span], from: request.peer, now: surroundings.now())
      guard allowed else { throw APIFailure.notFound }
    }
    let deletions = removal.rows.map { row in
      RetentionDeletion(
        segment: RetentionSegment(
          id: row.id, stream: row.stream, sequence: UInt64(max(0, row.sequence)), span: row.span,
          bytes: UInt64(max(0, row.bytes)), isOpen: false), rule: .byHand, why: "a person deleted this span")
    }
    let files = Dictionary(removal.rows.map { ($0.id, $0.file) }) { first, _ in first }
    // The pictures first: they are what somebody may not want to be seen.
    try await delete(removal.events)
    for sheet in removal.sheets {
      guard let hour = TimeSpan(from: sheet.start, to: sheet.end), let bytes = try vault.bytes(of: sheet) else {
        continue
      }
      try await household.record([
        Deletion(
          camera: removal.camera.id, file: "filmstrip/\(sheet.file)", span: hour, bytes: Int64(clamping: bytes),
          rule: RetentionRule.byHand.rawValue, why: "a person deleted a span of this hour", at: surroundings.now())
      ])
      try vault.delete(sheet)
    }
    try await carryOut(deletions, files)
    return try .json(API.Removal(removal))
  }

  /// Deletes events: thumbnail, record, row. In this order a cut leaves a row, which the next deletion finds.
  func delete(_ events: [EventSpan]) async throws {
    for event in events {
      try vault.delete(event.id, day: event.start.day)
      try surroundings.reached("event deleted")
    }
    try await catalog.remove(events: events.map(\.id))
  }

  private func removal(_ request: APIRequest, _ text: String) async throws -> Removal {
    let camera = try await camera(text, try await principal(request), .manage)
    guard let from = try request.time("from"), let to = try request.time("to"), let span = TimeSpan(from: from, to: to)
    else { throw APIFailure(400, "no span", "give from and to, from before to") }
    if let away = vault.away(camera.id) {
      throw APIFailure(409, "\(away): nothing on it can be deleted", "try again when it is back")
    }
    var rows: [CatalogSegment] = []
    for stream in [StreamRole.main, .detect] {
      rows += try await catalog.segments(of: camera.id, stream: stream, overlapping: span)
    }
    let events = try await catalog.eventSpans(of: camera.id, overlapping: span)
    guard !events.contains(where: { $0.end == nil }) else {
      throw APIFailure(409, "an event of this span still runs", "try again when it has ended, or give an earlier end")
    }
    let protected = SpanSet(try marks(of: camera.id).map(\.span))
    guard !rows.contains(where: { protected.overlaps($0.span) }) else {
      throw APIFailure(
        409, "protected footage lies in this span", "take the protection back first: hearth unprotect")
    }
    let sheets = try vault.sheets(of: camera.id, touching: span)
    let hours = sheets.compactMap { TimeSpan(from: $0.start, to: $0.end)?.intersection(span) }
    let ends = rows.map(\.span) + events.compactMap { TimeSpan(from: $0.start, to: $0.end ?? $0.start) } + hours
    var whole: TimeSpan?
    if let first = ends.map(\.from).min(), let last = ends.map(\.to).max() { whole = TimeSpan(from: first, to: last) }
    let open = try vault.openFootage(of: camera.id, overlapping: span, now: surroundings.now())
    let openFrom = open.map(\.span.from).filter { from in !rows.contains { $0.span.contains(from) } }.min()
    return Removal(
      camera: camera, rows: rows, events: events, sheets: sheets, span: whole, openFrom: openFrom)
  }

  /// Deletes the events that are older than their camera's maximum age, so that no picture of that time is left.
  func expireEvents(_ planned: Planned) async throws {
    // As for footage: not while the clock or the catalog is in doubt.
    guard planned.inventory.clockDoubt == nil, try await retentionHold().reasons.isEmpty else { return }
    for camera in planned.inventory.cameras where planned.inventory.away[camera.id] == nil {
      guard let maximum = camera.policy.ages(within: planned.inventory.household).maximum,
        let span = TimeSpan(from: WallTime(nanoseconds: 0), to: planned.now - maximum.duration)
      else { continue }
      let protected = SpanSet(camera.protected)
      let old = try await catalog.eventSpans(of: camera.id, overlapping: span).filter { event in
        guard let end = event.end, end < span.to else { return false }
        return TimeSpan(from: event.start, to: max(end, event.start + .milliseconds(1))).map { !protected.overlaps($0) }
          ?? false
      }
      guard planned.leaves == nil, !old.isEmpty else { continue }
      try await delete(old)
    }
  }
}

extension API.Removal {
  init(_ removal: HomeCore.Removal) {
    self.init(
      camera: removal.camera.id.text, from: removal.span?.from.rfc3339, to: removal.span?.to.rfc3339,
      segments: removal.rows.count, events: removal.events.count, filmstripHours: removal.sheets.count,
      bytes: UInt64(clamping: removal.bytes), openFrom: removal.openFrom?.rfc3339,
      notReached: [
        "files that somebody exported or downloaded", "backups and copies of the data directory",
        "what was set aside because its seal did not hold",
      ], plan: removal.name)
  }
}
