package import Domain
import Glibc
import Synchronization

/// The system's clocks, read in one place.
enum SystemClock {
  static func monotonic() -> MonotonicTime { MonotonicTime(nanoseconds: read(CLOCK_MONOTONIC)) }
  static func wall() -> WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  /// The kernel's id of this boot; a fresh one where it can't be read, so that nothing is taken for the same boot.
  static func bootID() -> RandomID {
    var generator = SystemRandomNumberGenerator()
    let fresh = RandomID.mint(using: &generator)
    guard let file = fopen("/proc/sys/kernel/random/boot_id", "re") else { return fresh }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, 64, file) != nil else { return fresh }
    let text = line.prefix { $0 != 0 && $0 != 10 }.filter { $0 != 0x2d }.map { UInt8(bitPattern: $0) }
    return RandomID(text: String(decoding: text, as: UTF8.self)) ?? fresh
  }
}

/// How monotonic time and UTC go together. The offset is held still while the wall clock is only trimmed, so that
/// footage joins without overlap; a step of more than a second begins a new epoch.
package final class WallMapping: Sendable {
  package struct Reading: Sendable {
    package var offset: ClockOffset
    /// Counts the steps.
    package var epoch: Int
    /// Set for the one reading that noticed a step: by how much the wall clock moved.
    package var stepped: Duration?
  }

  private struct Held { var offset: ClockOffset; var epoch = 0 }
  private let held: Mutex<Held>
  private let measure: @Sendable () -> ClockOffset

  /// - Parameter measure: reads both clocks.
  package init(measure: @escaping @Sendable () -> ClockOffset = WallMapping.measured) {
    self.measure = measure
    held = Mutex(Held(offset: measure()))
  }

  package static func measured() -> ClockOffset {
    ClockOffset(wall: SystemClock.wall(), monotonic: SystemClock.monotonic())
  }

  /// Compares both clocks anew.
  package func read() -> Reading {
    let now = measure()
    return held.withLock { held in
      let moved = now - held.offset
      guard max(moved, .zero - moved) > .seconds(1) else {
        if max(moved, .zero - moved) > .milliseconds(5) { held.offset = now }
        return Reading(offset: held.offset, epoch: held.epoch, stepped: nil)
      }
      held.offset = now
      held.epoch += 1
      return Reading(offset: now, epoch: held.epoch, stepped: moved)
    }
  }

  /// As it holds now: for who keeps to it over a step, so that one thing has one clock.
  package var offset: ClockOffset { held.withLock { $0.offset } }

  /// UTC of a moment, by the offset that holds now.
  package func wall(_ time: MonotonicTime) -> WallTime { offset.wall(time) }
}
