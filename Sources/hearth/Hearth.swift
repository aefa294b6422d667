import ArgumentParser
import Domain
import Glibc
import HomeAPI
import Settings

/// The command line of Hearth.
@main
struct Hearth: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hearth",
    abstract: "A home video recorder that keeps its footage at home.",
    discussion: """
      A first evening with it:
        hearth demo                                    four pretended cameras
        hearth camera probe rtsp://192.168.1.20/main   what a camera offers
        hearth camera add "Front door" rtsp://192.168.1.20/main --user recorder
        hearth person add Anna --owner
        hearth serve                                   record and serve the page

      Everything lies in one data directory: --data, else $HEARTH_DATA, else /var/lib/hearth if it is there, else \
      ~/.local/share/hearth. Commands talk to the running server, or work on the directory themselves when none runs.

      Exit codes: 0 done, 64 wrong usage, 65 wrong data, 69 unavailable, 70 a fault of Hearth, 73 can't create, 74 \
      input or output failed, 77 not permitted, 78 wrong configuration.
      """,
    version: version,
    subcommands: [
      Serve.self, Server.self, Demo.self, House.self, CameraCommands.self, PersonCommands.self, TokenCommands.self,
      EventCommands.self, Export.self, MotionCommands.self, CoverageCommand.self, Protect.self, Unprotect.self,
      Footage.self, RetentionCommands.self, Check.self, BackupCommand.self,
      RebuildCommand.self, Views.self,
    ])

  static let version = "0.1.0"

  static func main() async {
    Output.fillStandardDescriptors()
    // Everything that any command writes is for its user alone.
    umask(0o077)
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      end(error)
    }
  }

  /// Ends the process with what `error` says and its exit code.
  private static func end(_ error: any Error) -> Never {
    switch error {
    case let problems as HouseFileProblems:
      for line in problems.lines { Output.error("\(line)\n") }
      let count = problems.issues.count == 1 ? "a mistake" : "\(problems.issues.count) mistakes"
      Output.error("hearth: \(problems.file) has \(count) — nothing was changed; mend the file and try again\n")
      Glibc.exit(Domain.ExitCode.configuration.rawValue)
    case let problem as Problem:
      Output.error("hearth: \(problem)\n")
      Glibc.exit(problem.exit.rawValue)
    case is CancellationError: Glibc.exit(0)
    default: break
    }
    let code = exitCode(for: error)
    let text = fullMessage(for: error)
    guard !code.isSuccess else {
      print(text)
      Glibc.exit(0)
    }
    if code == .failure {
      // Neither a wrong command line nor a `Problem`: nobody foresaw this one.
      Output.error("hearth: \(error) — this is a fault of Hearth; please report it\n")
      Glibc.exit(Domain.ExitCode.internalError.rawValue)
    }
    if !text.isEmpty {
      let plain = text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text
      Output.error("hearth: \(plain)\n")
    }
    Glibc.exit(code.rawValue)
  }
}

/// What tests ask of the command line without running it.
package enum CommandLineCheck {
  /// Why these arguments are refused; `nil` when they are understood.
  package static func complaint(_ arguments: [String]) -> String? {
    do {
      _ = try Hearth.parseAsRoot(arguments)
      return nil
    } catch { return Hearth.message(for: error) }
  }

  /// What a retention command writes for an answer of the API's.
  package static func text(_ command: String, of answer: String) throws -> String {
    let response = ControlResponse(status: 200, headers: [:], body: Array(answer.utf8))
    return switch command {
    case "plan": try ControlClient.decode(API.RetentionPlan.self, response).text
    case "log": try ControlClient.decode(API.DeletionPage.self, response).text
    case "show": try ControlClient.decode(API.RetentionPolicy.self, response).text
    case "explain": try ControlClient.decode(API.RetentionExplanation.self, response).text
    case "footage delete": try ControlClient.decode(API.Removal.self, response).text(of: "Garden")
    default: ""
    }
  }

  /// The help texts of all commands that do something, by name.
  package static func discussions() -> [(String, String)] {
    func below(_ command: any ParsableCommand.Type) -> [(String, String)] {
      let configuration = command.configuration
      guard configuration.shouldDisplay else { return [] }
      guard configuration.subcommands.isEmpty else { return configuration.subcommands.flatMap(below) }
      return [(configuration.commandName ?? "\(command)", configuration.discussion)]
    }
    return Hearth.configuration.subcommands.flatMap(below)
  }
}
