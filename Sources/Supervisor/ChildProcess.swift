import Domain
package import Files
package import Glibc

/// A process that was started by us, with pipes to its standard input and from its standard output. Its standard error
/// is ours, unless said otherwise.
package final class ChildProcess {
  package let pid: pid_t
  private var input: Descriptor?
  package private(set) var output: Descriptor?
  private var unsent: [UInt8] = []
  private var unread: [UInt8] = []

  /// The longest line a child may say; more is thrown away.
  private static let longestLine = 64 << 10

  private init(pid: pid_t, input: Descriptor, output: Descriptor) {
    self.pid = pid
    self.input = input
    self.output = output
  }

  /// Starts `command` (an absolute path and its arguments) in a process group of its own, so that Ctrl-C at a terminal
  /// reaches the supervisor alone and the order of stopping stays ours. Nothing of ours is inherited but standard error:
  /// see `Pipes.keepToOurselves`.
  ///
  /// - Parameter errors: takes what the child writes on standard error.
  package static func start(
    _ command: [String], environment: [String], errors: Descriptor? = nil
  ) throws -> ChildProcess {
    guard let path = command.first else { throw Problem(.internalError, "there is no command", next: "report this") }
    let (childInput, input) = try pipe()
    let (output, childOutput) = try pipe()
    for end in [input, output] {
      guard fcntl(end.number, F_SETFL, O_NONBLOCK) == 0 else { throw Problem.system("set up the pipe to", path) }
    }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, childInput.number, 0)
    posix_spawn_file_actions_adddup2(&actions, childOutput.number, 1)
    if let errors { posix_spawn_file_actions_adddup2(&actions, errors.number, 2) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var pid: pid_t = 0
    let code = withStrings(command) { arguments in
      withStrings(environment) { environment in
        posix_spawn(&pid, path, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw Problem.system("start", path, code: code) }
    return ChildProcess(pid: pid, input: input, output: output)
  }

  private static func pipe() throws -> (read: Descriptor, write: Descriptor) {
    let ends = try Pipes.open()
    return (Descriptor(owning: ends.read, path: "a pipe"), Descriptor(owning: ends.write, path: "a pipe"))
  }

  /// Whether bytes wait for room in the pipe, and the end to wait at.
  package var waitingToSend: Int32? { unsent.isEmpty ? nil : input?.number }

  /// Sends a line; what the pipe can't take yet is kept for `flush`.
  package func send(_ line: [UInt8]) {
    guard input != nil else { return }
    unsent += line + [0x0a]
    flush()
  }

  package func flush() {
    while let input, !unsent.isEmpty {
      let put = unsent.withUnsafeBytes { write(input.number, $0.baseAddress, $0.count) }
      if put > 0 {
        unsent.removeFirst(put)
      } else if put < 0 && errno == EINTR {
        continue
      } else if put < 0 && errno == EAGAIN {
        return
      } else {
        // The other side is gone; its end will be told by waitpid.
        self.input = nil
        unsent = []
      }
    }
  }

  /// The whole lines that arrived.
  package func readLines() -> [[UInt8]] {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while let output {
      let got = read(output.number, &buffer, buffer.count)
      if got > 0 {
        unread += buffer[..<got]
      } else if got < 0 && errno == EINTR {
        continue
      } else {
        if !(got < 0 && errno == EAGAIN) { self.output = nil }
        break
      }
    }
    var lines: [[UInt8]] = []
    while let end = unread.firstIndex(of: 0x0a) {
      lines.append(Array(unread[..<end]))
      unread.removeFirst(end + 1)
    }
    if unread.count > Self.longestLine { unread = [] }
    return lines
  }

  /// How it ended; `nil` while it runs.
  package func poll() -> SupervisorPlan.End? {
    var status: Int32 = 0
    let found = waitpid(pid, &status, WNOHANG)
    if found == 0 || (found < 0 && errno == EINTR) { return nil }
    guard found == pid else { return .notStarted }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
  }

  /// Sends a signal. It can't reach a stranger: the number means this child until `poll` has reaped it.
  package func signal(_ number: Int32) { _ = kill(pid, number) }

  /// Processor time that it has had, its threads together; `nil` when it is gone. Its own children are not counted: a worker
  /// can have none (the filter of system calls).
  package var processorTime: Duration? {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  private static func withStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return (copies + [nil]).withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("there is at least the nil at the end") }
      return body(base)
    }
  }
}
