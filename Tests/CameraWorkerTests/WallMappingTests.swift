import CameraWorker
import Domain
import Synchronization
import Testing

/// Two clocks of a test's own.
private final class Clocks: Sendable {
  private let ahead = Mutex(Duration.zero)

  /// Sets the wall clock forward, or back.
  func step(_ by: Duration) { ahead.withLock { $0 += by } }

  func measure() -> ClockOffset {
    ClockOffset(wall: WallTime(seconds: 1_795_469_070) + ahead.withLock { $0 }, monotonic: .seconds(70))
  }
}

@Suite struct WallMappingTests {
  private let clocks = Clocks()

  @Test func aMomentIsUTCByTheOffsetThatHolds() {
    let mapping = WallMapping(measure: clocks.measure)
    #expect(mapping.wall(.seconds(80)) == WallTime(seconds: 1_795_469_080))
  }

  @Test func theJitterOfReadingTwoClocksMovesNothing() {
    let mapping = WallMapping(measure: clocks.measure)
    clocks.step(.milliseconds(4))
    #expect(mapping.read().stepped == nil)
    #expect(mapping.wall(.seconds(70)) == WallTime(seconds: 1_795_469_070))
  }

  @Test func aClockThatIsTrimmedIsFollowedWithinTheEpoch() {
    let mapping = WallMapping(measure: clocks.measure)
    clocks.step(.milliseconds(900))
    let reading = mapping.read()
    #expect(reading.stepped == nil && reading.epoch == 0)
    #expect(mapping.wall(.seconds(70)) == WallTime(milliseconds: 1_795_469_070_900))
  }

  @Test(arguments: [Duration.seconds(3600), .seconds(-3600), .milliseconds(1001), .milliseconds(-1001)])
  func aStepBeginsAnEpochAndIsToldOnce(_ step: Duration) {
    let mapping = WallMapping(measure: clocks.measure)
    let before = mapping.offset
    clocks.step(step)
    // Until the clocks are compared, everything keeps to the offset that held.
    #expect(mapping.wall(.seconds(70)) == WallTime(seconds: 1_795_469_070))
    let reading = mapping.read()
    #expect(reading.stepped == step && reading.epoch == 1)
    #expect(reading.offset - before == step)
    #expect(mapping.wall(.seconds(70)) == WallTime(seconds: 1_795_469_070) + step)
    let next = mapping.read()
    #expect(next.stepped == nil && next.epoch == 1 && next.offset == reading.offset)
  }
}
