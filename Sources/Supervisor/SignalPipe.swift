import CLinux
import Domain
public import Files
import Glibc

/// Turns signals into bytes that a poll loop can wait for.
public enum SignalPipe {
  /// The writing end, for the handler. Set once before the handlers are, and never changed: a handler may run on any
  /// thread at any time and can only do what signal-safety(7) allows, which is to write.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  /// Catches SIGTERM, SIGINT, SIGHUP and SIGCHLD for this process. Called once.
  ///
  /// - Returns: the reading end, which never blocks.
  public static func open() throws -> Descriptor {
    let ends = try Pipes.open()
    for end in [ends.read, ends.write] {
      guard fcntl(end, F_SETFL, O_NONBLOCK) == 0 else { throw Problem.system("set up", "a pipe") }
    }
    writeEnd = ends.write
    let caught = [SIGTERM, SIGINT, SIGHUP, SIGCHLD]
    var set = sigset_t()
    sigemptyset(&set)
    for number in caught {
      sigaddset(&set, number)
      signal(number) { number in
        let code = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(SignalPipe.writeEnd, &byte, 1)
        errno = code
      }
    }
    // A mask is inherited, and programs start others from threads that block everything: SIGTERM would end nothing then.
    guard pthread_sigmask(SIG_UNBLOCK, &set, nil) == 0 else { throw Problem.system("unblock", "signals") }
    return Descriptor(owning: ends.read, path: "the signal pipe")
  }
}

/// Ends with the process that started this one.
public enum Parent {
  /// From now on this process gets `signal` when its parent ends (PR_SET_PDEATHSIG), however that ends. A parent that
  /// has ended before the call is not noticed: watch the end of standard input too.
  public static func follow(signal number: Int32) throws {
    guard hearth_end_with_parent(number) == 0 else { throw Problem.system("follow", "the parent process") }
  }
}

/// Pipes and descriptors that children don't inherit.
enum Pipes {
  /// A pipe whose ends are closed in children. The flag is set after the pipe is made, which is safe because only the
  /// supervisor's one thread starts processes.
  static func open() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Problem.system("make", "a pipe") }
    for end in ends {
      guard fcntl(end, F_SETFD, FD_CLOEXEC) == 0 else { throw Problem.system("set up", "a pipe") }
    }
    return (ends[0], ends[1])
  }

  /// Marks every descriptor above standard error, whoever left it open, so that no child gets it.
  static func keepToOurselves() throws {
    for name in try Descriptor.open("/proc/self/fd", .folder).names() {
      guard let number = Int32(name), number > 2 else { continue }
      // The listing's own descriptor is closed by now.
      guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 || errno == EBADF else {
        throw Problem.system("set up", "descriptor \(number)")
      }
    }
  }
}
