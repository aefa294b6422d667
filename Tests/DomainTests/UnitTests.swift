import Domain
import Testing

@Suite struct UnitTests {
  @Test func mediaTimeCountsFromItsOrigin() {
    let origin = MonotonicTime.seconds(100)
    #expect(MediaTime(.milliseconds(100_800), since: origin) == .zero + .milliseconds(800))
    #expect(MediaTime(.seconds(99), since: origin) == .zero + .seconds(-1))
  }

  @Test func microsecondsAreNoNanoseconds() {
    #expect(MonotonicTime(microseconds: 15_000_000) == .seconds(15))
    #expect(MonotonicTime(microseconds: .max).nanoseconds == .max)
  }

  @Test(arguments: [
    (0, 0), (11_111, 0), (11_112, 1), (40_000_000, 3600), (1_000_000_000, 90_000), (86_400_000_000_000, 7_776_000_000),
    (-1, -1), (-40_000_000, -3600),
  ])
  func videoUnitsRoundDown(_ nanoseconds: Int64, _ units: Int64) {
    #expect(Timescale.video.floor(MediaTime(nanoseconds: nanoseconds)) == units)
    #expect(Timescale.video.floor(Duration.nanoseconds(nanoseconds)) == units)
  }

  @Test(arguments: [(0, 0), (62_499, 0), (62_500, 1), (1_000_000_000, 8000), (-62_501, -1), (-62_499, 0)])
  func soundUnitsAreTheNearest(_ nanoseconds: Int64, _ units: Int64) {
    let scale = Timescale(unitsPerSecond: 8000)
    #expect(scale.nearest(MediaTime(nanoseconds: nanoseconds)) == units)
    #expect(scale.nearest(Duration.nanoseconds(nanoseconds)) == units)
  }

  @Test(arguments: [Int64.max, .min])
  func noNumberIsTooLargeForAUnit(_ nanoseconds: Int64) {
    for scale in [Timescale.video, Timescale(unitsPerSecond: 192_000)] {
      #expect(scale.floor(MediaTime(nanoseconds: nanoseconds)).signum() == nanoseconds.signum())
    }
  }

  @Test func anOffsetTurnsOneClockIntoTheOther() {
    let first = ClockOffset(wall: WallTime(seconds: 1_795_469_070), monotonic: .seconds(70))
    #expect(first.wall(.seconds(80)) == WallTime(seconds: 1_795_469_080))
    let later = ClockOffset(wall: WallTime(seconds: 1_795_472_680), monotonic: .seconds(80))
    #expect(later - first == .seconds(3600))
  }
}
