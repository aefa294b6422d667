/// "Did you mean": the known word that is nearest to one that was mistyped.
package enum Suggestion {
  /// The candidate within a third of the word's length in edits (at least one, at most three), or one that continues or
  /// is continued by the word; `nil` when nothing is near.
  package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let plain = folded(word)
    let limit = min(3, max(1, plain.count / 3))
    let ranked = candidates.map { (candidate: $0, edits: edits(plain, folded($0))) }
      .sorted { ($0.edits, $0.candidate) < ($1.edits, $1.candidate) }
    if let best = ranked.first, best.edits <= limit { return best.candidate }
    guard plain.count >= 3 else { return nil }
    return ranked.first { folded($0.candidate).starts(with: plain) || plain.starts(with: folded($0.candidate)) }?
      .candidate
  }

  /// Without case and the marks that separate words: "recordDetect", "record-detect" and "record_detect" are one.
  private static func folded(_ text: String) -> [Character] {
    text.lowercased().filter { !"_- ".contains($0) }
  }

  /// The Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment).
  static func edits(_ left: [Character], _ right: [Character]) -> Int {
    guard !left.isEmpty, !right.isEmpty, left.count <= 100, right.count <= 100 else {
      return max(left.count, right.count)
    }
    var rows = [[Int](0...right.count)]
    for i in 1...left.count {
      var row = [i]
      for j in 1...right.count {
        var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1))
        if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
          best = min(best, rows[i - 2][j - 2] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
