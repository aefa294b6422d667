import Synchronization

/// Lets accesses through side by side, and one that replaces what they go to alone.
final class Turnstile: Sendable {
  private struct State {
    var inside = 0
    var isClosed = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    var whenEmpty: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Runs `access` beside others, after a replacement that is under way.
  func pass<Value: Sendable>(_ access: () async throws -> Value) async throws -> Value {
    await enter()
    defer { leave() }
    return try await access()
  }

  /// Runs `replacement` when nobody is inside; who comes meanwhile waits. One at a time: of two the second waits too.
  func alone<Value: Sendable>(_ replacement: () async throws -> Value) async throws -> Value {
    await close()
    defer { open() }
    return try await replacement()
  }

  private func enter() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let enters = state.withLock { state in
        if state.isClosed {
          state.waiting.append(continuation)
        } else {
          state.inside += 1
        }
        return !state.isClosed
      }
      if enters { continuation.resume() }
    }
  }

  private func leave() {
    let last = state.withLock { state in
      state.inside -= 1
      guard state.inside == 0, let last = state.whenEmpty else { return nil as CheckedContinuation<Void, Never>? }
      state.whenEmpty = nil
      return last
    }
    last?.resume()
  }

  private func close() async {
    while !state.withLock({ state in
      defer { state.isClosed = true }
      return !state.isClosed
    }) {
      // Somebody else replaces: come in behind, then try again.
      await enter()
      leave()
    }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isEmpty = state.withLock { state in
        if state.inside > 0 { state.whenEmpty = continuation }
        return state.inside == 0
      }
      if isEmpty { continuation.resume() }
    }
  }

  private func open() {
    let waiting = state.withLock { state in
      let waiting = state.waiting
      state.waiting = []
      state.isClosed = false
      state.inside += waiting.count
      return waiting
    }
    waiting.forEach { $0.resume() }
  }
}
