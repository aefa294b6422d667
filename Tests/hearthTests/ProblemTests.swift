import Domain
import Foundation
import HomeAPI
import Testing

import hearth

/// How a command ends when the server refuses or fails.
@Suite struct ProblemTests {
  private func answer(_ status: Int, _ body: String) -> Problem {
    ControlClient.problem(ControlResponse(status: status, headers: [:], body: Array(body.utf8)))
  }

  @Test(arguments: ExitCode.allCases)
  func aCommandEndsAsTheServersProblemDid(_ exit: ExitCode) throws {
    let body = API.Problem(title: "what", status: exit.httpStatus, detail: "next", exit: exit)
    let problem = answer(exit.httpStatus, String(decoding: try JSONEncoder().encode(body), as: UTF8.self))
    #expect(problem.exit == exit)
    #expect("\(problem)" == "what — next")
  }

  @Test(arguments: ProblemStatus.table)
  func theAnswerOfAnOlderServerMeansWhatItsStatusMeans(_ row: ProblemStatus) {
    let problem = answer(row.status, #"{"type":"about:blank","title":"what","status":\#(row.status),"detail":"next"}"#)
    #expect(problem.exit == row.meaning)
    #expect("\(problem)" == "what — next")
  }

  @Test func anAnswerThatIsNoProblemStillEndsTheCommand() {
    let problem = answer(502, "<html>")
    #expect(problem.exit == .internalError)
    #expect("\(problem)" == "the server answered with status 502 — look into the server's log")
  }
}
