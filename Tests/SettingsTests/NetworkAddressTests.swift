import Settings
import Testing

@Suite struct NetworkAddressTests {
  @Test(arguments: [
    ("127.0.0.1", NetworkAddress.Reach.loopback), ("::1", .loopback), ("127.9.9.9", .loopback), ("10.0.0.1", .private),
    ("172.16.0.1", .private), ("172.31.255.255", .private), ("192.168.1.1", .private), ("169.254.1.1", .private),
    ("fd00::1", .private), ("fe80::1%eth0", .private), ("::ffff:192.168.1.1", .private), ("0.0.0.0", .wildcard),
    ("::", .wildcard), ("::ffff:0.0.0.0", .wildcard), ("224.0.0.1", .multicast), ("ff02::1", .multicast),
    ("169.254.169.254", .metadata), ("::ffff:169.254.169.254", .metadata), ("8.8.8.8", .public),
    ("172.32.0.1", .public), ("192.169.0.1", .public), ("2001:db8::1", .public), ("100.64.0.1", .public),
    ("255.255.255.255", .public), ("::2", .public), ("::ffff:8.8.8.8", .public),
  ])
  func aNumberIsJudgedByItsRange(_ text: String, _ reach: NetworkAddress.Reach) {
    #expect(NetworkAddress.reach(of: text) == reach)
  }

  @Test(arguments: ["porch.lan", "localhost", "192.168.1", "1.2.3.4.5", "0x7f.1", ""])
  func aNameIsNotJudged(_ text: String) { #expect(NetworkAddress.reach(of: text) == nil) }
}
