import Domain
import Files
import Housekeeping
import Settings
import Vault
import WorkerProtocol

/// Detects motion in footage once more: writes what may be seen into a private file, which a process of its own decodes.
/// Nothing of it stays.
struct Replayer: Sendable {
  private let data: DataDirectory
  private let replay: ServerEnvironment.Replay?
  private let limiter = ReplayLimiter()

  init(data: DataDirectory, replay: ServerEnvironment.Replay?) {
    self.data = data
    self.replay = replay
  }

  /// - Throws: `APIFailure` 503 when this server can't, or too many wait.
  func run(_ footage: MediaStream, _ motion: DetectionSettings) async throws -> ReplayReport {
    guard let replay else {
      throw APIFailure(503, "no replay", "this server can't look at footage again")
    }
    return try await limiter.withPermit {
      var generator = SystemRandomNumberGenerator()
      let folder = try Descriptor.folder("replay", in: data.folder)
      // What an earlier process left when it was killed: no other replay runs now.
      for name in try folder.names() { try folder.delete(name) }
      let name = "\(String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 36)).mp4"
      let copy = try Descriptor.open(name, in: folder, .append)
      do {
        try await footage.send { try copy.append($0) }
        let report = try await replay("\(data.layout.path)/replay/\(name)", motion)
        try folder.delete(name)
        return report
      } catch {
        try folder.delete(name)
        throw error
      }
    }
  }
}

/// Lets one replay run at a time: each takes a core for some seconds, and the cameras need theirs.
private actor ReplayLimiter {
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// More than these are refused.
  private static let most = 8

  func withPermit<Answer: Sendable>(_ work: @Sendable () async throws -> Answer) async throws -> Answer {
    if isBusy {
      guard waiting.count < Self.most else {
        throw APIFailure(503, "too many replays", "wait until the ones before are done")
      }
      await withCheckedContinuation { waiting.append($0) }
    }
    isBusy = true
    defer {
      if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
    return try await work()
  }
}
