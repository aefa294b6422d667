import CLinux
import Domain
import Glibc

/// Ends a reader's wait for more from its camera: see `StreamSource.linger`.
final class Bell: Sendable {
  /// An eventfd's descriptor, open for as long as this lives.
  let number: Int32

  init() throws {
    number = hearth_bell()
    guard number >= 0 else {
      throw Problem(
        .internalError, "no eventfd could be made", next: "raise the limit of open files", code: .system(errno))
    }
  }

  deinit { close(number) }

  /// However often it rings, one wait ends.
  func ring() {
    var one: UInt64 = 1
    // Fails only when it has rung 2^64 - 2 times and nobody listened: it rings then.
    _ = write(number, &one, 8)
  }
}
