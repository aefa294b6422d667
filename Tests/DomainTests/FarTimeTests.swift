import Domain
import Testing

/// Times stand in files that anybody may have written: no number is too large to be read and shown.
@Suite struct FarTimeTests {
  @Test(arguments: [Int64.max, .min, 9_223_372_036_855, -9_223_372_036_855])
  func aMomentBeyondAllIsTheLastOrTheFirst(_ milliseconds: Int64) {
    let moment = WallTime(milliseconds: milliseconds)
    #expect(moment == WallTime(nanoseconds: milliseconds > 0 ? .max : .min))
    #expect(WallTime(seconds: milliseconds) == moment)
    #expect(!moment.rfc3339.isEmpty && !moment.day.text.isEmpty)
  }

  @Test func theLongestTimeThereCanBeIsADuration() {
    let first = WallTime(nanoseconds: .min)
    let last = WallTime(nanoseconds: .max)
    #expect(last - first == .nanoseconds(Int64.max))
    #expect(first - last == .nanoseconds(Int64.min))
    #expect((last - first).nanoseconds == .max)
    #expect((Duration.seconds(Int64.max)).nanoseconds == .max)
    #expect(WallTime(seconds: 10) - WallTime(seconds: 4) == .seconds(6))
  }
}
