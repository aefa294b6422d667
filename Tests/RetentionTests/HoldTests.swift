import Retention
import Testing

@Suite struct HoldTests {
  @Test(arguments: [(0, 0), (20, 20), (100, 20), (2000, 20), (100_000, 1000)])
  func aFewMissingSegmentsHoldNothing(_ all: Int, _ missing: Int) {
    #expect(RetentionHold(segments: all, missing: missing).reasons.isEmpty)
  }

  @Test(arguments: [(21, 21), (100, 21), (2000, 21), (100_000, 1001)])
  func manyMissingSegmentsHoldEverything(_ all: Int, _ missing: Int) {
    #expect(RetentionHold(segments: all, missing: missing).reasons.count == 1)
  }

  @Test func whatIsNotKnownYetHoldsEverything() {
    #expect(
      RetentionHold(segments: 1, missing: 0, unseen: ["Porch", "Attic"]).reasons == [
        "not looked through since the start: Porch, Attic"
      ])
    #expect(RetentionHold(segments: 1, missing: 0, unseen: ["Porch"], isRebuilding: true).reasons.count == 1)
  }
}
