import Domain
import FoundationEssentials
import HomeAPI
public import Household
import Housekeeping

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

  /// The query's `from` and `to`.
  ///
  /// - Throws: `APIFailure` 400 with `hint` when there is no such span, or a longer one than `longest`.
  func span(longest: Duration? = nil, _ hint: String = "give from and to, from before to") throws -> TimeSpan {
    guard let from = try time("from"), let to = try time("to"), let span = TimeSpan(from: from, to: to),
      longest.map({ span.duration <= $0 }) ?? true
    else { throw APIFailure(400, "no span", hint) }
    return span
  }

  /// The query's `limit`, from 1 to `most`.
  func limit(standard: Int, most: Int) throws -> Int {
    guard let text = query["limit"] else { return standard }
    guard let limit = Int(text), (1...most).contains(limit) else {
      throw APIFailure(400, "limit is out of range", "use 1 to \(most)")
    }
    return limit
  }

  /// The query's `before`, which names a row of a log: the page in front of it is asked for.
  func before() throws -> Int64? {
    guard let text = query["before"] else { return nil }
    guard let row = Int64(text) else { throw APIFailure(400, "before is not a row", "use next of the part before") }
    return row
  }

  /// The query's `atMost`: how much a change of the policy may delete.
  var policyApproval: PolicyChanges.Approval {
    get throws {
      switch query["atMost"] {
      case nil: return .little
      case "any": return .any
      case let text?:
        guard let most = UInt64(text) else { throw APIFailure(400, "atMost is not a number of bytes", "or say any") }
        return .bytes(most)
      }
    }
  }

  /// The body as `Body`.
  func decode<Body: Decodable>(_ type: Body.Type) throws -> Body {
    do { return try JSONDecoder().decode(type, from: Data(body)) } catch let problem as Problem { throw problem } catch
    {
      throw APIFailure(400, "the request's body is not what this address takes", "see /api/openapi.json")
    }
  }
}
