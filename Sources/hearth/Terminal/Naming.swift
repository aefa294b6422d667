package import Domain
package import Settings

/// The error for a camera that nobody knows: names those there are.
func unknownCamera(_ text: String, among names: [String]) -> Problem {
  let next: String
  if names.isEmpty {
    next = "there is no camera yet: `hearth camera add`, or `hearth house apply` for a house file"
  } else if let near = Suggestion.nearest(to: text, among: names) {
    next = "did you mean \"\(near)\"?"
  } else {
    next =
      "the cameras are " + names.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      + "; a house file's cameras are added by `hearth house apply`"
  }
  return Problem(.data, "no camera is called \"\(text.prefix(80))\"", next: next)
}

/// Which rights on which camera, as `Camera name:live,playback`. A camera's name may hold a colon; rights don't.
package struct GrantText: Equatable, Sendable {
  package let camera: String
  package let rights: [Right]

  /// - Throws: `Problem` (exit 64).
  package init(_ text: String) throws {
    guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else {
      throw Problem(
        .usage, "\"\(text.prefix(80))\" is not a grant", next: "write it as \"Front door:live,playback\"")
    }
    camera = String(text[..<colon])
    rights = try Self.rights(String(text[text.index(after: colon)...]))
  }

  /// Reads `live,playback`, or `all`.
  package static func rights(_ text: String) throws -> [Right] {
    if text == "all" { return Right.allCases }
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
    let rights = try words.map { word in
      if let right = Right(rawValue: word) { return right }
      let known = Rights.all.words
      throw Problem(
        .usage, "\"\(word.prefix(40))\" is not a right",
        next: Suggestion.nearest(to: word, among: known).map { "did you mean \"\($0)\"?" }
          ?? "use \(known.joined(separator: ", ")) or all")
    }
    return Rights(rights).list
  }
}

/// An address to listen on, as `127.0.0.1:8780` or `[fd00::5]:8780`.
package struct ListenText: Equatable, Sendable {
  package let host: String
  package let port: Int

  /// - Parameter ranges: the household's own ranges beyond the private ones, such as its VPN's.
  /// - Throws: `Problem` (exit 64) when it isn't an address or reaches beyond the house.
  package init(_ text: String, own ranges: [AddressRange] = []) throws {
    func refuse(_ what: String, _ next: String = "write it as 127.0.0.1:8780 or [fd00::5]:8780") -> Problem {
      Problem(.usage, "--listen \(text.prefix(80)): \(what)", next: next)
    }
    guard let colon = text.lastIndex(of: ":") else { throw refuse("there is no port") }
    var host = String(text[..<colon])
    guard let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      throw refuse("\"\(text[text.index(after: colon)...].prefix(20))\" is not a port")
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      throw refuse("IPv6 needs brackets")
    }
    if host == "localhost" { host = "127.0.0.1" }
    let address = IPAddress(host)
    let isOwn = address.map { address in ranges.contains { $0.contains(address) } } ?? false
    switch isOwn ? .private : address?.reach {
    case nil: throw refuse("the host must be a number", "give this machine's address: see `ip address`")
    case .loopback?, .private?: break
    case .wildcard?:
      throw refuse(
        "this means every address of this machine, public ones too",
        "name each address in your house with a --listen of its own")
    case .multicast?, .metadata?: throw refuse("this is not an address of a machine")
    case .public?:
      throw refuse(
        "this is a public address",
        "listen on a private one, and reach it from outside through a VPN; if this is your VPN's, say so first: "
          + "hearth house set --client-range 100.64.0.0/10")
    }
    self.host = host
    self.port = Int(port)
  }
}
