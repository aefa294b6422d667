extension API {
  /// The ways by which the household reaches its server, beyond its own addresses.
  public struct Network: Codable, Hashable, Sendable {
    /// Further host names, in lower case, without a port.
    public var hostNames: [String]
    /// Proxies whose `Forwarded` headers count: an address or a range each.
    public var trustedProxies: [String]
    /// Ranges of addresses from which clients are let in.
    public var clientRanges: [String]

    public init(hostNames: [String], trustedProxies: [String], clientRanges: [String]) {
      self.hostNames = hostNames
      self.trustedProxies = trustedProxies
      self.clientRanges = clientRanges
    }
  }

  /// Sets the lists that it names; the others stay.
  public struct NetworkRequest: Codable, Hashable, Sendable {
    /// Further host names, without a port.
    public var hostNames: [String]?
    /// Proxies whose `Forwarded` headers count: an address or a range each.
    public var trustedProxies: [String]?
    /// Ranges of addresses from which clients are let in.
    public var clientRanges: [String]?

    public init(hostNames: [String]? = nil, trustedProxies: [String]? = nil, clientRanges: [String]? = nil) {
      self.hostNames = hostNames
      self.trustedProxies = trustedProxies
      self.clientRanges = clientRanges
    }
  }
}
