import Catalog
import Domain
import Logging
import Settings
import Vault

/// Rebuilds the catalog from the camera folders: a new one when it was lost, a damaged one while the server runs, any when
/// an owner asks.
package struct CatalogRebuild: Sendable {
  let environment: ServerEnvironment
  let data: DataDirectory
  let catalog: Catalog
  let vault: Vault
  let folders: CameraFolders
  let indexer: Indexer
  let scanner: FolderScanner
  let state: RebuildState
  let executor: DeletionExecutor
  let alarms: Alarms
  let volumes: MediaVolumes
  /// Why the catalog is a new one since it was opened; `nil` when the old one could be used.
  package let lost: String?

  /// How far it is.
  package func progress() async -> RebuildProgress { await state.current(now: environment.now()) }

  /// Fills a catalog that was begun anew when it was opened.
  package func fillIfLost() async {
    guard let lost, await state.begin(lost, now: environment.now()) else { return }
    await rebuild(emptying: false)
  }

  /// Begins a rebuild, or joins the one that runs; returns at once.
  ///
  /// - Throws: `Problem` (exit 73) while footage is offline, which would no longer be listed.
  package func start() async throws {
    if let offline = try folders.ids().lazy.compactMap({ vault.away($0) }).first {
      throw Problem(
        .cannotCreate, "\(offline): what lies on it would no longer be listed",
        next: "mount it first; if it is gone for good, say so: hearth house set --forget-media FOLDER")
    }
    if await state.begin("an owner asked for it", now: environment.now()) {
      Task(executorPreference: volumes.executor) { await rebuild(emptying: true) }
    }
  }

  /// Keeps the catalog whole while the server runs: fills a new one, and rebuilds a damaged one.
  func run() async throws {
    await state.serve()
    if let lost {
      await alarms.raise(
        Alarm(
          at: environment.now(), camera: nil, what: "the list of footage is made again from the folders: \(lost)",
          file: "catalog.sqlite"))
      await fillIfLost()
    }
    // What it finds arrives among the faults.
    let search = Task { [catalog] in try? await catalog.lookForDamage() }
    defer { search.cancel() }
    for await fault in catalog.faults { try await recover(from: fault.problem.what) }
  }

  private func recover(from fault: String) async throws {
    environment.log.error("the catalog is damaged", metadata: ["cause": "\(fault)"])
    guard await state.begin(fault, now: environment.now()) else { return }
    await alarms.raise(
      Alarm(
        at: environment.now(), camera: nil,
        what: "the list of footage was damaged and is made again from the folders; no footage is lost",
        file: "catalog.sqlite"))
    var isDone = await rebuild(emptying: true)
    repeat {
      // A disk that damages whatever is written is no reason to write without end.
      try await environment.sleep(.seconds(10))
      // The old catalog may be closed and no new one open: until there is one nothing can be listed.
      if !isDone, await state.begin(fault, now: environment.now()) { isDone = await rebuild(emptying: true) }
    } while !isDone
  }

  /// - Parameter emptying: whether the catalog in use is moved aside and a new one begun.
  /// - Returns: whether it succeeded.
  @discardableResult
  private func rebuild(emptying: Bool) async -> Bool {
    let log = environment.log
    do {
      if emptying {
        let (data, now) = (data, environment.now())
        try await catalog.renew { try CatalogFile.moveAside(in: data, as: "replaced", now) }
        await state.emptied()
      }
      try await scanAll()
      try await executor.resume()
      await state.end(nil, now: environment.now())
      let progress = await state.progress
      log.notice(
        "the catalog was made again",
        metadata: [
          "segments": "\(progress.segmentsDone)", "events": "\(progress.events)", "seconds": "\(progress.seconds)",
        ])
      return true
    } catch {
      await state.end("\(error)", now: environment.now())
      log.error("the catalog could not be made again", metadata: ["error": "\(error)"])
      return false
    }
  }

  private func scanAll() async throws {
    let ids = try folders.ids()
    var segments = 0
    for camera in ids {
      for day in try vault.mediaDays(of: camera) { segments += try vault.segmentFiles(of: camera, on: day).count }
    }
    await state.found(cameras: ids.count, segments: segments)
    for camera in ids {
      let scan = try await indexer.scan(camera) { [state] in await state.read(segments: $0) }
      await state.finished(camera, scan)
      if scan.unreadable > 0 { scanner.catchUp(camera, after: .seconds(5)) }
    }
  }
}
