import Domain
import Logging
@_spi(Deletion) import Vault
import WorkerProtocol

/// Deletes what is kept for a fixed time, whatever the policy: quarantine, and the day's suppressed changes.
struct ExpiredFiles: Sendable {
  let environment: ServerEnvironment
  let registry: CameraRegistry
  let vault: Vault
  let quarantine: Quarantine

  func run() async throws {
    while true {
      do { try await quarantine.trim() } catch let problem as Problem {
        environment.log.error("what is held apart can't be trimmed", metadata: ["what": "\(problem)"])
      }
      do { try await trimSuppressed() } catch let problem as Problem {
        environment.log.error("what was not reported can't be trimmed", metadata: ["what": "\(problem)"])
      }
      try await environment.sleep(.seconds(600))
    }
  }

  private func trimSuppressed() async throws {
    let oldest = (environment.now() - SuppressedLine.kept).day
    for camera in await registry.all {
      try vault.deleteDayFiles(of: camera.id, ending: SuppressedLine.ending, before: oldest)
    }
  }
}
