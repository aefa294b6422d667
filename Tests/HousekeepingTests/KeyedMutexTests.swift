import Domain
import Housekeeping
import Testing

@Suite struct KeyedMutexTests {
  private actor Record {
    private(set) var inside = 0
    private(set) var most = 0

    func enter() {
      inside += 1
      most = max(most, inside)
    }

    func leave() { inside -= 1 }
  }

  private func mostAtOnce(_ cameras: [CameraID]) async throws -> Int {
    let (mutex, record) = (KeyedMutex(), Record())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for camera in cameras {
        group.addTask {
          try await mutex.withLock(camera) {
            await record.enter()
            for _ in 0..<20 { await Task.yield() }
            await record.leave()
          }
        }
      }
      try await group.waitForAll()
    }
    return await record.most
  }

  @Test func workOnOneCameraIsNeverConcurrent() async throws {
    var generator = SystemRandomNumberGenerator()
    let camera = CameraID.mint(using: &generator)
    #expect(try await mostAtOnce(Array(repeating: camera, count: 50)) == 1)
  }

  @Test func anErrorReleasesTheLock() async throws {
    struct Failed: Error {}
    var generator = SystemRandomNumberGenerator()
    let camera = CameraID.mint(using: &generator)
    let mutex = KeyedMutex()
    await #expect(throws: Failed.self) { try await mutex.withLock(camera) { throw Failed() } }
    #expect(try await mutex.withLock(camera) { 7 } == 7)
  }
}
