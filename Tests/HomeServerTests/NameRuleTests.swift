import Domain
import Foundation
import Household
import Settings
import TestSupport
import Testing

/// A name is accepted by each way into the house or by none: configuration file, API, command line.
@Suite struct NameRuleTests {
  // Without U+FEFF: at the beginning of a text, Foundation takes it for a byte order mark and drops it, so the reader of
  // the file is given another name.
  private static let pieces = [
    "a", "B", "7", " ", " ", "é", "e\u{301}", "\u{301}", "\u{958}", "祖", "👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\u{200D}", "\u{200B}",
    "\u{202E}", "\u{2066}", "\u{a0}", "\u{3000}", "\u{2028}", "\u{E000}", "\u{378}", "\t", "\n", "\0", "\"", "\\", ":",
    "#", "%",
    String(repeating: "x", count: 60), String(repeating: "\u{301}", count: 100),
  ]

  private static func name(using generator: inout SeededGenerator) -> String {
    let isMostlyPlain = Bool.random(using: &generator)
    return (0..<Int.random(in: 0...6, using: &generator)).map { _ in
      isMostlyPlain && Int.random(in: 0..<8, using: &generator) > 0
        ? "abc é".randomElement(using: &generator).map(String.init) ?? ""
        : pieces.randomElement(using: &generator) ?? ""
    }.joined()
  }

  /// In double quotes with every character escaped (YAML 1.1 section 5.6).
  private static func quoted(_ text: String) -> String {
    "\"" + text.unicodeScalars.map { "\\U" + String(format: "%08x", $0.value) }.joined() + "\""
  }

  private static func isAccepted(_ body: () throws -> Void) -> Bool {
    do { try body() } catch { return false }
    return true
  }

  private static func isAcceptedByFile(_ text: String) -> Bool {
    isAccepted {
      _ = try HouseFileReader.parse(Array(text.utf8), file: "house.yaml") { _ in Secret("open sesame") }
    }
  }

  @Test func aNameIsAcceptedByEveryDoorOrByNone() async throws {
    let household = try Household.inMemory(generator: SystemRandomNumberGenerator(), passwordCost: 1)
    var generator = SeededGenerator(seed: 16)
    let camera = CameraID.mint(using: &generator)
    let owner = try await household.addPerson(name: "Zoé", password: nil, owner: true, now: WallTime(seconds: 1))
    var accepted = 0
    for _ in 0..<1500 {
      let name = Self.name(using: &generator)
      let main = try CameraAddress(scheme: .rtsp, host: "porch.lan", port: 554, path: "/")
      var settings = CameraSettings(id: camera, name: name, main: main)
      let asCamera = Self.isAccepted { try settings.validate(replacing: nil) }
      settings.name = "Porch"
      let corners = [(0.0, 0.0), (1, 0), (1, 1)].map { RelativePoint(x: $0.0, y: $0.1) }
      settings.motion.zones = [Zone(name: name, polygon: corners)]
      let asZone = Self.isAccepted { try settings.validate(replacing: nil) }
      let quoted = Self.quoted(name)
      let inFile = Self.isAcceptedByFile("cameras:\n  - {name: \(quoted), source: 'rtsp://porch.lan/'}\n")
      let asPersonInFile = Self.isAcceptedByFile("people:\n  - {name: \(quoted)}\n")
      let asPerson: Bool
      do {
        let person = try await household.addPerson(name: name, password: nil, owner: false, now: WallTime(seconds: 1))
        try await household.removePerson(person.id)
        asPerson = true
      } catch { asPerson = false }
      let asLabel: Bool
      do {
        _ = try await household.createToken(for: owner.id, label: name, now: WallTime(seconds: 1))
        asLabel = true
      } catch { asLabel = false }
      let doors = [asCamera, asZone, inFile, asPersonInFile, asPerson, asLabel]
      #expect(Set(doors).count == 1, "\(name.unicodeScalars.map { String($0.value, radix: 16) }): \(doors)")
      if asCamera { accepted += 1 }
    }
    #expect((200..<1300).contains(accepted))
  }
}
