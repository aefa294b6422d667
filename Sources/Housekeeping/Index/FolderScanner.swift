import Catalog
import Domain
import Logging
import Retention
import Settings

/// Scans cameras' folders, and keeps track of which were.
struct FolderScanner: Sendable {
  let environment: ServerEnvironment
  let catalog: Catalog
  let folders: CameraFolders
  let indexer: Indexer
  let state: RebuildState
  let alarms: Alarms

  /// Scans one camera's folders.
  ///
  /// - Returns: whether all of it could be read: what a disk doesn't give now it may give later.
  @discardableResult
  func scan(_ camera: CameraID) async -> Bool {
    do {
      let scan = try await indexer.scan(camera)
      if scan.isWhole { await state.didScan(camera) }
      if scan.missing > 0 { try await reportMissing() }
      return scan.unreadable == 0
    } catch is CancellationError {
      return true
    } catch {
      environment.log.error(
        "a camera's folders were not looked through", metadata: ["camera": "\(camera)", "error": "\(error)"])
      return false
    }
  }

  /// Scans one camera's folders after a while, and again with growing pauses until all of it could be read.
  @discardableResult
  func catchUp(_ camera: CameraID, after wait: Duration = .zero) -> Task<Void, any Error> {
    Task(executorPreference: BlockingIOExecutor.shared) {
      try await environment.sleep(wait)
      var pause = Duration.seconds(5)
      while !(await scan(camera)) {
        try await environment.sleep(pause)
        pause = min(pause * 2, .seconds(600))
      }
    }
  }

  /// Scans what was not scanned yet, where no server does: a command works on the data directory by itself.
  func scanUnlessServed() async throws {
    guard !(await state.isServed) else { return }
    for camera in try folders.list().cameras where !(await state.isScanned(camera.id)) { await scan(camera.id) }
  }

  private func reportMissing() async throws {
    let (all, missing) = try await catalog.countSegments()
    let hold = RetentionHold(segments: all, missing: missing)
    guard await state.tellsOfMissing(hold.isMuchMissing), let reason = hold.reasons.first else { return }
    await alarms.raise(Alarm(at: environment.now(), camera: nil, what: reason, file: ""))
  }
}
