import Domain
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOHTTP1

/// What stands before every request that comes over the network: only known host names (DNS rebinding), only our own
/// page's origin on changes and sockets (CSRF), and the headers every answer carries.
struct Gate: Sendable {
  /// Host header values that are ours, with port, in lower case.
  let hosts: Set<String>

  /// - Parameters:
  ///   - listens: the addresses the server listens on, with their real ports.
  ///   - names: further host names by which the household reaches this server.
  init(listens: [(host: String, port: Int)], names: [String]) {
    var hosts: Set<String> = []
    for listen in listens {
      let shown = listen.host.contains(":") ? "[\(listen.host)]" : listen.host
      for name in [shown, "localhost"] + names {
        hosts.insert("\(name):\(listen.port)".lowercased())
        if listen.port == 80 { hosts.insert(name.lowercased()) }
      }
    }
    self.hosts = hosts
  }

  static let contentSecurityPolicy =
    "default-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    + "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

  static let securityHeaders: [(String, String)] = [
    ("content-security-policy", contentSecurityPolicy), ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"), ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
  ]

  /// Why a request may not go on; `nil` when it may.
  func refusal(_ request: Request, isControl: Bool) -> APIFailure? {
    if isControl { return nil }
    guard let host = request.head.authority?.lowercased(), hosts.contains(host) else {
      return APIFailure(
        421, "unknown host", "this server is not known by that name; the owner can add it with --host-name")
    }
    let method = request.method
    guard method != .get, method != .head else { return nil }
    if let refusal = originRefusal(request.headers[.origin], host: host) { return refusal }
    // A header of our own makes a browser ask first, which another site's page doesn't survive. Programs with a token
    // have no browser that could be misled.
    let isOurs = request.headers.contains { $0.name.canonicalName == "hearth-request" }
    guard isOurs || request.headers[.authorization] != nil else {
      return APIFailure(403, "not from this page", "send the header Hearth-Request: 1")
    }
    return nil
  }

  /// A request's origin must be our own page's, when the browser names one.
  private func originRefusal(_ origin: String?, host: String) -> APIFailure? {
    guard let origin else { return nil }
    guard origin == "http://\(host)" || origin == "https://\(host)" else {
      return APIFailure(403, "another site's request", "use Hearth's own page")
    }
    return nil
  }

  /// Sockets are not covered by the browser's cross-origin rules, so the origin must be there unless a token is.
  func mayUpgrade(_ head: HTTPRequestHead, isControl: Bool) -> Bool {
    guard head.method == .GET, let path = WebServer.pathParts(URI(head.uri).path), path.count == 3, path[0] == "api",
      path[1] == "v1", path[2] == "live" || path[2] == "feed"
    else { return false }
    if isControl { return true }
    guard let host = head.headers.first(name: "host")?.lowercased(), hosts.contains(host) else { return false }
    guard let origin = head.headers.first(name: "origin") else { return head.headers.contains(name: "authorization") }
    return originRefusal(origin, host: host) == nil
  }
}
