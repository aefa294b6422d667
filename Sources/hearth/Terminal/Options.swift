import ArgumentParser
import Domain
import Glibc
import Settings

/// Which household.
struct DataOption: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The data directory.", valueName: "dir"))
  var data: String?

  var path: String {
    data
      ?? DataLayout.standard(environment: Environment.all) { path in
        access(path, F_OK) == 0
      }
  }

  /// The household's API.
  ///
  /// - Parameter creating: whether this command may be the one that sets the data directory up.
  func client(creating: Bool = false) throws -> ControlClient {
    let layout = DataLayout(path: path)
    guard creating || layout.exists else {
      throw Problem(
        .unavailable, "there is no Hearth in \(layout.path)",
        next: "start one with `hearth serve`, or name its folder with --data")
    }
    return ControlClient(
      layout: layout, direct: { try await DirectTransport.open($0) }, sleep: { try await Task.sleep(for: $0) })
  }
}

/// How the answer is written.
struct OutputOption: ParsableArguments {
  @Flag(help: "Write JSON, as the API gives it.")
  var json = false

  /// Writes the answer as it came when JSON is wanted, and says whether it did.
  func wrote(_ response: ControlResponse) -> Bool {
    guard json else { return false }
    print(String(decoding: response.body, as: UTF8.self))
    return true
  }
}

/// A password for a camera or a person, never on the command line.
struct PasswordOption: ParsableArguments {
  @Flag(help: "Read the password as one line from standard input.")
  var passwordStdin = false

  /// The password: from standard input, or asked for at the terminal.
  ///
  /// - Parameter twice: whether it is a new one that is asked for again.
  /// - Throws: `Problem` (exit 64) when there is neither.
  func read(_ prompt: String, twice: Bool) throws -> Secret {
    if passwordStdin { return try Terminal.readLine() }
    guard Terminal.isInteractive else {
      throw Problem(.usage, "there is no terminal to ask for the password at", next: "pipe it in with --password-stdin")
    }
    let first = try Terminal.ask(prompt)
    guard twice else { return first }
    guard try Terminal.ask("Again: ") == first else {
      throw Problem(.usage, "the two are not the same", next: "try again")
    }
    return first
  }
}

/// The process' environment.
enum Environment {
  static var all: [String: String] {
    var all: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { all[String(parts[0])] = String(parts[1]) }
      entry += 1
    }
    return all
  }

  /// What children get: enough to find libraries and to know the house's zone, and nothing that might be secret.
  static var forChildren: [String] {
    let kept = ["LD_LIBRARY_PATH", "LANG", "TZ", "TZDIR"]
    return ["PATH=/usr/local/bin:/usr/bin:/bin"]
      + all.filter { kept.contains($0.key) }.map { "\($0.key)=\($0.value)" }
      .sorted()
  }
}

/// Standard input and output as far as a person sits there.
enum Terminal {
  static var isInteractive: Bool { isatty(0) == 1 && isatty(2) == 1 }

  /// Asks whether to go on; any answer but yes ends the command.
  ///
  /// - Parameters:
  ///   - flag: what a script says instead.
  ///   - otherwise: what did not happen then, in words.
  static func confirm(_ question: String, flag: String, otherwise: String) throws {
    guard isInteractive else {
      throw Problem(.usage, "\(otherwise): there is no terminal to ask at", next: "say \(flag)")
    }
    Output.error("\(question) [y/N] ")
    guard ["y", "yes"].contains(Swift.readLine()?.lowercased() ?? "") else {
      throw Problem(.usage, otherwise, next: "answer y to go on")
    }
  }

  /// Asks without showing what is typed.
  static func ask(_ prompt: String) throws -> Secret {
    Output.error(prompt)
    var settings = termios()
    guard tcgetattr(0, &settings) == 0 else {
      throw Problem(.usage, "the terminal can't be asked", next: "pipe the password in with --password-stdin")
    }
    var hidden = settings
    hidden.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(0, TCSAFLUSH, &hidden)
    defer {
      tcsetattr(0, TCSAFLUSH, &settings)
      Output.error("\n")
    }
    return try readLine()
  }

  /// One line of at most 1024 bytes.
  static func readLine() throws -> Secret {
    guard let line = Swift.readLine(strippingNewline: true), !line.isEmpty else {
      throw Problem(.usage, "there is no password on standard input", next: "give it as one line")
    }
    guard line.utf8.count <= 1024 else {
      throw Problem(.usage, "the password has \(line.utf8.count) bytes", next: "use at most 1024")
    }
    return Secret(line)
  }
}
