import FFmpeg
import Testing

@Suite struct InterruptTokenTests {
  /// A token whose limit is 10 s from second 100, asked as libav asks: every 100 ms until `second`.
  private func asked(until second: Double) -> InterruptToken {
    let token = InterruptToken()
    token.arm(.seconds(10), at: 100_000_000)
    for tenth in 1001..<Int64(second * 10) { #expect(!token.shouldStop(at: tenth * 100_000)) }
    return token
  }

  @Test func silenceEndsAtItsLimit() {
    let token = asked(until: 109.9)
    #expect(!token.shouldStop(at: 110_000_000))
    #expect(token.shouldStop(at: 110_100_000))
  }

  @Test func whileWeStoodStillNothingIsCounted() {
    let token = asked(until: 105)
    // 12 s of standstill, then all that was sent meanwhile may be read.
    #expect(!token.shouldStop(at: 117_000_000))
    for tenth in Int64(1171)..<1219 { #expect(!token.shouldStop(at: tenth * 100_000)) }
    #expect(token.shouldStop(at: 122_500_000))
  }

  @Test func aLateAnswerIsNoStandstill() {
    let token = asked(until: 109.5)
    #expect(!token.shouldStop(at: 109_500_000))
    #expect(token.shouldStop(at: 110_300_000))
  }

  @Test func silenceIsCountedWhileItWorksAndNotWhileItRests() {
    let token = asked(until: 105)
    #expect(token.silence(at: 106_000_000) == nil)
    token.work()
    #expect(!token.shouldStop(at: 105_000_000))
    #expect(token.silence(at: 106_500_000) == .milliseconds(1500))
    #expect(!token.shouldStop(at: 107_000_000))
    #expect(token.silence(at: 107_000_000) == .zero)
    token.rest()
    #expect(token.silence(at: 900_000_000) == nil)
  }

  @Test func withoutALimitOnlyCancellingEndsIt() {
    let token = InterruptToken()
    #expect(!token.shouldStop(at: 1))
    #expect(!token.shouldStop(at: 900_000_000_000))
    token.cancel()
    #expect(token.shouldStop(at: 900_000_100_000))
  }
}
