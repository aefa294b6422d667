import Domain
import Glibc

package enum StandardInput {
  /// Reads the first line, waiting for it.
  ///
  /// - Returns: the line without its end, and what came after it.
  package static func readLine(limit: Int = 4 << 20) throws -> (line: [UInt8], rest: [UInt8]) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let got = read(STDIN_FILENO, &buffer, buffer.count)
      if got < 0 && errno == EINTR { continue }
      guard got > 0, bytes.count < limit else {
        throw Problem(
          .usage, "standard input held no line", next: "this program is started by `hearth`; it reads its task there")
      }
      let before = bytes.count
      bytes.append(contentsOf: buffer[..<got])
      if let end = bytes[before...].firstIndex(of: 0x0a) {
        return (Array(bytes[..<end]), Array(bytes[(end + 1)...]))
      }
    }
  }
}
