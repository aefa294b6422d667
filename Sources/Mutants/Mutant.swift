import Glibc
import Synchronization

/// Faults that `make mutants` puts into Hearth, one at a time: the mix-ups it exists to survive. This target and every use
/// of it are compiled only with `HEARTH_MUTANTS`; a program that ships holds none of it.
public enum Mutant: String, CaseIterable, Sendable {
  // In the server's maps and lists.
  case swappedMapValues, cameraByNamePrefix, camerasListedToAll, broadcastBeforeFiltering
  // Routes that don't ask, or remember an answer.
  case routeWithoutCheck, pictureCacheWithoutPerson, snapshotCacheWithoutCamera, filmstripCacheWithoutCamera
  case liveNeverRechecked
  // In the catalog.
  case otherCamerasRows, offByOneRow, listWithoutGrants
  // In the household.
  case grantWithoutRight, rightsCachedWithoutPerson, sessionOfThePersonBefore, sessionNeverEnds, revocationForgotten
  // At the door.
  case wrongFolder, wrongWorker, reusedBuffer, offByOneFragment, streamsMixedUp, planOfAnotherSitting
  case filmstripOfAnotherCamera
  // In the seals.
  case oneKeyForAllCameras, emptyKey, tagNotChecked, sealsNotCompared, identityNotChecked
  // In the worker.
  case thumbnailUnderAnotherName, footerOfAnotherSegment

  public var isActive: Bool { Self.active == self }

  /// The one that the environment names; an unknown name ends the process, so that a slip never passes for a survivor.
  private static let active: Mutant? = {
    guard let name = getenv("HEARTH_MUTANT").map({ String(cString: $0) }), !name.isEmpty else { return nil }
    guard let mutant = Mutant(rawValue: name) else {
      print("HEARTH_MUTANT names no mutant: \(name)")
      exit(64)
    }
    return mutant
  }()
}

/// What a mutant remembers for everybody: the shared thing that Hearth itself has nowhere.
public final class SharedByMistake<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  public init(_ value: Value) { self.value = Mutex(value) }

  /// Puts a value in, and gives the one that was there before.
  public func exchange(_ new: Value) -> Value {
    value.withLock { old in
      let before = old
      old = new
      return before
    }
  }

  public func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { value.withLock { body(&$0) } }
}
