package import Domain
package import Household
import Logging
import Recording
@_spi(Deletion) import Vault

/// Deletes what other devices sent while they answered for a camera.
package struct Quarantine: Sendable {
  let environment: ServerEnvironment
  let registry: CameraRegistry
  let household: Household
  let vault: Vault

  /// Deletes all of one camera's.
  ///
  /// - Parameters:
  ///   - credential: who asks; the deletion is written into the access log before it begins.
  ///   - address: the client's, for the access log.
  /// - Returns: how many files were deleted; `nil` when the credential may not.
  package func delete(
    of camera: CameraID, by credential: Credential, from address: String
  ) async throws -> Int? {
    let files = try vault.heldApartFiles(of: camera)
    let held = try vault.heldApart(of: camera).map(\.span)
    if let from = held.map(\.from).min(), let to = held.map(\.to).max(), let span = TimeSpan(from: from, to: to) {
      let isAllowed = try await household.deleting(
        credential, spans: [camera: span], from: address, now: environment.now())
      guard isAllowed else { return nil }
    }
    for file in files { try vault.deleteHeldApart(file.name, of: camera) }
    environment.log.notice(
      "deleted what was held apart", metadata: ["camera": "\(camera)", "files": "\(files.count)"])
    return files.count
  }

  /// Deletes what is older than the limit; its size is the worker's to limit.
  func trim() async throws {
    for camera in await registry.all {
      let files = try vault.heldApartFiles(of: camera.id).map {
        QuarantineLimit.File(name: $0.name, bytes: $0.bytes, written: $0.written)
      }
      for name in QuarantineLimit.standard.excess(files, now: environment.now()) {
        try vault.deleteHeldApart(name, of: camera.id)
      }
    }
  }
}
