import ArgumentParser
import Domain
import Glibc
import HomeServer

struct RetentionCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "What is deleted when.",
    discussion: """
      How long footage is kept is set in the house file or on the page. The server applies it by itself; these commands \
      show what it is about to do, and do it now. Protected footage is never deleted.
      """, subcommands: [RetentionPlan.self, RetentionApply.self, RetentionTrustClock.self])
}

struct RetentionPlan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what would be deleted, and why.",
    discussion: """
      Example:
        hearth retention plan
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let response = try await client.request("GET", ["retention", "plan"])
    if output.wrote(response) { return }
    let plan = try ControlClient.decode(API.RetentionPlan.self, response)
    try await show(plan, client)
  }
}

private func show(_ plan: API.RetentionPlan, _ client: ControlClient) async throws {
  for reason in plan.held ?? [] { print("held: \(reason)") }
  guard !plan.delete.isEmpty else { return print(plan.summary) }
  let names = try await client.cameraNames()
  var table = Table("BEGAN", "CAMERA", "SIZE", "RULE", "WHY")
  for deletion in plan.delete {
    table.add(
      Moments.show(deletion.start), names[deletion.camera] ?? deletion.camera, Words.bytes(deletion.bytes),
      deletion.rule,
      deletion.why)
  }
  print(table.text)
  print(plan.summary)
}

struct RetentionApply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Delete what the plan says, now.",
    discussion: """
      Shows the plan and asks; --yes answers for scripts. Exactly what was shown is deleted: if the plan has changed \
      meanwhile, nothing is.

      Example:
        hearth retention apply
      """)

  @Flag(help: "Don't ask.") var yes = false
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let plan = try await client.get(API.RetentionPlan.self, ["retention", "plan"])
    if !output.json { try await show(plan, client) }
    if !plan.delete.isEmpty, !yes {
      guard Terminal.isInteractive else {
        throw Problem(.usage, "nothing was deleted: there is no terminal to ask at", next: "say --yes")
      }
      Output.error("Delete \(count(plan.delete.count, "segment")), \(Words.bytes(plan.bytes))? [y/N] ")
      guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else { return print("nothing was deleted") }
    }
    let response = try await client.request("POST", ["retention", "apply"], body: ["plan": plan.plan])
    if output.wrote(response) { return }
    let done = try ControlClient.decode(API.Deleted.self, response)
    print("deleted \(count(done.deleted, "segment")), \(Words.bytes(done.bytes))")
  }
}

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
    let answer = try ControlClient.decode(API.Findings.self, response)
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
