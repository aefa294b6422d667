import Catalog
import Domain
import Files
import HomeAPI
import Household
import Logging
import Retention
import Settings
import Vault

// MARK: - Opening the catalog

extension HomeCore {
  /// How many catalogs that could not be used are kept: for those who want to look, not as a store.
  private static let keptAside = 2

  /// - Returns: the catalog, and why it is a new one although there are cameras.
  static func openCatalog(
    _ path: String, in data: DataDirectory, _ surroundings: Surroundings
  ) throws -> (Catalog, lost: String?) {
    var lost: String?
    if !data.folder.contains("catalog.sqlite"), !(try CameraFolders(data: data).ids().isEmpty) {
      lost = "it was missing"
    }
    do {
      return (try Catalog(path: path, installation: data.installation), lost)
    } catch let unusable as CatalogUnusable {
      surroundings.log.error(
        "the catalog is unusable and is made again from the folders", metadata: ["cause": "\(unusable.problem.what)"])
      try moveCatalogAside(in: data, as: "unusable", surroundings.now())
      return (try Catalog(path: path, installation: data.installation), unusable.problem.what)
    }
  }

  /// Renames the catalog's files; the log goes with its database, since it may hold the newest rows.
  static func moveCatalogAside(in data: DataDirectory, as kind: String, _ now: WallTime) throws {
    var stamp = now.milliseconds
    // A clock that was set back, or two within a millisecond.
    while Catalog.companions.contains(where: { data.folder.contains("catalog.sqlite.\(kind)-\(stamp)\($0)") }) {
      stamp += 1
    }
    for end in Catalog.companions where data.folder.contains("catalog.sqlite\(end)") {
      try data.folder.renameNew("catalog.sqlite\(end)", to: "catalog.sqlite.\(kind)-\(stamp)\(end)")
    }
    // By their stamp, newest first. They hold nothing that the folders don't.
    func stampOf(_ name: String) -> Int64? {
      for begin in ["catalog.sqlite.unusable-", "catalog.sqlite.replaced-"] where name.hasPrefix(begin) {
        return name.dropFirst(begin.count).split(separator: "-").first.flatMap { Int64($0) }
      }
      return nil
    }
    let aside = try data.folder.names().compactMap { name in stampOf(name).map { (name: name, stamp: $0) } }
    let kept = Set(Set(aside.map(\.stamp)).sorted().suffix(keptAside))
    for old in aside where !kept.contains(old.stamp) { try data.folder.delete(old.name) }
  }
}

// MARK: - Making the catalog again

extension HomeCore {
  /// Fills a catalog that was made anew when it was opened.
  public func fillCatalog() async {
    guard let lost = catalogWasLost, await rebuild.begin(lost, now: surroundings.now()) else { return }
    await carryOutRebuild(emptying: false)
  }

  /// Looks one camera's folders through, and keeps in mind that it was.
  ///
  /// - Returns: whether there is nothing left to be tried again: a disk may give later what it does not give now.
  @discardableResult
  func lookThrough(_ camera: CameraID) async -> Bool {
    do {
      let look = try await indexer.lookThrough(camera)
      if look.isWhole { await rebuild.saw(camera) }
      if look.missing > 0 { try await tellOfMissing() }
      return look.unreadable == 0
    } catch is CancellationError {
      return true
    } catch {
      surroundings.log.error(
        "a camera's folders were not looked through", metadata: ["camera": "\(camera)", "error": "\(error)"])
      return false
    }
  }

  /// Looks one camera's folders through after a while, again and again until it was done, ever more seldom.
  @discardableResult
  func catchUp(_ camera: CameraID, after wait: Duration = .zero) -> Task<Void, any Error> {
    Task(executorPreference: PatientThreads.shared) {
      try await surroundings.sleep(wait)
      var pause = Duration.seconds(5)
      while !(await lookThrough(camera)) {
        try await surroundings.sleep(pause)
        pause = min(pause * 2, .seconds(600))
      }
    }
  }

  /// Keeps the catalog whole while the server runs: fills a new one, and makes a damaged one again.
  func keepCatalog() async throws {
    await rebuild.serve()
    if let lost = catalogWasLost {
      await raise(
        Alarm(
          at: surroundings.now(), camera: nil, what: "the list of footage is made again from the folders: \(lost)",
          file: "catalog.sqlite"))
      await fillCatalog()
    }
    // What it finds comes by way of the faults.
    let look = Task { [catalog] in try? await catalog.lookForDamage() }
    defer { look.cancel() }
    for await fault in catalog.faults {
      surroundings.log.error("the catalog is damaged", metadata: ["cause": "\(fault.problem.what)"])
      guard await rebuild.begin(fault.problem.what, now: surroundings.now()) else { continue }
      await raise(
        Alarm(
          at: surroundings.now(), camera: nil,
          what: "the list of footage was damaged and is made again from the folders; no footage is lost",
          file: "catalog.sqlite"))
      var isDone = await carryOutRebuild(emptying: true)
      repeat {
        // A disk that damages whatever is written is no reason to write for ever.
        try await surroundings.sleep(.seconds(10))
        // The old catalog may be closed and no new one open: until there is one nothing can be listed.
        if !isDone, await rebuild.begin(fault.problem.what, now: surroundings.now()) {
          isDone = await carryOutRebuild(emptying: true)
        }
      } while !isDone
    }
  }

