import Domain
import Files
import Glibc
import Testing

@Suite struct ProblemCodeTests {
  private func opening(_ path: String) -> Problem? {
    #expect(throws: Problem.self) { try Descriptor.open(path, .read) }
  }

  @Test func aMissingFileIsNotFound() {
    let problem = opening("/nowhere/at/all")
    #expect(problem?.isNotFound == true)
    #expect(problem?.code == .system(ENOENT) && problem?.errno == ENOENT)
  }

  @Test func otherFailuresOfTheKernelAreOthers() {
    let problem = opening("/dev/null/x")
    #expect(problem?.errno == ENOTDIR)
    #expect(problem?.isNotFound == false)
  }

  /// 2 is an internal error for SQLite, and nothing that is known for the other layers.
  @Test(arguments: [nil, Problem.Code.sqlite(2), .libav(2), .resolver(2), .libav(-2), .system(1)])
  func theSameNumberOfAnotherLayerIsNotAMissingFile(_ code: Problem.Code?) {
    let problem = Problem(.internalError, "it failed", next: "try again", code: code)
    #expect(!problem.isNotFound)
  }

  @Test func whatIsInNoneOfItsPlacesIsNotFound() {
    #expect(Problem.notFound("a.mp4").isNotFound)
    #expect(Problem.notFound("a.mp4").what.contains("a.mp4"))
  }
}
