import Foundation
import HomeAPI
import HomeServer
import Settings
import Testing

/// The document says what the server does: the same addresses, and in each body the same fields.
@Suite struct OpenAPITests {
  let document: OpenAPIDocument

  init() throws { document = try OpenAPIDocument() }

  @Test func everyRouteIsDescribedAndEveryDescriptionHasARoute() throws {
    var described: Set<String> = []
    for (path, operations) in document.paths {
      for method in (operations.members ?? [:]).keys where method != "parameters" {
        described.insert("\(method.uppercased()) \(path)")
      }
    }
    var routed = Set(Routes.list.map { "\($0.method) \($0.path)" })
    #expect(routed.count == Routes.list.count)
    // The document doesn't describe where it is itself.
    routed.remove("GET /api/openapi.json")
    #expect(routed.count > 30)
    #expect(routed.subtracting(described) == [])
    #expect(described.subtracting(routed) == [])
  }

  @Test func everySchemaHasATypeAndEveryTypeASchema() {
    let typed = Set(Bodies.all.keys).union(Bodies.patches.keys)
    #expect(Set(document.schemas.keys).subtracting(typed) == [])
    #expect(typed.subtracting(document.schemas.keys) == [])
  }

  @Test func everyBodyOfHomeAPIHasASchema() throws {
    let folder = OpenAPIDocument.root.appending(path: "Sources/HomeAPI")
    var declared: Set<String> = []
    for file in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where file.hasSuffix(".swift") {
      for line in try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n") {
        guard let match = line.wholeMatch(of: /\s\spublic struct (\w+).*/) else { continue }
        declared.insert(String(match.1))
      }
    }
    #expect(declared.count > 50)
    #expect(declared.subtracting(Bodies.all.keys).subtracting(Bodies.patches.keys) == [])
  }

  @Test func everyOperationNamesTheSchemaOfItsBodies() {
    var used: Set<String> = []
    for (path, operations) in document.paths {
      for (method, operation) in operations.members ?? [:] where method != "parameters" {
        for (place, schema) in document.bodies(of: operation) {
          #expect(schema != nil, "\(method) \(path): the \(place)'s body has no schema with a name")
          if let schema { used.insert(schema) }
        }
      }
    }
    #expect(used.count > 45)
    #expect(used.subtracting(document.schemas.keys) == [])
  }

  @Test(arguments: Bodies.all.keys.sorted())
  func aBodyHasTheFieldsOfItsSchema(_ name: String) throws {
    let type = try #require(Bodies.all[name])
    let described = try document.shape(named: name)
    #expect(try ShapeDecoder.shape(of: type).differences(from: described, at: name) == [])
  }

  /// What is really written: with every optional field, and with none.
  @Test(arguments: Bodies.all.keys.sorted(), [true, false])
  func aBodyIsWrittenAsItsSchemaSays(_ name: String, isFull: Bool) throws {
    let type = try #require(Bodies.all[name])
    let json = try JSONDecoder().decode(JSONValue.self, from: try ShapeDecoder.json(of: type, isFull: isFull))
    #expect(try document.shape(named: name).faults(of: json, at: name) == [])
  }

  @Test(arguments: Bodies.patches.keys.sorted())
  func aPatchHasTheFieldsOfWhatItChanges(_ name: String) throws {
    let type = try #require(Bodies.patches[name])
    let shape = try ShapeDecoder.shape(of: type).patch
    #expect(shape.differences(from: try document.shape(named: name).patch, at: name) == [])
  }
}

/// The measure itself.
@Suite struct BodyShapeTests {
  private struct Sample: Codable {
    enum Kind: String, Codable, CaseIterable { case one, two }
    let text: String
    let number: UInt64
    @Nullable var perhaps: Double?
    var more: [Kind]?
    let counts: [String: Int]
  }

  private static let shape = BodyShape.object([
    "text": .init(shape: .string, isRequired: true), "number": .init(shape: .integer, isRequired: true),
    "perhaps": .init(shape: .nullable(.number), isRequired: true),
    "more": .init(shape: .array(.oneOf(["one", "two"])), isRequired: false),
    "counts": .init(shape: .map(.integer), isRequired: true),
  ])

  @Test func aTypeTellsItsFields() throws { #expect(try ShapeDecoder.shape(of: Sample.self) == Self.shape) }

  @Test func everyKindOfDifferenceIsNamed() {
    let other = BodyShape.object([
      "text": .init(shape: .integer, isRequired: true), "Number": .init(shape: .integer, isRequired: true),
      "perhaps": .init(shape: .number, isRequired: true),
      "more": .init(shape: .array(.oneOf(["one"])), isRequired: true),
      "counts": .init(shape: .map(.integer), isRequired: true),
    ])
    #expect(Self.shape.differences(from: other).count == 6)
    #expect(Self.shape.differences(from: Self.shape) == [])
  }

  @Test(arguments: [
    (#"{"text":"a","number":1,"perhaps":null,"counts":{"a":1}}"#, 0), (#"{"text":"a","number":1,"counts":{}}"#, 1),
    (#"{"text":"a","number":1.5,"perhaps":1,"counts":{"a":"1"}}"#, 2),
    (#"{"text":"a","number":1,"perhaps":null,"counts":{},"more":["three"],"else":1}"#, 2),
  ])
  func whatDoesNotFitIsFound(_ text: String, _ faults: Int) throws {
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    #expect(Self.shape.faults(of: value, at: "").count == faults)
  }
}
