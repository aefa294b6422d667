import Domain
import Household
import Testing

@Suite struct LoginThrottleTests {
  @Test func fiveAttemptsAreFreeAndThenTheWaitDoubles() {
    var throttle = LoginThrottle()
    for _ in 0..<5 { #expect(throttle.begin(account: "ada", address: "a", now: at(0)) == nil) }
    var now: Int64 = 0
    for wait: Int64 in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
      #expect(throttle.begin(account: "ada", address: "a", now: at(now)) == .seconds(wait))
      #expect(throttle.begin(account: "ada", address: "a", now: at(now + wait - 1)) == .seconds(1))
      now += wait
      #expect(throttle.begin(account: "ada", address: "a", now: at(now)) == nil)
    }
  }

  @Test func oneAddressIsHeldBackOverManyAccounts() {
    var throttle = LoginThrottle()
    for index in 0..<5 { #expect(throttle.begin(account: "\(index)", address: "a", now: at(0)) == nil) }
    #expect(throttle.begin(account: "ada", address: "a", now: at(0)) == .seconds(2))
    #expect(throttle.begin(account: "ada", address: "b", now: at(0)) == nil)
  }

  @Test func oneAccountIsHeldBackOverManyAddresses() {
    var throttle = LoginThrottle()
    for index in 0..<5 { #expect(throttle.begin(account: "ada", address: "\(index)", now: at(0)) == nil) }
    #expect(throttle.begin(account: "ada", address: "z", now: at(0)) == .seconds(2))
    #expect(throttle.begin(account: "bob", address: "z", now: at(0)) == nil)
  }

  @Test func allAddressesOfAnIPv6NetworkAreOne() {
    var throttle = LoginThrottle()
    for index in 0..<5 { _ = throttle.begin(account: "\(index)", address: "2001:db8:0:7::\(index)", now: at(0)) }
    #expect(throttle.begin(account: "ada", address: "2001:db8:0:7:ffff::1", now: at(0)) == .seconds(2))
    #expect(throttle.begin(account: "ada", address: "2001:db8:0:8::1", now: at(0)) == nil)
  }

  @Test func successFreesTheAccountButNotTheAddressesOtherGuesses() {
    var throttle = LoginThrottle()
    for index in 0..<4 { _ = throttle.begin(account: "victim", address: "a", now: at(Int64(index))) }
    #expect(throttle.begin(account: "mallory", address: "a", now: at(4)) == nil)
    throttle.succeeded(account: "mallory", address: "a")
    #expect(throttle.begin(account: "victim", address: "a", now: at(4)) == nil)
    #expect(throttle.begin(account: "mallory", address: "a", now: at(4)) == .seconds(2))
  }

  @Test func whoSignsInAgainAndAgainIsNeverHeldBack() {
    var throttle = LoginThrottle()
    for _ in 0..<100 {
      #expect(throttle.begin(account: "ada", address: "a", now: at(0)) == nil)
      throttle.succeeded(account: "ada", address: "a")
    }
  }

  @Test func afterADayAllIsForgotten() {
    var throttle = LoginThrottle()
    for _ in 0..<5 { _ = throttle.begin(account: "ada", address: "a", now: at(0)) }
    for _ in 0..<5 { #expect(throttle.begin(account: "ada", address: "a", now: at(86_400)) == nil) }
    #expect(throttle.begin(account: "ada", address: "a", now: at(86_400)) == .seconds(2))
  }

  @Test func aClockThatWasSetBackMakesNoWaitLonger() {
    var throttle = LoginThrottle()
    for _ in 0..<5 { _ = throttle.begin(account: "ada", address: "a", now: at(100_000)) }
    #expect(throttle.begin(account: "ada", address: "a", now: at(0)) == .seconds(2))
    #expect(throttle.begin(account: "ada", address: "a", now: at(2)) == nil)
  }

  @Test func theMemoryIsBounded() {
    var throttle = LoginThrottle(capacity: 3)
    for _ in 0..<5 { _ = throttle.begin(account: "first", address: "0", now: at(0)) }
    for index in 1...3 { _ = throttle.begin(account: "\(index)", address: "\(index)", now: at(Int64(index))) }
    #expect(throttle.begin(account: "first", address: "9", now: at(1)) == nil)
  }
}
