import Supervisor
import Testing

@Suite struct ProcessorShareTests {
  /// Runs a process that wants so many processors for so long, looked at every 50 ms.
  ///
  /// - Returns: processors that it had, over all and in the last half; how often it was stopped.
  private func run(_ share: Double, wants: Double, seconds: Int) -> (all: Double, late: Double, stops: Int) {
    var used = Duration.zero
    var half = Duration.zero
    var stops = 0
    var now = Duration.zero
    var held = ProcessorShare(share: share, used: used, now: now)
    for step in 0..<seconds * 20 {
      if !held.isPaused { used += ProcessorShare.watchEvery * wants }
      now += ProcessorShare.watchEvery
      let before = held.isPaused
      held.take(used: used, now: now)
      if held.isPaused, !before { stops += 1 }
      if step == seconds * 10 - 1 { half = used }
    }
    return (used / now, (used - half) / (now - now / 2), stops)
  }

  @Test(arguments: [0.25, 0.5, 1, 2])
  func whoNeverRestsGetsTheShare(share: Double) {
    let had = run(share, wants: 4, seconds: 60)
    #expect(abs(had.late - share) < share * 0.05)
    #expect(had.stops > 0)
  }

  @Test func whoTakesLessIsNeverPaused() {
    #expect(run(1, wants: 0.95, seconds: 600).stops == 0)
  }

  @Test func aBurstPasses() {
    // Twice the share for almost as long as what it may have ahead.
    #expect(run(1, wants: 2, seconds: 4).stops == 0)
    #expect(run(1, wants: 2, seconds: 7).stops > 0)
  }

  @Test func onlyWhoComesCloseIsWatched() {
    var held = ProcessorShare(share: 1, used: .zero, now: .zero)
    held.take(used: .seconds(1), now: .seconds(1))
    #expect(!held.isClose)
    held.take(used: .seconds(9), now: .seconds(5))
    #expect(held.isClose && !held.isPaused)
    held.take(used: .seconds(9), now: .seconds(60))
    #expect(!held.isClose)
  }

  @Test(arguments: zip([0, 1, 2, 4, 16], [0.5, 0.5, 1, 2, 2]))
  func theUsualShareIsHalfOfTheMachineAndTwoAtMost(processors: Int, share: Double) {
    #expect(ProcessorShare.usual(processors: processors) == share)
  }
}
