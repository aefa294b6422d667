import Glibc
import Synchronization

/// A mix-up that Hearth exists to survive, put into a copy of the sources by its patch in Tests/Mutants. All are compiled in
/// at once and one is active: the one that `HEARTH_MUTANT` names. `patches.py` copies this file into the copy's `Domain`, which
/// every other target imports, and writes the names of the patches beside it.
public struct Mutant: Sendable {
  public let isActive: Bool

  init(_ name: String) { isActive = name == Self.active }

  /// An unknown name ends the process, so that a slip never passes for a fault that nothing noticed.
  private static let active: String? = {
    guard let name = getenv("HEARTH_MUTANT").map({ String(cString: $0) }), !name.isEmpty else { return nil }
    guard names.contains(name) else {
      print("HEARTH_MUTANT names no mutant: \(name)")
      exit(64)
    }
    return name
  }()
}

/// What a mutant remembers for everybody: the shared thing that Hearth itself has nowhere.
public final class SharedByMistake<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  public init(_ value: Value) { self.value = Mutex(value) }

  /// Puts a value in, and returns the one that was there before.
  public func exchange(_ new: Value) -> Value {
    value.withLock { old in
      let before = old
      old = new
      return before
    }
  }

  public func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { value.withLock { body(&$0) } }
}
