import Glibc

/// Lines on standard error, for the journal of the system. Never holds secrets: it is given none.
struct Log: Sendable {
  private let head: String

  /// - Parameter camera: the camera's name, for people.
  init(camera: String) {
    let plain = camera.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f || $0 == "\"" ? "?" : String($0) }
    head = "camera=\"\(plain.joined())\" "
  }

  func line(_ text: String) {
    let clean = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : String($0) }.joined()
    let bytes = Array((head + clean + "\n").utf8)
    // One call a line, so that lines of several threads don't mix. A closed standard error is no reason to stop.
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