  /// - Parameter emptying: whether the catalog in use is moved aside and a new one begun.
  /// - Returns: whether it was made.
  @discardableResult
  private func carryOutRebuild(emptying: Bool) async -> Bool {
    let log = surroundings.log
    do {
      if emptying {
        let (data, now) = (data, surroundings.now())
        try await catalog.renew { try Self.moveCatalogAside(in: data, as: "replaced", now) }
        await rebuild.emptied()
      }
      let ids = try folders.ids()
      var segments = 0
      for camera in ids {
        for day in try vault.mediaDays(of: camera) { segments += try vault.segmentFiles(of: camera, on: day).count }
      }
      await rebuild.found(cameras: ids.count, segments: segments)
      for camera in ids {
        let look = try await indexer.lookThrough(camera) { [rebuild] in await rebuild.saw(segments: $0) }
        await rebuild.finished(camera, look)
        if look.unreadable > 0 { catchUp(camera, after: .seconds(5)) }
      }
      try await resumeDeletions()
      await rebuild.end(nil, now: surroundings.now())
      let report = await rebuild.report
      log.notice(
        "the catalog was made again",
        metadata: ["segments": "\(report.segmentsDone)", "events": "\(report.events)", "seconds": "\(report.seconds)"])
      return true
    } catch {
      await rebuild.end("\(error)", now: surroundings.now())
      log.error("the catalog could not be made again", metadata: ["error": "\(error)"])
      return false
    }
  }

  /// Goes on with a deletion that was under way when the server stopped, or the catalog was lost: the last step of the
  /// deletion log, as far as its files are still there. Older entries whose files are there were put back by somebody,
  /// and stay.
  func resumeDeletions() async throws {
    for deletion in try await household.lastDeletions(within: .seconds(60), limit: 50) {
      guard let row = try await catalog.segment(of: deletion.camera, file: deletion.file), row.state == .present else {
        continue
      }
      do {
        let protected = try marks(of: deletion.camera).map(\.span)
        guard !protected.contains(where: { $0.overlaps(row.span) }) else { continue }
      } catch let problem as Problem {
        surroundings.log.error("a deletion is not gone on with", metadata: ["why": "\(problem)"])
        continue
      }
      try await catalog.mark([row.id], as: .deleting)
    }
    try await finishDeletions()
  }
}

// MARK: - Holding deletions

extension HomeCore {
  /// Why nothing may be deleted at the moment.
  func retentionHold() async throws -> RetentionHold {
    let (all, missing) = try await catalog.countSegments()
    var unseen: [String] = []
    for camera in try folders.list().cameras where !(await rebuild.isSeen(camera.id)) {
      // While its volume is away, only its own footage waits.
      if vault.away(camera.id) == nil { unseen.append(camera.name) }
    }
    return RetentionHold(
      segments: all, missing: missing, unseen: unseen, isRebuilding: await rebuild.report.state == .running)
  }

  /// Without a server nobody looks the folders through before somebody asks what is to be deleted.
  func lookThroughUnlessServed() async throws {
    guard !(await rebuild.isServed) else { return }
    for camera in try folders.list().cameras where !(await rebuild.isSeen(camera.id)) { await lookThrough(camera.id) }
  }

  private func tellOfMissing() async throws {
    let (all, missing) = try await catalog.countSegments()
    let hold = RetentionHold(segments: all, missing: missing)
    guard await rebuild.tellsOfMissing(hold.isMuchMissing), let reason = hold.reasons.first else { return }
    await raise(Alarm(at: surroundings.now(), camera: nil, what: reason, file: ""))
  }
}

// MARK: - Requests

extension HomeCore {
  func showRebuild(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(await rebuild.current(now: surroundings.now()))
  }

  /// Begins a rebuild, or joins the one that runs; the answer comes at once.
  func startRebuild(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    if let away = try folders.ids().lazy.compactMap({ vault.away($0) }).first {
      throw APIFailure(
        409, "\(away): what lies on it would no longer be listed",
        "mount it first; if it is gone for good, say so: hearth house set --forget-media FOLDER")
    }
    if await rebuild.begin("an owner asked for it", now: surroundings.now()) {
      Task(executorPreference: patience) { await carryOutRebuild(emptying: true) }
    }
    return try .json(await rebuild.current(now: surroundings.now()), status: 202)
  }
}
