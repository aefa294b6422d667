import Catalog
import Domain
import Retention
import Settings
import Vault

/// Reads what holds deletions back: a catalog that may be incomplete.
struct RetentionHoldReader: Sendable {
  let catalog: Catalog
  let folders: CameraFolders
  let vault: Vault
  let state: RebuildState

  func hold() async throws -> RetentionHold {
    let (all, missing) = try await catalog.countSegments()
    var unseen: [String] = []
    for camera in try folders.list().cameras where !(await state.isScanned(camera.id)) {
      // While its volume is offline, only its own footage waits.
      if vault.away(camera.id) == nil { unseen.append(camera.name) }
    }
    return RetentionHold(
      segments: all, missing: missing, unseen: unseen, isRebuilding: await state.progress.state == .running)
  }
}
