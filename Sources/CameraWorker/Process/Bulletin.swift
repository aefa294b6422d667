import Files
import Domain
import Synchronization
import WorkerProtocol

/// What the worker says about its camera: the state as a whole, and each fact as it happens. Keeps the state, writes its
/// changes to the journal, and tells whoever listens.
final class Bulletin: Sendable {
  private struct Held {
    var state: CameraState = .connecting
    var cause: String?
    var since: WallTime
    var disk: String?
    var streams: [StreamRole: StreamFacts] = [:]
    var notes: [String: [String]] = [:]
    var devices: [StreamRole: DeviceSighting] = [:]
    var listener: (@Sendable ([UInt8]) -> Void)?
  }
  private let held: Mutex<Held>
  private let queue: DiskQueue
  private let log: Log

  init(queue: DiskQueue, log: Log) {
    self.queue = queue
    self.log = log
    held = Mutex(Held(since: SystemClock.wall()))
  }

  /// Sends every later fact, as JSON, to `listener`. It is called with the lock held, so that facts arrive in their order:
  /// it must not call back.
  func listen(_ listener: @escaping @Sendable ([UInt8]) -> Void) { held.withLock { $0.listener = listener } }

  /// Hands the state as a fact, as JSON, to `body`, before any later fact can be announced.
  func begin(_ body: ([UInt8]) -> Void) { held.withLock { body(encode(.state(Self.state($0)))) } }

  func announce(_ fact: WorkerFact) { held.withLock { $0.listener?(encode(fact)) } }

  /// The camera is now in this state; nothing happens when it already was.
  func set(_ state: CameraState, cause: String? = nil) {
    let now = SystemClock.wall()
    change { held in
      if let disk = held.disk, state == .recording || state == .watching {
        // Whether it would record or wait for motion: it writes nothing, and the ledger goes on saying why.
        guard held.state != .recording && held.state != .watching else { return false }
        (held.state, held.cause, held.since) = (state, nil, now)
        queue.push(.journal(JournalEntry(.disk(.main, cause: disk), at: now)))
        return true
      }
      guard held.state != state || held.cause != cause else { return false }
      if held.state != state { held.since = now }
      held.state = state
      held.cause = cause
      queue.push(.journal(JournalEntry(.state(state, cause: cause), at: now)))
      log.line("\(state.rawValue)\(cause.map { ": \($0)" } ?? "")")
      return true
    }
  }

  /// What a stream is made of, or `nil` when it is gone.
  func set(_ facts: StreamFacts?, for role: StreamRole) {
    change { held in
      defer { held.streams[role] = facts }
      return held.streams[role] != facts
    }
  }

  /// Replaces what one part of the worker has to say besides the state; an empty list takes it back.
  func set(notes: [String], of part: String) {
    change { held in
      defer { held.notes[part] = notes.isEmpty ? nil : notes }
      return held.notes[part] ?? [] != notes
    }
  }

  /// Which device answers for a stream.
  func set(_ device: DeviceSighting) {
    change { held in
      defer { held.devices[device.stream] = device }
      return held.devices[device.stream] != device
    }
  }

  /// Nothing can be written at the moment, and why; `nil` when writing works again.
  func set(disk cause: String?) {
    change { held in
      defer { held.disk = cause }
      return held.disk != cause
    }
  }

  /// Announces the state when `body` says that it changed it.
  private func change(_ body: (inout Held) -> Bool) {
    held.withLock { held in
      if body(&held) { held.listener?(encode(.state(Self.state(held)))) }
    }
  }

  private static func state(_ held: Held) -> WorkerState {
    var state = WorkerState(
      state: held.state, since: held.since.milliseconds, cause: held.cause,
      streams: StreamRole.allCases.compactMap { held.streams[$0] },
      notes: held.notes.sorted { $0.key < $1.key }.flatMap(\.value),
      devices: held.devices.isEmpty ? nil : StreamRole.allCases.compactMap { held.devices[$0] }, disk: held.disk)
    // A camera whose footage can't be written is not recording, whatever policy says.
    if let disk = held.disk, state.state == .recording || state.state == .watching {
      state.state = .watching
      state.cause = "nothing can be written: \(disk)"
    }
    return state
  }

  private func encode(_ fact: WorkerFact) -> [UInt8] { (try? JSONLine.encode(fact)) ?? [] }
}
