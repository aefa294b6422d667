import Glibc

/// Other programs that tests run. Not by Foundation's `Process`: it crashes now and then when two threads start programs
/// at once, and tests run side by side.
public enum Program {
  public struct NotStarted: Error {
    public let words: [String]
    public let code: Int32
  }

  /// Runs a program, with nothing to read, and waits for its end.
  ///
  /// - Parameters:
  ///   - words: its name or path, and its arguments.
  ///   - errors: the file that its standard error goes to; else it goes where this process's does.
  /// - Returns: its exit status, and what it wrote to standard output.
  public static func run(_ words: [String], errors: String? = nil) throws -> (status: Int32, output: [UInt8]) {
    func quoted(_ word: String) -> String {
      "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
    let command = words.map(quoted).joined(separator: " ") + " < /dev/null"
    guard let stream = popen("exec " + command + (errors.map { " 2> " + quoted($0) } ?? ""), "re") else {
      throw NotStarted(words: words, code: errno)
    }
    var output: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, stream)
      if count == 0 { break }
      output += part[..<count]
    }
    let status = pclose(stream)
    // Of waitpid(2): the exit code in the second byte, or the signal in the first.
    return (status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f, output)
  }
}
