internal import Domain

/// Where a camera sends its client (RFC 2326 sections 10.10, 11.3): told without credentials and without a query, since either
/// may hold a password.
public struct RedirectTarget: Hashable, Sendable {
  /// For a person, printable and short: `rtsp://192.168.1.20:8554/main`.
  public let text: String
  /// Where to go on; `nil` when it is another address, another protocol, or nothing that can be asked for. Only the same
  /// address is ever followed.
  let request: RequestURL?

  /// Reads a `Location` header.
  init(_ location: String?, from current: RequestURL, names: Set<String>) {
    guard let location, !location.isEmpty else {
      text = "nowhere"
      request = nil
      return
    }
    let written = WrittenURL(location)
    let path = written.path.isEmpty ? "/" : written.path
    let shown = Self.shown(path)
    guard let scheme = written.scheme, let host = written.host else {
      text = ASCII.printable(shown, limit: 120)
      request = current.with(path: path)
      return
    }
    let port = written.port ?? (scheme == "rtsps" ? 322 : 554)
    text = ASCII.printable("\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(shown)", limit: 160)
    let isHere = scheme == current.scheme.rawValue && names.contains(host.lowercased()) && port > 0
    request = isHere ? current.replacing(port: port).with(path: path) : nil
  }

  /// A path for a person: without its query, and not at all when a password stands in it, as one large make's paths have.
  private static func shown(_ path: String) -> String {
    let shown = String(path.prefix { $0 != "?" })
    let lowered = shown.lowercased()
    let isSecret = ["pass", "pwd", "token", "user="].contains { lowered.contains($0) }
    return isSecret ? "/..." : shown
  }
}
