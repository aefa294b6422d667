import Files
import Domain
import Glibc
import WorkerProtocol

/// The worker's side of the pipes to its supervisor: lines out on standard output, lines in on standard input, and the
/// connect slot that is lent through them.
final class ControlLine: Sendable {
  private struct State {
    var grants = 0
    var isConnecting = false
    var isStopping = false
    var isHeldBack = false
  }
  private let state = Monitor(State())
  private let settings: CurrentSettings
  private let log: Log

  init(settings: CurrentSettings, log: Log) {
    self.settings = settings
    self.log = log
  }

  func send(_ line: WorkerLine) {
    guard let bytes = try? JSONLine.encode(line) else { return }
    let whole = bytes + [0x0a]
    let put = whole.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    if put < 0, errno != EPIPE { log.line("the supervisor's pipe refused a line: errno \(errno)") }
  }

  /// Takes one line of the supervisor's.
  func receive(_ line: some Sequence<UInt8>) {
    guard let read = try? JSONLine.decode(SupervisorLine.self, from: line) else {
      log.line("a line on standard input was not understood")
      return
    }
    switch read {
    case .slot: state.update { $0.grants += 1 }
    case .stop: stop()
    case .heldBack: state.update { $0.isHeldBack = true }
    case .settings(let new): change(to: new)
    }
  }

  private func change(to new: CameraSettings) {
    do {
      try settings.replace(with: new)
      log.rename(new.name)
      log.line("goes on with new settings")
    } catch {
      log.line("the settings stay as they are: \(error)")
    }
  }

  func stop() { state.update { $0.isStopping = true } }
  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Whether this process is paused now and then, since it takes too much of the processors.
  var isHeldBack: Bool { state.withLock { $0.isHeldBack } }

  /// Waits, unless the worker stops meanwhile.
  ///
  /// - Returns: `false` when it stops.
  func pause(_ time: Duration) -> Bool {
    state.wait(until: SystemClock.monotonic() + time) { $0.isStopping ? true : nil } == nil
  }

  /// Waits for this worker's turn to connect. The streams of a camera connect one after the other, so that a worker
  /// never holds more than one of the household's slots.
  ///
  /// - Returns: `false` when the worker stops.
  func takeSlot() -> Bool {
    let mine = state.wait { state -> Bool? in
      if state.isStopping { return false }
      guard !state.isConnecting else { return nil }
      state.isConnecting = true
      return true
    }
    guard mine == true else { return false }
    send(.wantSlot)
    let granted = state.wait { state -> Bool? in
      if state.isStopping { return false }
      guard state.grants > 0 else { return nil }
      state.grants -= 1
      return true
    }
    if granted != true { state.update { $0.isConnecting = false } }
    return granted == true
  }

  func releaseSlot() {
    send(.releaseSlot)
    state.update { $0.isConnecting = false }
  }
}
