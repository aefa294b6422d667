import Domain
import Housekeeping
import Testing

@Suite struct ProtectedSpanTests {
  private static let start = WallTime(seconds: 1_795_392_000)

  private func span(_ from: Int64, _ to: Int64) throws -> ProtectedSpan {
    try #require(ProtectedSpan(from: Self.start + .seconds(from), to: Self.start + .seconds(to)))
  }

  @Test func whatIsTakenOutOfTheMiddleLeavesBothEnds() throws {
    #expect(try span(0, 60).without(span(20, 40).span) == [span(0, 20), span(40, 60)])
  }

  @Test func whatDoesNotOverlapStaysWhole() throws {
    #expect(try span(0, 60).without(span(60, 90).span) == [span(0, 60)])
  }

  @Test func endsAreRoundedOutwardsToMilliseconds() throws {
    let protected = try #require(
      ProtectedSpan(from: Self.start + .nanoseconds(1), to: Self.start + .seconds(1) + .nanoseconds(1)))
    #expect(protected.span.from == Self.start)
    #expect(protected.span.to == Self.start + .milliseconds(1001))
  }

  @Test func aSpanWithoutLengthIsNone() { #expect(ProtectedSpan(from: Self.start, to: Self.start) == nil) }
}
