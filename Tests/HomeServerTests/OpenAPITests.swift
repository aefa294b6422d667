import Foundation
import HomeServer
import Testing

/// The document and the server's table of addresses say the same.
@Suite struct OpenAPITests {
  static var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  @Test func everyRouteIsDescribedAndEveryDescriptionHasARoute() throws {
    let document = try JSONSerialization.jsonObject(
      with: Data(contentsOf: Self.root.appending(path: "web/openapi.json")))
    let paths = try #require((document as? [String: Any])?["paths"] as? [String: [String: Any]])
    var described: Set<String> = []
    for (path, operations) in paths {
      for method in operations.keys where method != "parameters" { described.insert("\(method.uppercased()) \(path)") }
    }
    var routed = Set(Routes.list.map { "\($0.method) \($0.path)" })
    #expect(routed.count == Routes.list.count)
    // The document doesn't describe where it lies itself.
    routed.remove("GET /api/openapi.json")
    #expect(routed.count > 30)
    #expect(routed.subtracting(described) == [])
    #expect(described.subtracting(routed) == [])
  }
}
