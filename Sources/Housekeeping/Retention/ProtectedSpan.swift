package import Domain
import Files
import FoundationEssentials
import Retention

/// Footage of a camera that a person asked to keep.
package struct ProtectedSpan: Hashable, Sendable {
  package let span: TimeSpan
  /// The event that was protected; `nil` for a span that was given as such.
  package var event: EventID?

  /// - Returns: `nil` when nothing is left between the ends.
  package init?(from: WallTime, to: WallTime, event: EventID? = nil) {
    // Kept in milliseconds: outwards, so that nothing that was asked for is left out.
    let above = to.milliseconds + (to.nanoseconds.isMultiple(of: 1_000_000) ? 0 : 1)
    guard
      let span = TimeSpan(from: WallTime(milliseconds: from.milliseconds), to: WallTime(milliseconds: above))
    else { return nil }
    self.span = span
    self.event = event
  }

  /// What is left of it without `other`.
  package func without(_ other: TimeSpan) -> [ProtectedSpan] {
    guard span.overlaps(other) else { return [self] }
    // A part of an event's footage is no longer the event's.
    return [ProtectedSpan(from: span.from, to: other.from), ProtectedSpan(from: other.to, to: span.to)].compactMap {
      $0
    }
  }
}

extension [ProtectedSpan] {
  /// Whether all of an event's span is protected.
  package func protect(_ event: Event) -> Bool {
    if contains(where: { $0.event == event.id }) { return true }
    let end = Swift.max(event.end ?? event.start, event.start + .milliseconds(1))
    guard let span = TimeSpan(from: event.start, to: end) else { return false }
    return SpanSet(map(\.span)).covers(span)
  }
}

/// A camera's protected spans on disk: `marks/protected.json`, a list of spans that no rule may delete.
struct ProtectedSpansFile: Sendable {
  private struct Entry: Codable {
    var from: String
    var to: String
    var event: String?
  }

  private static let name = "protected.json"

  let folder: String

  /// The protected spans; none when nothing was ever protected.
  ///
  /// - Throws: `Problem` when the file can't be read: retention must then wait, not delete.
  func all() throws -> [ProtectedSpan] {
    let camera = try Descriptor.open(folder, .folder)
    guard camera.contains("marks") else { return [] }
    let marks = try Descriptor.open("marks", in: camera, .folder)
    guard marks.contains(Self.name) else { return [] }
    let file = try Descriptor.open(Self.name, in: marks, .read)
    func damaged() -> Problem {
      Problem(.data, "\(file.path) can't be read", next: "mend it: nothing of this camera is deleted until then")
    }
    guard let read = try? JSONDecoder().decode([Entry].self, from: Data(try file.readAll(limit: 16 << 20))) else {
      throw damaged()
    }
    return try read.map { entry in
      let event = entry.event.flatMap { EventID(text: $0) }
      guard let from = WallTime(rfc3339: entry.from), let to = WallTime(rfc3339: entry.to),
        let mark = ProtectedSpan(from: from, to: to, event: event), entry.event == nil || event != nil
      else { throw damaged() }
      return mark
    }
  }

  /// Writes the protected spans in place of the earlier ones, durable.
  func write(_ all: [ProtectedSpan]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let entries = all.sorted { ($0.span.from, $0.span.to) < ($1.span.from, $1.span.to) }
      .map { Entry(from: $0.span.from.rfc3339, to: $0.span.to.rfc3339, event: $0.event?.text) }
    let marks = try Descriptor.folder("marks", in: Descriptor.open(folder, .folder))
    try marks.replace(Self.name, with: Array(try encoder.encode(entries)) + [0x0a])
  }
}
