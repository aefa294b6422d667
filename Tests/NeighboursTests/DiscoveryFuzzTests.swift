import Fuzz
import Neighbours
import Testing

@Suite struct DiscoveryFuzzTests {
  @Test func anEndpointsNameIsAUUIDOrNothing() {
    let seed = """
      <s:Envelope><s:Header><a:RelatesTo>uuid:1234</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>\
      <a:EndpointReference><a:Address>urn:uuid:00112233-4455-6677-8899-aabbccddeeff</a:Address></a:EndpointReference>\
      </d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>
      """
    Fuzz.run([Array(seed.utf8)], words: ["<", ">", "</", "/>", "uuid:", " ", "<a:Address>"]) { bytes, round in
      guard let name = DiscoveryMessages.endpoint(in: bytes, answering: "uuid:1234") else { return }
      #expect((8...64).contains(name.utf8.count) && !name.contains("<"), "round \(round)")
    }
  }
}
