import Domain
import Recording
import Testing

@Suite struct QuarantineLimitTests {
  let now = WallTime(seconds: 1_000_000)
  let limit = QuarantineLimit(bytes: 100, age: .seconds(3600))

  private func file(_ name: String, _ bytes: UInt64, ago: Int64) -> QuarantineLimit.File {
    QuarantineLimit.File(name: name, bytes: bytes, written: WallTime(seconds: 1_000_000 - ago))
  }

  @Test func theNewestStayUpToTheLimit() {
    let files = [file("a", 40, ago: 300), file("b", 40, ago: 200), file("c", 40, ago: 100)]
    #expect(limit.excess(files, now: now) == ["a"])
    #expect(limit.excess(files.shuffled(), now: now) == ["a"])
    #expect(limit.excess(Array(files.dropFirst()), now: now).isEmpty)
  }

  @Test func theOldGo() {
    #expect(limit.excess([file("old", 1, ago: 3601), file("young", 1, ago: 3600)], now: now) == ["old"])
  }

  @Test func aClockThatStoodBackDeletesNothingMore() {
    #expect(limit.excess([file("a", 10, ago: -5000)], now: now).isEmpty)
  }
}
