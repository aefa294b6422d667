import CameraWorker
import Domain
import Testing

/// Numbers need no resolver, so that these pass without a network.
@Suite struct HostResolutionTests {
  @Test(arguments: ["192.168.1.20", "10.0.0.7", "172.16.3.4", "127.0.0.1", "fd00::20", "::1"])
  func anAddressInTheHouseIsItself(_ host: String) throws {
    #expect(try HostResolution.resolve(host) == [host])
  }

  @Test(arguments: ["8.8.8.8", "100.64.0.1", "172.32.0.1", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
  func anAddressOutsideTheHouseIsRefusedByName(_ host: String) throws {
    let problem = try #require(throws: Problem.self) { try HostResolution.resolve(host) }
    #expect(problem.exit == .configuration)
    #expect(problem.what.contains(host))
  }

  @Test func aNameLeadsToAddressesInTheHouse() throws {
    let numbers = try HostResolution.resolve("localhost")
    #expect(!numbers.isEmpty && numbers.allSatisfy { ["127.0.0.1", "::1"].contains($0) })
  }
}
