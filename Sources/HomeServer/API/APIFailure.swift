import Domain
import HomeAPI

/// An answer other than success, with an explanation for a person. The texts are fixed: nothing of the request is repeated.
struct APIFailure: Error {
  let status: Int
  let title: String
  let detail: String
  /// How a command ends that asked for this.
  let exit: ExitCode
  var headers: [(String, String)] = []

  init(_ status: Int, _ title: String, _ detail: String, headers: [(String, String)] = []) {
    self.status = status
    self.title = title
    self.detail = detail
    exit = ExitCode(httpStatus: status)
    self.headers = headers
  }

  /// Unknown and refused are one answer, in body and in time.
  static let notFound = APIFailure(404, "not found", "there is no such thing, or you may not see it")
  static let notSignedIn = APIFailure(
    401, "not signed in", "sign in, or send a token as \"Authorization: Bearer …\"",
    headers: [("www-authenticate", "Bearer realm=\"hearth\"")])
  static let refused = APIFailure(403, "not allowed", "ask the owner of this Hearth")
  static let mismatch = APIFailure(
    500, "footage refused", "what was found does not belong to this camera; the owner was told")

  /// How an error from below is answered; it keeps its exit code.
  init(_ problem: Problem) {
    status = problem.exit.httpStatus
    title = problem.what
    detail = problem.next
    exit = problem.exit
  }
}
