public import Domain

/// One mistake in a house file.
public struct HouseFileIssue: Hashable, Sendable, Comparable {
  /// Counted from 1.
  public let line: Int
  /// Counted from 1, in characters.
  public let column: Int
  public let what: String
  public let next: String

  public init(line: Int, column: Int, what: String, next: String) {
    self.line = line
    self.column = column
    self.what = what
    self.next = next
  }

  public static func < (left: HouseFileIssue, right: HouseFileIssue) -> Bool {
    (left.line, left.column, left.what) < (right.line, right.column, right.what)
  }
}

/// All mistakes of a house file at once, in the order of its lines. Nothing of such a file is used.
public struct HouseFileProblems: Error, Sendable, CustomStringConvertible {
  public let file: String
  public let issues: [HouseFileIssue]

  /// One line for each mistake: `house.yaml:3:5: what — what next`.
  public var lines: [String] { issues.map { "\(file):\($0.line):\($0.column): \($0.what) — \($0.next)" } }
  public var description: String { lines.joined(separator: "\n") }

  /// All of them as one error (exit 78).
  public var problem: Problem {
    let count = issues.count == 1 ? "a mistake" : "\(issues.count) mistakes"
    return Problem(
      .configuration, "\(file) has \(count):\n" + lines.map { "  \($0)\n" }.joined(),
      next: "nothing was changed; mend the file and try again")
  }
}
