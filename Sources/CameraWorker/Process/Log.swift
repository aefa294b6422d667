import Glibc
import Synchronization

/// Lines on standard error, for the journal of the system. Never holds secrets: it is given none.
final class Log: Sendable {
  private let head: Mutex<String>

  /// - Parameter camera: the camera's name, for people.
  init(camera: String) { head = Mutex(Self.head(camera)) }

  /// The camera has another name from now on.
  func rename(_ camera: String) { head.withLock { $0 = Self.head(camera) } }

  private static func head(_ camera: String) -> String {
    let plain = camera.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f || $0 == "\"" ? "?" : String($0) }
    return "camera=\"\(plain.joined())\" "
  }

  func line(_ text: String) {
    let clean = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : String($0) }.joined()
    let bytes = Array((head.withLock { $0 } + clean + "\n").utf8)
    // One call a line, so that lines of several threads don't mix. A closed standard error is no reason to stop.
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
