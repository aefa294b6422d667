import Domain
import Foundation
import HomeAPI
import Testing

/// Exit codes and HTTP statuses belong together in one table, read in both directions.
@Suite struct ProblemStatusTests {
  @Test func everyExitCodeHasOneStatusAndEveryStatusOneRow() {
    let carried = ProblemStatus.table.flatMap(\.carried)
    #expect(carried.count == Set(carried).count)
    #expect(Set(carried) == Set(ExitCode.allCases))
    #expect(Set(ProblemStatus.table.map(\.status)).count == ProblemStatus.table.count)
  }

  @Test(arguments: [
    (ExitCode.usage, 422), (.data, 422), (.unavailable, 503), (.internalError, 500), (.cannotCreate, 409),
    (.inputOutput, 500), (.permission, 403), (.configuration, 422),
  ])
  func aFailureIsAnsweredWithItsStatus(_ exit: ExitCode, _ status: Int) { #expect(exit.httpStatus == status) }

  @Test(arguments: [
    (400, ExitCode.usage), (401, .permission), (403, .permission), (404, .data), (409, .cannotCreate), (416, .data),
    (422, .data), (429, .unavailable), (500, .internalError), (503, .unavailable), (418, .internalError),
  ])
  func aStatusAloneHasAMeaning(_ status: Int, _ exit: ExitCode) { #expect(ExitCode(httpStatus: status) == exit) }

  /// The statuses that failures have mean one of the codes that are answered with them.
  @Test(arguments: ProblemStatus.table.filter { !$0.carried.isEmpty })
  func whatAStatusMeansIsAmongWhatItCarries(_ row: ProblemStatus) { #expect(row.carried.contains(row.meaning)) }

  @Test(arguments: ExitCode.allCases)
  func anAnswerCarriesItsExitCode(_ exit: ExitCode) throws {
    let problem = API.Problem(title: "a", status: exit.httpStatus, detail: "b", exit: exit)
    let bytes = try JSONEncoder().encode(problem)
    #expect(String(decoding: bytes, as: UTF8.self).contains("\"exit\":\(exit.rawValue)"))
    #expect(try JSONDecoder().decode(API.Problem.self, from: bytes) == problem)
  }

  @Test(arguments: ["", #","exit":null"#, #","exit":99"#, #","exit":"64""#])
  func anExitCodeThatIsMissingOrUnknownReadsAsNone(_ member: String) throws {
    let text = #"{"type":"about:blank","title":"a","status":422,"detail":"b"\#(member)}"#
    let problem = try JSONDecoder().decode(API.Problem.self, from: Data(text.utf8))
    #expect(problem.exit == nil && problem.title == "a")
  }
}
