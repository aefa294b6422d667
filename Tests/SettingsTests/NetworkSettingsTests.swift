import Domain
import Settings
import Testing

@Suite struct NetworkSettingsTests {
  private func holds(_ range: String, _ address: String) throws -> Bool {
    try AddressRange(range).contains(try #require(IPAddress(address)))
  }

  @Test(arguments: [
    ("100.64.0.0/10", "100.64.0.0", true), ("100.64.0.0/10", "100.127.255.255", true),
    ("100.64.0.0/10", "100.63.255.255", false), ("100.64.0.0/10", "100.128.0.0", false),
    ("192.168.1.5", "192.168.1.5", true), ("192.168.1.5", "192.168.1.4", false),
    ("192.168.1.77/24", "192.168.1.1", true), ("fd7a:115c:a1e0::/48", "fd7a:115c:a1e0:1::7", true),
    ("fd7a:115c:a1e0::/48", "fd7a:115c:a1e1::7", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
    ("10.0.0.0/8", "fd00::1", false),
  ])
  func aRangeHoldsWhatItsLengthSays(_ range: String, _ address: String, _ isIn: Bool) throws {
    #expect(try holds(range, address) == isIn)
    #expect(try AddressRange(range).description == range)
  }

  @Test(arguments: [
    "", "example", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "0.0.0.0/0", "::/0", "10.0.0.0/7", "fe80::1%eth0",
  ])
  func whatIsNoHouseholdsRangeIsRefused(_ text: String) {
    let problem = #expect(throws: Problem.self) { try AddressRange(text) }
    #expect(problem?.exit == .usage)
  }

  @Test(arguments: [("Hearth.Example", "hearth.example"), ("hearth", "hearth"), ("xn--caf-dma.lan", "xn--caf-dma.lan")])
  func hostNamesAreKeptInLowerCase(_ text: String, _ name: String) throws {
    #expect(try NetworkSettings.hostName(text) == name)
  }

  @Test(arguments: [
    "", "http://hearth", "hearth:8780", "-a.lan", "a..b", "a b", "hearth/", String(repeating: "a", count: 64),
  ])
  func whatIsNoHostNameIsRefused(_ text: String) {
    #expect(throws: Problem.self) { try NetworkSettings.hostName(text) }
  }

  @Test func retentionAndNetworkAreKeptBesideEachOther() throws {
    let scratch = try Scratch()
    let data = try DataDirectory.open(scratch.path)
    let store = HouseStore(data: data)
    let network = NetworkSettings(
      hostNames: ["hearth.example"], trustedProxies: [try AddressRange("127.0.0.1")],
      clientRanges: [try AddressRange("100.64.0.0/10")])
    try store.setNetwork(network)
    try store.setRetention(RetentionSettings(continuousSeconds: 259_200))
    #expect(try store.network() == network)
    #expect(try store.retention() == RetentionSettings(continuousSeconds: 259_200))
    try store.setNetwork(NetworkSettings())
    #expect(try store.retention() == RetentionSettings(continuousSeconds: 259_200))
  }
}
