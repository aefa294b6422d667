import CameraWorker
import Domain
import Motion
import Testing
import WorkerProtocol

@Suite struct SuppressedBatchTests {
  private let box = RelativeBox(x: 0.1, y: 0.1, width: 0.2, height: 0.2)

  private func candidate(_ cause: SuppressedCandidate.Cause, at second: Int, share: Double) -> SuppressedCandidate {
    SuppressedCandidate(
      cause: cause, from: .seconds(second), to: .seconds(second + 1), box: box, share: share, why: "\(share)")
  }

  private func wall(_ time: Duration) -> WallTime { WallTime(seconds: 1_795_469_070) + time }

  @Test func theFourLargestOfACauseStandForTheRest() {
    var batch = SuppressedBatch()
    #expect(batch.isEmpty)
    batch.take((1...9).map { candidate(.fast, at: $0, share: Double($0) / 100) })
    batch.take([candidate(.light, at: 0, share: 0.5)])
    #expect(!batch.isEmpty)
    let lines = batch.lines(wall)
    #expect(lines.map(\.cause) == ["light", "fast", "fast", "fast", "fast"])
    #expect(Set(lines.filter { $0.cause == "fast" }.map(\.share)) == [0.06, 0.07, 0.08, 0.09])
    // How many more there were is told once for each cause.
    #expect(lines.filter { $0.cause == "fast" }.reduce(0) { $0 + $1.more } == 5)
    #expect(lines.first?.more == 0)
  }

  @Test func linesAreInTheOrderOfTime() {
    var batch = SuppressedBatch()
    batch.take([candidate(.small, at: 9, share: 0.1), candidate(.brief, at: 3, share: 0.2)])
    batch.take([candidate(.small, at: 1, share: 0.3)])
    #expect(batch.lines(wall).map(\.from) == [1, 3, 9].map { wall(.seconds($0)).milliseconds })
  }
}
