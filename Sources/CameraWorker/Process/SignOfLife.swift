import Domain
import Files
import Glibc

/// The file `run/alive`: holds the boot that the worker lives in, was last written when it was last seen alive, and is
/// gone when it ended in order. By it the next worker can tell since when nobody saw to the camera.
final class SignOfLife: Sendable {
  private static let name = "alive"
  private static let period = Duration.seconds(15)

  /// What an earlier worker left that did not end in order.
  struct Left {
    /// When it was certainly alive.
    let last: WallTime
    /// Whether the machine has run since; else it was switched off, or its power failed.
    let isSameBoot: Bool

    var cause: String {
      isSameBoot ? "the camera's process had ended unexpectedly" : "the machine was off"
    }
  }

  private let file: Descriptor
  let left: Left?

  /// - Parameter boot: of the machine, now. The working folder is the camera's `run`.
  init(boot: RandomID) throws {
    let folder = try Descriptor.open(".", .folder)
    let before = try folder.measure(Self.name)
    file = try Descriptor.open(Self.name, in: folder, .createOrOpen)
    // After a power cut the file may be empty: what was never made durable was written in another boot.
    let said = String(decoding: try file.readAll(limit: 4096), as: UTF8.self)
    left = before.map { Left(last: $0.written, isSameBoot: said == boot.text) }
    try file.truncate(to: 0)
    try file.write(Array(boot.text.utf8), at: 0)
  }

  /// Says so now and then until the worker stops; on a thread of its own.
  func keep(_ control: ControlLine) {
    // A failure means no more than that the next worker knows less.
    while control.pause(Self.period) { futimens(file.number, nil) }
  }

  /// The worker ends in order.
  static func end() { unlink(name) }
}
