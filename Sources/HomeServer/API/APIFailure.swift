import Domain

/// An answer other than success, with an explanation for a person. The texts are fixed: nothing of the request is repeated.
struct APIFailure: Error {
  let status: Int
  let title: String
  let detail: String
  var headers: [(String, String)] = []

  init(_ status: Int, _ title: String, _ detail: String, headers: [(String, String)] = []) {
    self.status = status
    self.title = title
    self.detail = detail
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

  /// How an error from below is answered: the one place that decides.
  init(_ problem: Problem) {
    switch problem.exit {
    case .usage, .data, .configuration: self.init(422, problem.what, problem.next)
    case .permission: self.init(403, problem.what, problem.next)
    case .unavailable: self.init(503, problem.what, problem.next)
    case .cannotCreate: self.init(409, problem.what, problem.next)
    case .internalError, .inputOutput: self.init(500, problem.what, problem.next)
    }
  }
}
