package import Catalog
import Domain
import FoundationEssentials
import Logging
import Seal
import Vault

/// Brings the catalog up to what the camera folders hold: on a worker's hint, and by looking through the folders when
/// nobody hinted (the server was away, the catalog is new).
struct Indexer: Sendable {
  let catalog: Catalog
  let vault: Vault
  let log: Logger
  let turns = Turns()
  /// Tells the owner of a file that is not its camera's.
  let alarm: @Sendable (CameraID, _ file: String, _ fault: String) async -> Void

  /// Takes one finished segment in. A file that is not this camera's is set aside and reported, never listed.
  func adopt(segment file: String, of camera: CameraID) async throws {
    do {
      let (segment, bytes) = try vault.inspect(file, of: camera)
      guard let row = CatalogSegment(segment, bytes: bytes, file: file) else { return }
      try await catalog.record([row])
    } catch let fault as SegmentFault {
      log.error(
        "set aside: not this camera's footage",
        metadata: ["camera": "\(camera)", "file": "\(file)", "fault": "\(fault)"])
      try vault.setAside("media/\(file)", of: camera)
      await alarm(camera, "media/\(file)", "\(fault)")
    } catch let problem as Problem where problem.code == 2 {
      // Deleted between the hint and now.
    }
  }

  /// Takes one event's record in.
  ///
  /// - Returns: the event, or `nil` when its seal does not hold.
  @discardableResult
  func adopt(event file: String, of camera: CameraID) async throws -> Event? {
    guard let event = try vault.event(file, of: camera) else {
      log.error("an event's record was refused", metadata: ["camera": "\(camera)", "file": "\(file)"])
      return nil
    }
    try await catalog.record([event])
    return event
  }

  /// Reads on in the journal files of this name, which a worker knows without their place.
  func readJournals(named name: String, of camera: CameraID) async throws {
    for file in try vault.journalFiles(of: camera, named: name) { try await readJournal(file, of: camera) }
  }

  /// Reads on in a journal file from where the catalog stopped.
  func readJournal(_ file: String, of camera: CameraID) async throws {
    let position = try await catalog.journalPosition(of: camera, file: file)
    let (lines, next) = try vault.journal(file, of: camera, from: UInt64(max(0, position)))
    guard next != UInt64(max(0, position)) else { return }
    let notes = lines.compactMap { StateNote(journalLine: $0) }
    try await catalog.take(notes, of: camera, file: file, readTo: Int64(next))
  }
}

extension CatalogSegment {
  /// `nil` for a segment without footage.
  init?(_ segment: ReadSegment, bytes: UInt64, file: String) {
    let identity = segment.identity
    guard let last = segment.fragments.last,
      let span = TimeSpan(
        from: identity.start + .nanoseconds(segment.fragments.first?.from ?? 0),
        to: identity.start + .nanoseconds(last.to))
    else { return nil }
    self.init(
      id: identity.segment, stream: identity.stream, file: file, span: span, bytes: Int64(clamping: bytes),
      sequence: Int64(clamping: identity.sequence), boot: identity.boot, codec: identity.codec,
      hasAudio: identity.hasAudio, state: .present)
  }
}

extension StateNote {
  private struct Line: Decodable {
    var t: Int64
    var kind: String
    var state: String?
    var stream: String?
    var cause: String?
    var from: Int64?
    var to: Int64?
    var milliseconds: Int64?
  }

  /// A journal's line that explains missing footage of the main stream; `nil` for all others.
  package init?(journalLine: String) {
    guard let line = try? JSONDecoder().decode(Line.self, from: Data(journalLine.utf8)),
      line.stream ?? StreamRole.main.rawValue == StreamRole.main.rawValue
    else { return nil }
    let time = WallTime(milliseconds: line.t)
    switch line.kind {
    case "state":
      guard let state = line.state.flatMap(CameraState.init) else { return nil }
      self.init(
        from: time, class: CoverageClass(of: state), cause: line.cause ?? (state == .connecting ? "connecting" : nil))
    case "stopped":
      self.init(from: time, class: .off, cause: "Hearth was stopped, or the camera got new settings")
    case "dropped":
      guard let from = line.from, let to = line.to, from < to else { return nil }
      self.init(
        from: WallTime(milliseconds: from), until: WallTime(milliseconds: to), class: .dropped, cause: line.cause)
    case "away":
      guard let from = line.from, let to = line.to, from < to else { return nil }
      self.init(
        from: WallTime(milliseconds: from), until: WallTime(milliseconds: to),
        class: line.state == "machine" ? .off : .dropped, cause: line.cause)
    case "disk":
      self.init(from: time, class: .disk, cause: line.cause)
    case "clock":
      // A clock set forward leaves a stretch that never was; one set back leaves none.
      guard let step = line.milliseconds, step > 0 else { return nil }
      self.init(from: time - .milliseconds(step), until: time, class: .clock, cause: "the clock was set forward")
    default: return nil
    }
  }
}
