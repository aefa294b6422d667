import Domain
import HomeServer
import Settings
import Testing

@Suite struct VisitorTests {
  private let settings: NetworkSettings

  init() throws {
    settings = NetworkSettings(
      trustedProxies: [try AddressRange("127.0.0.1"), try AddressRange("10.9.0.0/16")],
      clientRanges: [try AddressRange("100.64.0.0/10")])
  }

  private func visitor(
    from peer: String = "127.0.0.1", host: String? = "hearth:8780", _ headers: [String: [String]]
  ) throws -> Visitor {
    try Visitor(peer: peer, host: host, settings: settings) { headers[$0] ?? [] }
  }

  @Test func nobodyButATrustedProxyIsBelieved() throws {
    let lies = [
      "x-forwarded-for": ["192.168.1.2"], "forwarded": ["for=192.168.1.2;proto=https"],
      "x-forwarded-proto": ["https"], "x-forwarded-host": ["hearth.example"],
    ]
    let visitor = try visitor(from: "192.168.1.77", lies)
    #expect(visitor == Visitor(address: "192.168.1.77", host: "hearth:8780", scheme: nil))
    #expect(!visitor.isSecure)
  }

  /// What stands further left was written by the client itself.
  @Test(arguments: [
    (["203.0.113.9"], "203.0.113.9"), (["1.1.1.1, 192.168.1.5"], "192.168.1.5"),
    (["1.1.1.1", "192.168.1.5"], "192.168.1.5"), (["192.168.1.5, 10.9.0.3"], "192.168.1.5"),
    (["6.6.6.6, 192.168.1.5, 10.9.0.3,127.0.0.1"], "192.168.1.5"), (["10.9.0.3"], "10.9.0.3"),
    (["192.168.1.5:50312"], "192.168.1.5"), (["fd00::5"], "fd00::5"), (["[fd00::5]:443"], "fd00::5"),
    (["192.168.1.5, unknown"], "127.0.0.1"), (["192.168.1.5, _hidden, 10.9.0.3"], "10.9.0.3"), ([""], "127.0.0.1"),
    ([], "127.0.0.1"), (["::ffff:192.168.1.5"], "::ffff:192.168.1.5"),
  ])
  func theClientIsTheRightmostThatIsNoTrustedProxy(_ told: [String], _ client: String) throws {
    #expect(try visitor(["x-forwarded-for": told]).address == client)
  }

  @Test(arguments: [
    ("for=192.168.1.5", "192.168.1.5"), ("For=\"[fd00::5]:4711\";proto=https", "fd00::5"),
    ("for=6.6.6.6, for=\"192.168.1.5:80\";by=10.9.0.1", "192.168.1.5"), ("for=\"a,b;c\", for=10.9.0.4", "10.9.0.4"),
    ("proto=https", "127.0.0.1"), (";;=,for", "127.0.0.1"),
  ])
  func forwardedIsReadAsItsStandardSays(_ told: String, _ client: String) throws {
    #expect(try visitor(["forwarded": [told]]).address == client)
  }

  @Test func aProxyThatPassesOnAHeaderItDoesNotWriteIsFoundOut() throws {
    let two = ["x-forwarded-for": ["192.168.1.5"], "forwarded": ["for=192.168.1.66"]]
    #expect(throws: VisitorFault.contradiction) { try visitor(two) }
    let same = ["x-forwarded-for": ["192.168.1.5"], "forwarded": ["for=192.168.1.5"]]
    #expect(try visitor(same).address == "192.168.1.5")
  }

  @Test func schemeAndHostAreTheLastProxys() throws {
    let told = [
      "x-forwarded-for": ["192.168.1.5"], "x-forwarded-proto": ["http, https"],
      "x-forwarded-host": ["evil.example, Hearth.Example"],
    ]
    #expect(
      try visitor(told) == Visitor(address: "192.168.1.5", host: "hearth.example", scheme: "https"))
    #expect(try visitor(["x-forwarded-proto": ["gopher"]]).scheme == nil)
    #expect(try visitor(["forwarded": ["for=10.0.0.1;host=hearth.lan;proto=http"]]).host == "hearth.lan")
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("::1", true), ("192.168.1.5", true), ("10.1.2.3", true), ("172.20.0.1", true),
    ("169.254.7.7", true), ("fd00::5", true), ("fe80::1", true), ("100.64.0.1", true), ("100.127.255.255", true),
    ("100.128.0.0", false), ("8.8.8.8", false), ("2001:db8::1", false), ("169.254.169.254", false), ("0.0.0.0", false),
    ("::ffff:192.168.1.5", true), ("::ffff:8.8.8.8", false),
  ])
  func onlyTheHouseAndItsRangesAreLetIn(_ address: String, _ isIn: Bool) throws {
    #expect(settings.admits(try #require(IPAddress(address))) == isIn)
  }
}
