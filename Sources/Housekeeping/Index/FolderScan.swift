import Catalog
import Domain
import Logging
import Seal
import Vault

/// What one scan of a camera's folders found.
struct FolderScan: Sendable {
  /// Files of segments that were there.
  var files = 0
  /// Segments that got a row, new or again.
  var listed = 0
  /// Event records that were read.
  var events = 0
  /// Files that were not the camera's, or whose seals did not hold.
  var setAside = 0
  /// Files that could not be read.
  var unreadable = 0
  /// Rows whose file was gone and that were not marked as missing before.
  var missing = 0
  /// Whether the camera's media could be reached at all.
  var isWhole = true
}

extension Indexer {
  private static let batch = 500

  /// Scans a camera's folders, the newest days first, since those are watched most. Rows whose file is gone are marked as
  /// missing and kept; nothing is ever deleted here. A file that can't be read doesn't stop the others from being listed.
  /// While the media folder itself is offline no row changes; while one of several volumes is, what is on the others is
  /// listed, and nothing is marked as missing.
  ///
  /// - Parameter seen: called after each batch with the number of files in it.
  @discardableResult
  func scan(
    _ camera: CameraID, seen: @escaping @Sendable (Int) async -> Void = { _ in }
  ) async throws -> FolderScan {
    try await scans.withLock(camera) {
      var sum = FolderScan()
      guard try vault.hasMedia(of: camera) else {
        sum.isWhole = false
        return sum
      }
      sum.isWhole = vault.away(camera) == nil
      let present = try vault.mediaDays(of: camera)
      for day in try await catalog.days(of: camera).union(present).sorted().reversed() {
        try await scan(camera, day, &sum, seen)
      }
      for day in try vault.eventDays(of: camera).reversed() { try await readEvents(camera, day, &sum) }
      for file in try vault.journalFiles(of: camera) { try await readJournal(whole: file, of: camera) }
      return sum
    }
  }

  private func scan(
    _ camera: CameraID, _ day: CivilDate, _ sum: inout FolderScan, _ seen: @Sendable (Int) async -> Void
  ) async throws {
    let known = try await catalog.files(of: camera, day: day)
    let files = try vault.segmentFiles(of: camera, on: day)
    let inspector = try vault.inspector(of: camera)
    sum.files += files.count
    var rows: [CatalogSegment] = []
    var told = 0
    for (index, file) in files.enumerated() where known[file] == nil || known[file] == .missing {
      try Task.checkCancellation()
      // Lets other requests run in between.
      if index % 16 == 0 { await Task.yield() }
      if let row = try await row(file, of: camera, inspector, &sum) { rows.append(row) }
      guard rows.count == Self.batch else { continue }
      try await catalog.record(rows)
      sum.listed += rows.count
      rows = []
      await seen(index + 1 - told)
      told = index + 1
    }
    if !rows.isEmpty { try await catalog.record(rows) }
    sum.listed += rows.count
    await seen(files.count - told)
    let there = Set(files)
    var gone: [SegmentID] = []
    for file in known.keys.sorted() where known[file] == .present && !there.contains(file) {
      if let row = try await catalog.segment(of: camera, file: file) { gone.append(row.id) }
    }
    // Asked at the end too: the volume may have gone offline meanwhile.
    sum.isWhole = sum.isWhole && vault.away(camera) == nil
    guard !gone.isEmpty, sum.isWhole else { return }
    try await catalog.mark(gone, as: .missing)
    sum.missing += gone.count
    log.error(
      "listed footage has no file; its rows are kept",
      metadata: ["camera": "\(camera)", "day": "\(day.text)", "segments": "\(gone.count)"])
  }

  private func row(
    _ file: String, of camera: CameraID, _ inspector: SegmentInspector, _ sum: inout FolderScan
  ) async throws -> CatalogSegment? {
    do {
      let (segment, bytes) = try inspector.inspect(file)
      return CatalogSegment(segment, bytes: bytes, file: file)
    } catch is SegmentFault {
      sum.setAside += 1
      try await index(segment: file, of: camera)
    } catch let problem as Problem where !problem.isNotFound {
      sum.unreadable += 1
      log.error("a file of the camera can't be read", metadata: ["camera": "\(camera)", "what": "\(problem)"])
    } catch is Problem {
      // Deleted between the listing and now.
    }
    return nil
  }

  private func readEvents(_ camera: CameraID, _ day: CivilDate, _ sum: inout FolderScan) async throws {
    let known = try await catalog.events(of: camera, day: day)
    var events: [Event] = []
    for (index, file) in try vault.eventFiles(of: camera, on: day).enumerated() {
      try Task.checkCancellation()
      if index % 16 == 0 { await Task.yield() }
      // A record is replaced until its event ends, and never changes after that.
      if let id = RandomID(text: file.dropFirst(day.text.count + 1).dropLast(5)), known[id] == true { continue }
      do {
        guard let event = try vault.event(file, of: camera) else {
          log.error("an event's record was refused", metadata: ["camera": "\(camera)", "file": "\(file)"])
          continue
        }
        events.append(event)
      } catch let problem as Problem {
        sum.unreadable += 1
        log.error("an event's record can't be read", metadata: ["camera": "\(camera)", "what": "\(problem)"])
      }
      guard events.count == Self.batch else { continue }
      try await catalog.record(events)
      sum.events += events.count
      events = []
    }
    if !events.isEmpty { try await catalog.record(events) }
    sum.events += events.count
  }

  /// Reads a journal file up to its end; one read takes a few megabytes at most.
  private func readJournal(whole file: String, of camera: CameraID) async throws {
    var position: Int64 = -1
    while true {
      try await readJournal(file, of: camera)
      let next = try await catalog.journalPosition(of: camera, file: file)
      guard next != position else { return }
      position = next
    }
  }
}
