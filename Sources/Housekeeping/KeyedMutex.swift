package import Domain

/// Serialises work per camera, so that two scans never run at once and nothing becomes protected in the middle of a
/// deletion.
package actor KeyedMutex {
  private var taken: Set<CameraID> = []
  private var waiting: [CameraID: [CheckedContinuation<Void, Never>]] = [:]

  package init() {}

  package nonisolated func withLock<Value: Sendable>(
    _ camera: CameraID, _ work: () async throws -> Value
  ) async throws -> Value {
    await lock(camera)
    do {
      let value = try await work()
      await unlock(camera)
      return value
    } catch {
      await unlock(camera)
      throw error
    }
  }

  private func lock(_ camera: CameraID) async {
    guard !taken.insert(camera).inserted else { return }
    await withCheckedContinuation { waiting[camera, default: []].append($0) }
  }

  private func unlock(_ camera: CameraID) {
    // The lock goes straight to the next in line: no one else can take it in between.
    guard var line = waiting[camera], !line.isEmpty else {
      waiting[camera] = nil
      taken.remove(camera)
      return
    }
    let next = line.removeFirst()
    waiting[camera] = line
    next.resume()
  }
}
