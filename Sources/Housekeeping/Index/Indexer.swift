package import Catalog
import Domain
import Files
import Logging
import Seal
import Vault
import WorkerProtocol

/// Brings the catalog up to date with what the camera folders hold: on a worker's announcement, and by scanning the
/// folders when nothing was announced (the server was down, the catalog is new).
struct Indexer: Sendable {
  let catalog: Catalog
  let vault: Vault
  let log: Logger
  let scans = KeyedMutex()
  /// Called with each file that is not its camera's.
  let foreignFile: @Sendable (CameraID, _ file: String, _ fault: String) async -> Void

  /// Indexes one finished segment. A file that is not this camera's is moved to quarantine and reported, never listed.
  func index(segment file: String, of camera: CameraID) async throws {
    do {
      let (segment, bytes) = try vault.inspect(file, of: camera)
      guard let row = CatalogSegment(segment, bytes: bytes, file: file) else { return }
      try await catalog.record([row])
    } catch let fault as SegmentFault {
      log.error(
        "set aside: not this camera's footage",
        metadata: ["camera": "\(camera)", "file": "\(file)", "fault": "\(fault)"])
      try vault.setAside("media/\(file)", of: camera)
      await foreignFile(camera, "media/\(file)", "\(fault)")
    } catch let problem as Problem where problem.isNotFound {
      // Deleted between the announcement and now.
    }
  }

  /// Indexes one event's record.
  ///
  /// - Returns: the event, or `nil` when its seal does not hold.
  @discardableResult
  func index(event file: String, of camera: CameraID) async throws -> Event? {
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
        from: identity.wall(at: segment.fragments.first?.from ?? .zero),
        to: identity.wall(at: last.to))
    else { return nil }
    self.init(
      id: identity.segment, stream: identity.stream, file: file, span: span, bytes: Int64(clamping: bytes),
      sequence: Int64(clamping: identity.sequence), boot: identity.boot, codec: identity.codec,
      hasAudio: identity.hasAudio, state: .present)
  }
}

extension StateNote {
  /// A journal's line that explains missing footage of the main stream; `nil` for all others, and for what can't be read.
  package init?(journalLine: String) {
    guard let entry = try? JSONLine.decode(JournalEntry.self, from: journalLine.utf8), entry.stream ?? .main == .main
    else { return nil }
    switch entry.kind {
    case .state(let state, let cause):
      self.init(
        from: entry.time, class: CoverageClass(of: state), cause: cause ?? (state == .connecting ? "connecting" : nil))
    case .stopped:
      self.init(from: entry.time, class: .off, cause: "Hearth was stopped, or the camera got new settings")
    case .dropped(_, _, let from, let to, let cause):
      guard from < to else { return nil }
      self.init(from: from, until: to, class: .dropped, cause: cause)
    case .away(let from, let to, let isMachine, let cause):
      guard from < to else { return nil }
      self.init(from: from, until: to, class: isMachine ? .off : .dropped, cause: cause)
    case .disk(_, let cause):
      self.init(from: entry.time, class: .disk, cause: cause)
    case .clock(let step):
      // A clock set forward leaves a stretch that never was; one set back leaves none.
      guard step > .zero else { return nil }
      self.init(from: entry.time - step, until: entry.time, class: .clock, cause: "the clock was set forward")
    case .started, .recovered, .setAside, .repairs, .cut, .device: return nil
    }
  }
}
