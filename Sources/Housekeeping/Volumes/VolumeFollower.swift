import Domain
import Logging

/// Scans a camera's folders when its volume is back, and finishes what waited for it.
struct VolumeFollower: Sendable {
  let environment: ServerEnvironment
  let volumes: MediaVolumes
  let scanner: FolderScanner
  let executor: DeletionExecutor

  func run() async throws {
    while true {
      for camera in volumes.returned() {
        environment.log.notice("a volume is back", metadata: ["camera": "\(camera)"])
        await scanner.scan(camera)
        do { try await executor.finish() } catch {
          environment.log.error("deletions could not be finished", metadata: ["error": "\(error)"])
        }
      }
      try await environment.sleep(.seconds(1))
    }
  }
}
