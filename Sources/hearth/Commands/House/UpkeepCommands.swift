import ArgumentParser
import Domain
import HomeAPI
import HomeServer

struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that everything is as it must be; change nothing.",
    discussion: """
      Looks at the databases, the view log, and that listed footage and files agree. Every byte of footage is read and its \
      seal verified, which takes as long as the disk needs for that. Exit code 65 when something was found.

      Example:
        hearth check
      """)

  /// The server's table of addresses, for the test of who may do what.
  @Flag(help: .hidden) var routes = false
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    if routes { return try printJSON(Routes.list) }
    let response = try await data.client().request("GET", ["check"])
    let answer = try ControlClient.decode(API.CheckReport.self, response)
    if !output.wrote(response) {
      for finding in answer.findings { print("\(finding.where): \(finding.what) — \(finding.next)") }
      let looked = answer.checked.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      let log = answer.viewLog
      print(
        "the view log's chain \(log.holds ? "holds" : "is broken"): \(count(log.rows, "row"))"
          + (log.newest.map { ", the newest is \($0.prefix(16))" } ?? ""))
      print("\(answer.findings.isEmpty ? "all is well" : count(answer.findings.count, "finding")); looked at \(looked)")
    }
    if !answer.findings.isEmpty { throw ArgumentParser.ExitCode(Domain.ExitCode.data.rawValue) }
  }
}
