import Dispatch
import Files
import Synchronization

/// Threads for work that may block on a disk or a network which doesn't answer. Swift's own pool has one thread for each
/// processor: two such waits would stop the whole server, live view included. Here each wait costs a thread of its own,
/// and threads without work end.
package final class BlockingIOExecutor: TaskExecutor {
  package static let shared = BlockingIOExecutor()

  private struct State {
    var jobs: [UnownedJob] = []
    var threads = 0
    /// Of those, how many wait for a job.
    var idle = 0
  }
  private static let most = 64
  private static let rest = DispatchTimeInterval.seconds(10)
  private let state = Mutex(State())
  private let work = DispatchSemaphore(value: 0)

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let needsThread = state.withLock { state in
      state.jobs.append(job)
      guard state.jobs.count > state.idle, state.threads < Self.most else { return false }
      state.threads += 1
      return true
    }
    work.signal()
    guard needsThread else { return }
    do { try OwnThread.start("blocking-io") { self.run() } } catch {
      // The others take the job when they come to it.
      state.withLock { $0.threads -= 1 }
    }
  }

  private func run() {
    while true {
      state.withLock { $0.idle += 1 }
      let isRested = work.wait(timeout: .now() + Self.rest) == .timedOut
      let job: UnownedJob? = state.withLock { state in
        state.idle -= 1
        if !state.jobs.isEmpty { return state.jobs.removeFirst() }
        if isRested { state.threads -= 1 }
        return nil
      }
      if let job {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else if isRested {
        return
      }
    }
  }
}
