import CameraWorker
import Domain
import Testing

@Suite struct ReadingPaceTests {
  @Test func whoWatchesGetsFramesAtOnceAndNoOneWaitsLongerThanATick() {
    var pace = ReadingPace()
    // It begins with reading everything as it comes.
    #expect(pace.change(isWatched: true, isAlert: false) == nil)
    #expect(pace.change(isWatched: false, isAlert: false) == .milliseconds(320))
    #expect(pace.change(isWatched: false, isAlert: false) == nil)
    #expect(pace.change(isWatched: false, isAlert: true) == .milliseconds(160))
    #expect(pace.change(isWatched: true, isAlert: true) == .zero)
    #expect(pace.change(isWatched: true, isAlert: false) == nil)
  }
}

@Suite struct SettlingTests {
  @Test func theFirstFourHundredMillisecondsAreSeenBeforeAnyIsUsed() {
    var settling = Settling<Int>()
    var observed: [Int] = []
    for number in 0..<10 {
      let passed = settling.take(number, arrival: .milliseconds(1000 + Int64(number) * 40)) { observed.append($0) }
      #expect(passed.isEmpty, "\(number)")
    }
    #expect(settling.take(10, arrival: .milliseconds(1400)) { observed.append($0) } == Array(0...10))
    #expect(observed == Array(0...10))
    // From then on nothing waits, and nothing is looked at twice.
    #expect(settling.take(11, arrival: .milliseconds(1440)) { observed.append($0) } == [11])
    #expect(observed.count == 11)
  }

  @Test func aBurstIsNotHeldWithoutEnd() {
    var settling = Settling<Int>()
    var passed: [Int] = []
    for number in 0..<600 { passed += settling.take(number, arrival: .seconds(1)) { _ in } }
    #expect(passed.count == 600)
  }
}

@Suite struct FrameMeterTests {
  /// What is said while frames come at this rate.
  private func said(_ meter: inout FrameMeter, from start: MonotonicTime, seconds: Int, rate: Int) -> [Double] {
    (0..<seconds * rate).compactMap { meter.take(start + .nanoseconds($0 * 1_000_000_000 / rate)) }
  }

  @Test func theRateIsSaidAfterTwoSecondsAndOnceMoreOnlyWhenItChanged() throws {
    var meter = FrameMeter()
    #expect(said(&meter, from: .seconds(10), seconds: 3, rate: 25) == [25])
    #expect(said(&meter, from: .seconds(13), seconds: 120, rate: 25) == [])
    #expect(meter.rate == 25)
    // The camera was set to another rate; the half minute in which both were seen gives something between.
    let later = said(&meter, from: .seconds(133), seconds: 120, rate: 10)
    let newest = try #require(later.last)
    #expect(meter.rate == newest && abs(newest - 10) <= 1)
  }

  @Test func aTenthMoreOrLessIsNoNews() {
    var meter = FrameMeter()
    #expect(said(&meter, from: .seconds(10), seconds: 3, rate: 20) == [20])
    #expect(said(&meter, from: .seconds(13), seconds: 120, rate: 21) == [])
  }
}
