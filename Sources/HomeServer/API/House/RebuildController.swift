import Domain
import HomeAPI
import Housekeeping

/// The rebuild of the catalog from the folders.
struct RebuildController: Sendable {
  let access: AccessControl
  let rebuild: CatalogRebuild

  func show(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    return try .json(API.Rebuild(await rebuild.progress()))
  }

  /// Begins a rebuild, or joins the one that runs; the answer comes at once.
  func start(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    try await rebuild.start()
    return try .json(API.Rebuild(await rebuild.progress()), status: 202)
  }
}

extension API.Rebuild {
  init(_ progress: RebuildProgress) {
    let state: State =
      switch progress.state {
      case .idle: .idle
      case .running: .running
      case .done: .done
      case .failed: .failed
      }
    self.init(
      state: state, why: progress.why, began: progress.began?.rfc3339, seconds: progress.seconds,
      cameras: progress.cameras, camerasDone: progress.camerasDone, segments: progress.segments,
      segmentsDone: progress.segmentsDone, listed: progress.listed, events: progress.events,
      setAside: progress.setAside, unreadable: progress.unreadable, problem: progress.problem)
  }
}
