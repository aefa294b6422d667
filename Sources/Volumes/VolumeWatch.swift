public import Domain
import Files
import Glibc
import Synchronization

/// Looks at one volume every second, on a thread of its own: one that doesn't answer holds up nobody but that thread.
package final class VolumeWatch: Sendable {
  private struct Held {
    var newest: VolumeLook?
    /// When the look that is under way was begun.
    var began: ContinuousClock.Instant?
    var isOver = false
  }
  private let held: Mutex<Held>
  private let place: MediaPlace

  /// A look that takes longer than this is taken for none.
  package static let patience = Duration.seconds(5)

  /// - Parameter probes: whether something is written before the volume is believed to be back.
  init(_ place: MediaPlace, of owner: VolumeOwner, probes: Bool) {
    self.place = place
    held = Mutex(Held(began: .now))
    do {
      try OwnThread.start("volume") { [self] in
        while begin() {
          end(MediaVolume.look(at: place, of: owner, probing: probes && !isReady))
          usleep(1_000_000)
        }
      }
    } catch {
      end(.away("the volume at \(place.path) can't be watched: \(error)"))
    }
  }

  private var isReady: Bool {
    held.withLock { if case .ready? = $0.newest?.state { true } else { false } }
  }

  private func begin() -> Bool {
    held.withLock {
      $0.began = .now
      return !$0.isOver
    }
  }

  private func end(_ look: VolumeLook) {
    held.withLock {
      $0.newest = look
      $0.began = nil
    }
  }

  /// No more looks after the one that is under way.
  func stop() { held.withLock { $0.isOver = true } }

  /// What is known at the moment; `nil` before the first look is through.
  var look: VolumeLook? {
    held.withLock { Self.judge($0.newest, lasting: $0.began.map { .now - $0 }, place) }
  }

  /// - Parameter lasting: how long the look that is under way has taken so far.
  package static func judge(_ newest: VolumeLook?, lasting: Duration?, _ place: MediaPlace) -> VolumeLook? {
    guard let lasting, lasting > patience else { return newest }
    return VolumeLook(state: .silent("the volume at \(place.path) does not answer"))
  }
}

/// The volumes that are watched.
public final class VolumeWatches: Sendable {
  private let watches = Mutex<[MediaPlace: VolumeWatch]>([:])
  private let owner: VolumeOwner
  private let probes: Bool

  /// - Parameter probes: for who writes there: a volume is ready when something was written on it.
  public init(of owner: VolumeOwner, probes: Bool) {
    self.owner = owner
    self.probes = probes
  }

  /// Watches these and no others.
  public func keep(_ places: Set<MediaPlace>) {
    watches.withLock { watches in
      for (place, watch) in watches where !places.contains(place) {
        watch.stop()
        watches[place] = nil
      }
      for place in places where watches[place] == nil {
        watches[place] = VolumeWatch(place, of: owner, probes: probes)
      }
    }
  }

  /// What is known of a volume at the moment; `nil` before it was looked at for the first time.
  public func look(at place: MediaPlace) -> VolumeLook? { watches.withLock { $0[place] }?.look }

  /// Waits until each was looked at once, for a moment at most.
  public func settle() {
    let deadline = ContinuousClock.now + .seconds(2)
    while ContinuousClock.now < deadline, watches.withLock({ $0.values.contains { $0.look == nil } }) { usleep(5_000) }
  }
}
