import Domain
import FoundationEssentials
import Settings
import TestSupport
import Testing

@Suite struct HouseFileFuzzTests {
  /// A damaged house file is read or refused with places inside it; nothing else ever happens.
  @Test func fuzzedHouseFilesAreReadOrRefusedWithPlaces() throws {
    let rounds = ProcessInfo.processInfo.environment["HEARTH_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 500
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let example = try Array(Data(contentsOf: root.appending(path: "deploy/house.example.yaml")))
    for round in 0..<rounds {
      var chance = SeededGenerator(seed: UInt64(round))
      let damaged = damage(example, using: &chance)
      do {
        let house = try HouseFileReader.parse(damaged, file: "h") { _ in Secret("a") }
        let text = house.yaml
        let back = try HouseFileReader.parse(Array(text.utf8), file: "h") { _ in Secret("a") }
        #expect(back.cameras.map(\.name) == house.cameras.map(\.name), "round \(round)")
      } catch let problems as HouseFileProblems {
        // YAML ends lines at CR, NEL and the Unicode separators too; these are their last bytes.
        let lines = 1 + damaged.count { [0x0a, 0x0d, 0x85, 0xa8, 0xa9].contains($0) }
        #expect(!problems.issues.isEmpty, "round \(round)")
        #expect(problems.issues.allSatisfy { (1...lines + 1).contains($0.line) && $0.column >= 1 }, "round \(round)")
      }
    }
  }

  private func damage(_ bytes: [UInt8], using chance: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    let tokens = [
      "- ", ": ", "[", "]", "{", "}", "&a ", "*a", "\"", "'", "|\n", "<<: ", "!!int ", "\t", "\u{0}", "---\n", "? ",
    ]
    for _ in 0..<Int.random(in: 1...8, using: &chance) {
      let place = Int.random(in: 0..<bytes.count, using: &chance)
      switch Int.random(in: 0..<5, using: &chance) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &chance)))
      case 2: bytes.insert(contentsOf: Array((tokens.randomElement(using: &chance) ?? "").utf8), at: place)
      case 3:
        let length = min(bytes.count - place, Int.random(in: 1...200, using: &chance))
        let copy = Array(bytes[place..<place + length])
        bytes.insert(contentsOf: copy, at: Int.random(in: 0..<bytes.count, using: &chance))
      default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &chance))
      }
      if bytes.isEmpty { bytes = [0x0a] }
    }
    return bytes
  }
}
