import Domain
import Glibc
import Synchronization

/// Wakes the main thread out of `poll`: from another thread, or from a signal.
final class Alarm: Sendable {
  enum Ring { case none, wake, terminate }

  let reading: Int32
  private let writing: Int32
  /// One byte in the pipe is enough, however often it rings.
  private let isRinging = Atomic<Bool>(false)

  /// The pipe's end that the signal handler writes to; a handler can be given nothing else.
  private static let signalled = Atomic<Int32>(-1)

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw Problem(
        .internalError, "no pipe could be made", next: "raise the limit of open files", code: .system(errno))
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    reading = ends[0]
    writing = ends[1]
  }

  /// From now on SIGTERM and SIGINT end the worker in order, and a closed pipe or socket is only an error code.
  func catchSignals() {
    Self.signalled.store(writing, ordering: .releasing)
    for number in [SIGTERM, SIGINT] {
      signal(number) { _ in
        // Only what is safe in a signal handler: an atomic load and write(2).
        var letter: UInt8 = 0x54
        let keep = errno
        _ = write(Alarm.signalled.load(ordering: .acquiring), &letter, 1)
        errno = keep
      }
    }
    signal(SIGPIPE, SIG_IGN)
  }

  func ring() {
    guard !isRinging.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var letter: UInt8 = 0x57
    _ = write(writing, &letter, 1)
  }

  /// Empties the pipe. What rang before this returns is to be looked at after it: those who ring while the pipe is being
  /// emptied leave no byte in it.
  func wasRung() -> Ring {
    // After the reading, never before: a byte that came between the two would be taken out of the pipe with the flag left
    // up, and nobody would ever ring again.
    defer { _ = isRinging.exchange(false, ordering: .acquiringAndReleasing) }
    var ring = Ring.none
    var buffer = [UInt8](repeating: 0, count: 64)
    while true {
      let got = read(reading, &buffer, buffer.count)
      guard got > 0 else { return ring }
      if buffer[..<got].contains(0x54) { ring = .terminate }
      if ring == .none { ring = .wake }
    }
  }
}
