internal import FoundationEssentials
internal import TestSupport

/// Damages what was right once, the same way each time for the same seed, and hands it to a parser. Nothing may trap,
/// hang or be taken for what it is not: what that means is the caller's to say.
public enum Fuzz {
  /// How many rounds to go: `HEARTH_FUZZ_ROUNDS` (`make fuzz`), else so few that all tests stay quick.
  public static func rounds(_ few: Int) -> Int {
    ProcessInfo.processInfo.environment["HEARTH_FUZZ_ROUNDS"].flatMap { Int($0) } ?? few
  }

  /// However many rounds are asked for, one parser is not given longer than this.
  private static let longest = Duration.seconds(60)

  /// Hands damaged seeds to `body`, a round each, with the round's number, by which a failure can be run again.
  ///
  /// - Parameters:
  ///   - words: pieces that mean something to the parser and are put in here and there.
  ///   - most: the most rounds that make sense, for parsers behind something slow.
  public static func run(
    _ seeds: [[UInt8]], words: [String] = [], few: Int = 1500, most: Int = .max,
    _ body: (_ bytes: [UInt8], _ round: Int) throws -> Void
  ) rethrows {
    let begun = ContinuousClock.now
    for round in 0..<min(rounds(few), most) {
      if round.isMultiple(of: 256), ContinuousClock.now - begun > longest { return }
      var chance = SeededGenerator(seed: UInt64(round) &* 0x2545_f491_4f6c_dd1d)
      try body(damaged(seeds, words, &chance), round)
    }
  }

  private static func damaged(_ seeds: [[UInt8]], _ words: [String], _ chance: inout SeededGenerator) -> [UInt8] {
    var bytes = seeds.randomElement(using: &chance) ?? []
    for _ in 0..<Int.random(in: 1...4, using: &chance) {
      let at = Int.random(in: 0...bytes.count, using: &chance)
      let left = bytes.count - at
      switch Int.random(in: 0..<8, using: &chance) {
      case 0: if left > 0 { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &chance) }
      case 1: if left > 0 { bytes[at] = UInt8.random(in: 0...255, using: &chance) }
      case 2: bytes.removeLast(left)
      case 3: bytes.removeSubrange(at..<at + min(left, Int.random(in: 1...64, using: &chance)))
      case 4:
        // A piece of another seed, or of the same one.
        let other = seeds.randomElement(using: &chance) ?? []
        let from = Int.random(in: 0...other.count, using: &chance)
        bytes.insert(contentsOf: other[from...].prefix(Int.random(in: 1...200, using: &chance)), at: at)
      case 5:
        // Lengths and numbers at the limits are where arithmetic goes wrong.
        let values: [[UInt8]] = [
          [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 0, 0, 1],
          [0, 0, 0, 8], [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ]
        let value = values.randomElement(using: &chance) ?? []
        if left >= value.count { bytes.replaceSubrange(at..<at + value.count, with: value) }
      case 6:
        let word = words.randomElement(using: &chance) ?? "\0"
        bytes.insert(contentsOf: Array(word.utf8), at: at)
      default:
        // Digits in a text: numbers of any size.
        let digits = ["9223372036854775807", "-9223372036854775808", "1e400", "-1", "0", "99999999999999999999"]
        if let start = bytes[at...].firstIndex(where: { (0x30...0x39).contains($0) }) {
          let end = bytes[start...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
          bytes.replaceSubrange(start..<end, with: Array((digits.randomElement(using: &chance) ?? "").utf8))
        }
      }
    }
    return bytes
  }
}
