import Foundation
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
      let parts = path.split(separator: "/").dropFirst(2).map { $0.hasPrefix("{") ? "*" : String($0) }
      for method in operations.keys where method != "parameters" {
        described.insert("\(method.uppercased()) \(parts.joined(separator: "/"))")
      }
    }
    // The sockets have no entry in the table: they are upgrades.
    described.subtract(["GET live", "GET feed"])
    let source = try String(contentsOf: Self.root.appending(path: "Sources/HomeServer/HomeCore.swift"), encoding: .utf8)
    var routed: Set<String> = []
    for line in source.split(separator: "\n") {
      let text = line.trimmingCharacters(in: .whitespaces)
      guard text.hasPrefix("case (\""), let end = text.firstIndex(of: ")") else { continue }
      let words = text[text.index(text.startIndex, offsetBy: 6)..<end].split(separator: ",").map {
        $0.trimmingCharacters(in: CharacterSet(charactersIn: " \""))
      }
      var parts = [words[1]] + Array(repeating: "*", count: (Int(words[2]) ?? 1) - 1)
      if let place = text.range(of: "rest["), let name = text.range(of: "== \"") {
        let index = Int(String(text[place.upperBound...].prefix(1))) ?? 0
        parts[index] = String(text[name.upperBound...].prefix { $0 != "\"" })
      }
      routed.insert("\(words[0]) \(parts.joined(separator: "/"))")
    }
    #expect(routed.count > 30)
    #expect(routed.subtracting(described) == [])
    #expect(described.subtracting(routed) == [])
  }
}
