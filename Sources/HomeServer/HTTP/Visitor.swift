internal import Domain
package import Settings

/// Where a request comes from, as far as it can be believed: the connection's other end, or what a trusted proxy says
/// stood behind it.
package struct Visitor: Sendable, Equatable {
  /// The client's address without its port; what throttling counts and the view log keeps.
  package let address: String
  /// The host that was asked for, in lower case, with its port if it has one.
  package let host: String?
  /// `http` or `https` when a trusted proxy told; otherwise unknown, since a proxy that nobody named may stand between.
  package let scheme: String?

  package var isSecure: Bool { scheme == "https" }

  package init(address: String, host: String?, scheme: String?) {
    self.address = address
    self.host = host
    self.scheme = scheme
  }
}

/// Why what a request says of its origin can't be used.
package enum VisitorFault: Error, Equatable {
  /// `Forwarded` and `X-Forwarded-For` name different clients: the proxy writes one and passes the other on unread.
  case contradiction
}

extension Visitor {
  /// Finds the visitor.
  ///
  /// Only a trusted proxy's words are read. Each proxy adds what it saw to the right of what it was told, so the list is
  /// read from the right, and the first address that is no trusted proxy's is the client: what stands further left was
  /// written by that client itself.
  ///
  /// - Parameters:
  ///   - peer: the address of the connection's other end.
  ///   - header: the values of a header by its lower-case name, in order.
  ///   - host: the request's own host.
  package init(
    peer: String, host: String?, settings: NetworkSettings, header: (String) -> [String]
  ) throws(VisitorFault) {
    guard let address = IPAddress(peer), settings.isTrustedProxy(address) else {
      self.init(address: peer, host: host?.lowercased(), scheme: nil)
      return
    }
    let old = Self.list(header("x-forwarded-for"))
    let new = header("forwarded").flatMap(ForwardedElement.list)
    let byOld = old.isEmpty ? nil : Self.client(old, behind: peer, settings)
    let byNew = new.isEmpty ? nil : Self.client(new.map { $0.client ?? "" }, behind: peer, settings)
    if let byOld, let byNew, byOld != byNew { throw .contradiction }
    let scheme = (Self.list(header("x-forwarded-proto")).last ?? new.last?.scheme)?.lowercased()
    let told = Self.list(header("x-forwarded-host")).last ?? new.last?.host ?? host
    self.init(
      address: byOld ?? byNew ?? peer, host: told?.lowercased(),
      scheme: scheme.flatMap { ["http", "https"].contains($0) ? $0 : nil })
  }

  private static func list(_ values: [String]) -> [String] {
    values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { String($0).trimmed }
  }

  private static func client(_ hops: [String], behind peer: String, _ settings: NetworkSettings) -> String {
    var last = peer
    for hop in hops.reversed() {
      // Nothing that can be read: then it is the proxy that told so.
      guard let text = address(hop), let address = IPAddress(text) else { return last }
      last = text
      if !settings.isTrustedProxy(address) { return text }
    }
    return last
  }

  /// The address alone of `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1`, `[2001:db8::1]:5678`.
  private static func address(_ hop: String) -> String? {
    if hop.hasPrefix("[") { return hop.firstIndex(of: "]").map { String(hop[hop.index(after: hop.startIndex)..<$0]) } }
    let parts = hop.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 2 ? String(parts[0]) : hop
  }
}

/// One element of `Forwarded` (RFC 7239 section 4).
struct ForwardedElement: Equatable {
  var client: String?
  var host: String?
  var scheme: String?

  /// The elements of one header field; a parameter that can't be read is left out.
  static func list(_ value: String) -> [ForwardedElement] {
    split(value, at: ",").map { element in
      var found = ForwardedElement()
      for pair in split(element, at: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
        guard parts.count == 2 else { continue }
        let text = unquoted(parts[1])
        switch parts[0].lowercased() {
        case "for": found.client = text
        case "host": found.host = text
        case "proto": found.scheme = text
        default: break
        }
      }
      return found
    }
  }

  /// Splits outside of quotes.
  private static func split(_ text: String, at separator: Character) -> [String] {
    var parts = [""]
    var isQuoted = false
    for character in text {
      if character == "\"" { isQuoted.toggle() }
      if character == separator, !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    return parts
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
    return text.dropFirst().dropLast().filter { $0 != "\\" }
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
