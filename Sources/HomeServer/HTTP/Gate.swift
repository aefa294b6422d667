import Domain
import HTTPTypes
import Settings
import Synchronization

/// By which ways the household reaches this server, as set at the moment.
final class Reach: Sendable {
  private let settings: Mutex<NetworkSettings>
  /// Who has spoken for others without being trusted; a few are enough to tell the owner of.
  private let unheard = Mutex<Set<String>>([])

  init(_ settings: NetworkSettings) { self.settings = Mutex(settings) }

  /// Whether `peer` speaks for others for the first time and is no trusted proxy: the owner may have forgotten to say so.
  func isNewSpeaker(_ peer: String) -> Bool {
    if let address = IPAddress(peer), current.isTrustedProxy(address) { return false }
    return unheard.withLock { $0.count < 16 && $0.insert(peer).inserted }
  }

  var current: NetworkSettings { settings.withLock { $0 } }
  func set(_ settings: NetworkSettings) { self.settings.withLock { $0 = settings } }
}

/// What of a request the gate looks at, whichever way it is parsed.
struct GateRequest {
  let method: String
  let path: String
  let host: String?
  /// The values of a header by its lower-case name.
  let header: (String) -> [String]

  func has(_ name: String) -> Bool { !header(name).isEmpty }
}

/// What stands before every request that comes over the network: only clients of the house, only known host names (DNS
/// rebinding), only our own page's origin on changes and sockets (CSRF), and the headers every answer carries.
struct Gate: Sendable {
  /// Host header values that are ours, with port, in lower case.
  let hosts: Set<String>
  /// Further host names of this run, which are ours at any port.
  let names: [String]
  let reach: Reach

  /// - Parameters:
  ///   - listens: the addresses the server listens on, with their real ports.
  ///   - names: further host names by which the household reaches this server.
  init(listens: [(host: String, port: Int)], names: [String], reach: Reach) {
    var hosts: Set<String> = []
    for listen in listens {
      let shown = listen.host.contains(":") ? "[\(listen.host)]" : listen.host
      for name in [shown, "localhost"] {
        hosts.insert("\(name):\(listen.port)".lowercased())
        if listen.port == 80 { hosts.insert(name.lowercased()) }
      }
    }
    self.hosts = hosts
    self.names = names.map { $0.lowercased() }
    self.reach = reach
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

  /// Who asks, if they may go on.
  ///
  /// - Throws: the answer to who may not, with the setting that is missing.
  func admit(_ request: GateRequest, peer: String) throws(APIFailure) -> Visitor {
    let visitor = try visitor(request, peer: peer)
    guard request.method != "GET", request.method != "HEAD" else { return visitor }
    if let origin = request.header("origin").first { try checkOrigin(origin, of: visitor) }
    // A header of our own makes a browser ask first, which another site's page doesn't survive. Programs with a token
    // have no browser that could be misled.
    guard request.has("hearth-request") || request.has("authorization") else {
      throw APIFailure(403, "not from this page", "send the header Hearth-Request: 1")
    }
    // What a form can send is none of these, whatever else it finds to send with it.
    guard let type = request.header("content-type").first else { return visitor }
    let name = type.prefix { $0 != ";" }.lowercased()
    guard name == "application/json" || (name == "application/merge-patch+json" && request.method == "PATCH") else {
      throw APIFailure(415, "not JSON", "send Content-Type: application/json")
    }
    return visitor
  }

  /// Who wants to open a socket, if they may. Sockets are not covered by the browser's cross-origin rules, so the origin
  /// must be there unless a token is.
  func admitSocket(_ request: GateRequest, peer: String) -> Visitor? {
    do {
      let visitor = try visitor(request, peer: peer)
      guard let origin = request.header("origin").first else { return request.has("authorization") ? visitor : nil }
      try checkOrigin(origin, of: visitor)
      return visitor
    } catch {
      return nil
    }
  }

  private func visitor(_ request: GateRequest, peer: String) throws(APIFailure) -> Visitor {
    let settings = reach.current
    let visitor: Visitor
    do {
      visitor = try Visitor(peer: peer, host: request.host, settings: settings, header: request.header)
    } catch {
      throw APIFailure(
        400, "the proxy says two things", "let it remove the header Forwarded or X-Forwarded-For that it doesn't write")
    }
    guard let address = IPAddress(visitor.address), settings.admits(address) else {
      throw APIFailure(
        403, "not from this house",
        "the owner can let this address in: hearth house set --client-range RANGE, such as a VPN's 100.64.0.0/10; a "
          + "proxy that speaks for it: --trusted-proxy ADDRESS")
    }
    guard let host = visitor.host, isOurs(host, settings) else {
      throw APIFailure(
        421, "unknown host",
        "this server is not known by that name; the owner can add it: hearth house set --host-name NAME")
    }
    // Browsers tell on the secure origins and on loopback who asks; nothing of another site asks the API for anything.
    if let site = request.header("sec-fetch-site").first, site == "cross-site" || site == "same-site",
      request.path.hasPrefix("/api")
    {
      throw APIFailure(403, "another site's request", "use Hearth's own page")
    }
    return visitor
  }

  /// The household's own names are ours at any port: a proxy chooses its own.
  private func isOurs(_ host: String, _ settings: NetworkSettings) -> Bool {
    if hosts.contains(host) { return true }
    let parts = host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 1 || UInt16(parts[1]) != nil else { return false }
    return (names + settings.hostNames).contains(String(parts[0]))
  }

  /// A request's origin must be our own page's, when the browser names one.
  private func checkOrigin(_ origin: String, of visitor: Visitor) throws(APIFailure) {
    let schemes = visitor.scheme.map { [$0] } ?? ["http", "https"]
    guard let host = visitor.host, schemes.contains(where: { origin == "\($0)://\(host)" }) else {
      throw APIFailure(403, "another site's request", "use Hearth's own page")
    }
  }
}
