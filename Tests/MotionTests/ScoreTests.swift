import Motion
import Testing

@Suite struct ScoreTests {
  typealias Span = MotionScore.Span
  let truth = MotionScore.Truth(
    seconds: 100, motion: [Span(10, 20), Span(50, 54)], nuisance: [Span(30, 40)], ignored: [Span(80, 90)])

  @Test func exactReportsAreRight() {
    let score = MotionScore(of: truth.motion, against: truth)
    #expect(score.recall == 1)
    #expect(score.precision == 1)
    #expect(score.overlap == 1)
    #expect(score.falseTime == 0)
    #expect(score.medianDelay == 0)
    // 100 s without both motions and the ignored span, and half a second outside of each event's ends.
    #expect(score.quietSeconds == 100 - 14 - 10 - 4 * 0.5)
  }

  @Test func whatTouchesNothingIsAFalseAlarm() {
    let score = MotionScore(of: [Span(12, 15), Span(32, 35), Span(60, 61), Span(82, 88), Span(22, 23)], against: truth)
    #expect(score.found == 1)
    #expect(score.right == 1)
    #expect(score.falseAlarms == 3, "the one in the ignored span counts neither way")
    #expect(score.falseAlarmsAtNuisance == 1)
    #expect(score.falseAlarmsPerHourOfNuisance == 360)
    #expect(score.falseSeconds == 3 + 1 + 1)
    #expect(score.medianDelay == 2)
    // Counted of the first event: 10.5 to 19.5; of the second: 50.5 to 53.5.
    #expect(score.sharedSeconds == 3)
    #expect(score.unitedSeconds == 9 + 3 + 5)
  }

  @Test func oneLongReportBuysRecallAndPaysInTime() throws {
    let score = MotionScore(of: [Span(0, 100)], against: truth)
    #expect(score.recall == 1)
    #expect(score.precision == 1)
    #expect(score.falseTime == 1)
    #expect(try #require(score.overlap) < 0.2)
  }

  @Test func reportsBesideAnEventTouchItWithinTheTolerance() {
    #expect(MotionScore(of: [Span(20.4, 21)], against: truth).found == 1)
    #expect(MotionScore(of: [Span(20.6, 21)], against: truth).found == 0)
    #expect(MotionScore(of: [Span(9, 9.6)], against: truth).found == 1)
  }

  @Test func severalClipsAreSummedUp() {
    let one = MotionScore(of: [Span(12, 15)], against: truth)
    let both = one + MotionScore(of: [], against: truth)
    #expect(both.events == 4)
    #expect(both.recall == 0.25)
    #expect(both.quietSeconds == 2 * one.quietSeconds)
    #expect(MotionScore().recall == nil)
  }
}
