import Domain
import FoundationEssentials
import HomeAPI
public import Vault

/// What the API answers.
///
/// There is no way to put an answer together by hand: each of the makers below decides what its bytes are called, and the
/// two that carry pictures take what only `Vault` makes, under a grant. A route that forgets to ask does not compile
/// (`Tests/Compile` shows it).
public struct APIResponse: Sendable {
  /// A body's bytes, or where they come from.
  public enum Body: Sendable {
    case none
    /// JSON, or a file of the page.
    case bytes([UInt8])
    case picture(VerifiedPicture)
    /// Exactly `length` bytes in pieces.
    case media(MediaStream)
  }

  public let status: Int
  public let headers: [(String, String)]
  public let body: Body

  private init(_ status: Int, _ headers: [(String, String)], _ body: Body) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  // MARK: - Without media

  /// - Parameter headers: besides type and caching, which are JSON's.
  static func json(_ value: some Encodable, status: Int = 200, headers: [(String, String)] = []) throws -> APIResponse {
    text("application/json", try encoded(value), status, headers)
  }

  /// - Parameter plan: what would be deleted, where that is the reason.
  static func problem(_ failure: APIFailure, plan: API.RetentionPlan? = nil) -> APIResponse {
    let body = API.Problem(
      title: failure.title, status: failure.status, detail: failure.detail, exit: failure.exit, plan: plan)
    guard let bytes = try? encoded(body) else { return empty(failure.status, headers: failure.headers) }
    return text("application/problem+json", bytes, failure.status, failure.headers)
  }

  /// An answer that its status and headers say all of.
  static func empty(_ status: Int, headers: [(String, String)] = []) -> APIResponse {
    APIResponse(status, [("cache-control", "no-store")] + untyped(headers), .none)
  }

  /// One of the page's files, or word that the browser's copy of it is the newest.
  static func file(_ file: Site.File, isKnown: Bool) -> APIResponse {
    // Asked for again each time, answered with 304 mostly: an updated Hearth never meets an old page.
    let headers = [("content-type", file.type), ("cache-control", "no-cache"), ("etag", file.tag)]
    return isKnown ? APIResponse(304, headers, .none) : APIResponse(200, headers, .bytes(file.bytes))
  }

  /// The API's own description.
  static func description(_ document: [UInt8]) -> APIResponse {
    APIResponse(200, [("content-type", "application/json"), ("cache-control", "no-cache")], .bytes(document))
  }

  private static func encoded(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  private static func text(
    _ type: String, _ bytes: [UInt8], _ status: Int, _ headers: [(String, String)]
  ) -> APIResponse {
    APIResponse(status, [("content-type", type), ("cache-control", "no-store")] + untyped(headers), .bytes(bytes))
  }

  /// What the bytes are is not for a route to say.
  private static func untyped(_ headers: [(String, String)]) -> [(String, String)] {
    headers.filter { $0.0.lowercased() != "content-type" }
  }

  // MARK: - Media

  /// A picture, named with its camera and its time.
  static func picture(_ picture: VerifiedPicture) -> APIResponse {
    let headers = [("hearth-camera", picture.camera.text), ("hearth-time", picture.time.rfc3339)]
    return APIResponse(
      200, [("content-type", "image/jpeg"), ("cache-control", "no-store")] + headers, .picture(picture))
  }

  /// Footage, named with its camera.
  static func footage(_ stream: MediaStream, status: Int, headers: [(String, String)]) -> APIResponse {
    let named = [("content-type", "video/mp4"), ("cache-control", "no-store"), ("hearth-camera", stream.camera.text)]
    return APIResponse(status, named + untyped(headers), .media(stream))
  }

  /// The whole body in memory, for callers without a network; throws when the media could not be read to its end.
  public func collect() async throws -> [UInt8] {
    switch body {
    case .none: return []
    case .bytes(let bytes): return bytes
    case .picture(let picture): return picture.bytes
    case .media(let stream):
      var all: [UInt8] = []
      try await stream.send { all.append(contentsOf: $0) }
      return all
    }
  }
}
