import Domain
import Synchronization

/// The camera's settings as the worker runs with them: those it was started with, and later ones that the supervisor sends
/// when no new start is needed (`WorkerEffect.reload`). Each thread looks at the version between two packets, and takes what
/// it uses when that has grown.
final class CurrentSettings: Sendable {
  private let latest: Mutex<CameraSettings>
  private let changes = Atomic<Int>(0)

  init(_ settings: CameraSettings) { latest = Mutex(settings) }

  var settings: CameraSettings { latest.withLock { $0 } }
  /// Grows with each change: one atomic read tells whether there is anything new.
  var version: Int { changes.load(ordering: .acquiring) }

  /// - Throws: `Problem` when these are no settings for this camera's running worker; it goes on with those it has.
  func replace(with settings: CameraSettings) throws {
    try settings.validate()
    let effect = latest.withLock { old in
      let effect = old.effect(of: settings)
      if effect != .restart { old = settings }
      return effect
    }
    guard effect != .restart else {
      throw Problem(.usage, "settings came that need a new start", next: "report this: the supervisor decides it")
    }
    changes.add(1, ordering: .releasing)
  }
}
