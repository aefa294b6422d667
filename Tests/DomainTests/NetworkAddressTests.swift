import Domain
import Testing

@Suite struct NetworkAddressTests {
  @Test(arguments: [
    ("127.0.0.1", IPAddress.Reach.loopback), ("::1", .loopback), ("127.9.9.9", .loopback), ("10.0.0.1", .private),
    ("172.16.0.1", .private), ("172.31.255.255", .private), ("192.168.1.1", .private), ("169.254.1.1", .private),
    ("169.254.169.253", .private), ("fd00::1", .private), ("fc00::1", .private), ("fe80::1%eth0", .private),
    ("febf::1", .private), ("::ffff:192.168.1.1", .private), ("::ffff:c0a8:101", .private), ("0.0.0.0", .wildcard),
    ("::", .wildcard), ("::ffff:0.0.0.0", .wildcard), ("224.0.0.1", .multicast), ("239.255.255.250", .multicast),
    ("ff02::1", .multicast), ("169.254.169.254", .metadata), ("::ffff:169.254.169.254", .metadata),
    ("::ffff:a9fe:a9fe", .metadata), ("0:0:0:0:0:FFFF:A9FE:A9FE", .metadata), ("8.8.8.8", .public),
    ("172.32.0.1", .public), ("192.169.0.1", .public), ("2001:db8::1", .public), ("100.64.0.1", .public),
    ("255.255.255.255", .public), ("::2", .public), ("::ffff:8.8.8.8", .public), ("::ffff:808:808", .public),
    ("fec0::1", .public), ("::192.168.1.1", .public), ("64:ff9b::192.168.1.1", .public),
    ("64:ff9b::169.254.169.254", .public), ("2002:c0a8:101::1", .public),
  ])
  func anAddressReachesAsFarAsItsRange(_ text: String, _ reach: IPAddress.Reach) {
    #expect(IPAddress(text)?.reach == reach)
  }

  @Test(arguments: [
    "192.168.1.20", "127.0.0.1", "::1", "fe80::1%eth0", "169.254.7.7", "porch.lan", "localhost", "127.1",
  ])
  func aCameraMayBeInTheHouseOrHaveAName(_ host: String) { #expect(throws: Never.self) { try CameraHost.check(host) } }

  @Test(arguments: [
    "8.8.8.8", "169.254.169.254", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "2001:db8::1", "0.0.0.0", "ff02::1",
  ])
  func aNumberOutsideTheHouseIsRefused(_ host: String) {
    let problem = #expect(throws: Problem.self) { try CameraHost.check(host) }
    #expect(problem?.exit == .configuration)
    #expect(problem?.what.hasPrefix(host) == true)
  }

  @Test(arguments: [
    ["192.168.1.20"], ["::1", "127.0.0.1"], ["fe80::1%eth0", "fd00::7", "10.0.0.9"], ["169.254.169.253"],
  ])
  func aNameInTheHouseIsAccepted(_ numbers: [String]) {
    #expect(throws: Never.self) { try CameraHost.check("porch.lan", resolvedTo: numbers) }
  }

  /// Which of the addresses is used would be chance, so one is enough, wherever it is in the list.
  @Test(arguments: [
    (["169.254.169.254"], "169.254.169.254"), (["::ffff:169.254.169.254"], "::ffff:169.254.169.254"),
    (["192.168.1.20", "8.8.8.8"], "8.8.8.8"), (["8.8.8.8", "192.168.1.20"], "8.8.8.8"),
    (["10.0.0.1", "fd00::1", "::ffff:a9fe:a9fe", "10.0.0.2"], "::ffff:a9fe:a9fe"), (["0.0.0.0"], "0.0.0.0"),
    (["192.168.1.20", "what"], "what"),
  ])
  func aNameThatResolvesOutsideTheHouseIsRefused(_ numbers: [String], _ outside: String) {
    let problem = #expect(throws: Problem.self) { try CameraHost.check("porch.lan", resolvedTo: numbers) }
    #expect(problem?.exit == .configuration)
    #expect(problem?.what.contains("porch.lan") == true && problem?.what.contains(outside) == true)
  }

  @Test func aNameWithoutAnAddressIsUnavailable() {
    let problem = #expect(throws: Problem.self) { try CameraHost.check("porch.lan", resolvedTo: []) }
    #expect(problem?.exit == .unavailable)
  }
}
