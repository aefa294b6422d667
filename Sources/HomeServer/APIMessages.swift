import Domain
import FoundationEssentials
import HomeAPI
public import Household

/// One request to the API, whichever way it came: over TCP, over the control socket, or from a command that works on
/// the data directory itself.
public struct APIRequest: Sendable {
  public var method: String
  /// The path's parts, percent-decoded: `/api/v1/cameras` is `["api", "v1", "cameras"]`.
  public var path: [String]
  public var query: [String: String]
  /// Header fields by lower-case name; several of one name stay several.
  public var headers: [String: [String]]
  public var body: [UInt8]
  /// What the request showed to be let in, if anything.
  public var credential: Credential?
  /// The client's address as the view log keeps it.
  public var peer: String
  /// Whether a trusted proxy took it in by HTTPS.
  public var isSecure: Bool

  public init(
    method: String, path: [String], query: [String: String] = [:], headers: [String: [String]] = [:],
    body: [UInt8] = [],
    credential: Credential?, peer: String, isSecure: Bool = false
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.credential = credential
    self.peer = peer
    self.isSecure = isSecure
  }

  /// The first value of a header.
  func header(_ name: String) -> String? { headers[name]?.first }

  /// A query parameter that must be an RFC 3339 time.
  func time(_ name: String) throws -> WallTime? {
    guard let text = query[name] else { return nil }
    guard let time = WallTime(rfc3339: text) else {
      throw APIFailure(400, "\(name) is not a time", "write times as 2026-11-23T21:24:30Z")
    }
    return time
  }

  /// The body as `Body`.
  func decode<Body: Decodable>(_ type: Body.Type) throws -> Body {
    do { return try JSONDecoder().decode(type, from: Data(body)) } catch let problem as Problem { throw problem } catch
    {
      throw APIFailure(400, "the request's body is not what this address takes", "see /api/openapi.json")
    }
  }
}

/// An answer other than success, with words for a person. The texts are fixed: nothing of the request is repeated.
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
