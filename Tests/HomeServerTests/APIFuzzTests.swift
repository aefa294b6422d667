import Foundation
import Fuzz
import HomeServer
import Testing

/// Requests with damaged bodies: the server answers, and never ends.
@Suite struct APIFuzzTests {
  private static let bodies: [(method: String, path: String, body: String)] = [
    ("POST", "/cameras", #"{"name":"Porch","main":{"host":"192.168.1.20","port":554,"path":"/main"},"probe":false}"#),
    ("POST", "/people", #"{"name":"Kim","password":"correct horse battery","owner":false}"#),
    ("PUT", "/retention", #"{"continuousSeconds":86400,"motionSeconds":2592000,"budgetBytes":500000000000}"#),
    ("POST", "/session", #"{"name":"Anna","password":"correct horse battery"}"#),
    ("POST", "/tokens", #"{"person":"Anna","label":"tests","rights":["live"],"hours":{"from":"08:00","to":"20:00"}}"#),
    ("PUT", "/network", #"{"hostNames":["hearth.lan"],"trustedProxies":["192.168.1.2"],"clientRanges":[]}"#),
    ("POST", "/house/plan", #"{"house":{"cameras":[{"name":"Porch","source":"rtsp://192.168.1.20/main"}]}}"#),
  ]

  @Test func damagedBodiesAreAnswered() async throws {
    let home = try await Home()
    var damaged: [(Int, String)] = []
    for (index, one) in Self.bodies.enumerated() {
      Fuzz.run([Array(one.body.utf8)], words: ["{", "[", "null", "\"", "1e400", "\\ud800", ","], few: 15, most: 200) {
        bytes, _ in
        damaged.append((index, String(decoding: bytes, as: UTF8.self)))
      }
    }
    for (index, body) in damaged {
      let one = Self.bodies[index]
      let answer = try await home.ask(one.method, one.path, body, as: nil)
      #expect((200..<600).contains(answer.status) && answer.status != 500, "\(one.method) \(one.path) \(body)")
      let asOwner = try await home.ask(one.method, one.path, body)
      #expect(asOwner.status != 500, "\(one.method) \(one.path) \(body)")
    }
  }
}
