import Files
import Domain
import Glibc
import WorkerProtocol

/// What the roles that do one thing and end have to say.
enum StandardOutput {
  /// Reads the task from standard input and writes what `work` makes of it, or the problem, as one line.
  ///
  /// - Parameters:
  ///   - instead: what to do when the task makes no sense.
  ///   - work: `nil` when the task was not understood.
  /// - Returns: the process's exit code.
  static func answer(_ instead: String, _ work: ([UInt8]) throws -> [UInt8]?) -> Int32 {
    do {
      let (line, _) = try StandardInput.readLine()
      guard let answer = try work(line) else {
        throw Problem(.usage, "the request on standard input was not understood", next: instead)
      }
      write(answer)
      return 0
    } catch {
      let problem = error as? Problem ?? Problem(.internalError, "\(error)", next: "report this")
      if let line = try? JSONLine.encode(ProblemLine(problem)) { write(line) }
      return problem.exit.rawValue
    }
  }

  private static func write(_ line: [UInt8]) {
    let whole = line + [0x0a]
    var done = 0
    while done < whole.count {
      let put = whole.withUnsafeBytes {
        Glibc.write(STDOUT_FILENO, $0.baseAddress.map { $0 + done }, whole.count - done)
      }
      if put < 0 && errno == EINTR { continue }
      // Nobody listens any more.
      guard put > 0 else { return }
      done += put
    }
  }
}
