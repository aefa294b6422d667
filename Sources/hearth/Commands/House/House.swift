import ArgumentParser
import Domain
import FoundationEssentials
import Glibc
import HomeAPI
import Settings

struct House: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check, apply and write house files; set by which ways the house is reached.",
    discussion: """
      A house file declares cameras, people and retention in YAML. An annotated example comes with Hearth: \
      deploy/house.example.yaml.
      """, subcommands: [HouseCheck.self, HouseApply.self, HouseExport.self, HouseSet.self])
}

struct HouseCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Find the mistakes in a house file; change nothing.",
    discussion: """
      All mistakes are told at once, each with line, column and what to write instead. Exit code 78 when there is one.

      Example:
        hearth house check house.yaml
      """)

  @Argument(help: ArgumentHelp("The house file.", valueName: "file")) var file: String
  @OptionGroup var output: OutputOption

  func run() throws {
    struct Issue: Encodable {
      let line: Int
      let column: Int
      let what: String
      let next: String
    }
    struct Answer: Encodable {
      var cameras: Int?
      var people: Int?
      var issues: [Issue] = []
    }
    do {
      let house = try HouseFileReader.read(path: file)
      if output.json { return try printJSON(Answer(cameras: house.cameras.count, people: house.people.count)) }
      let retention = house.retention == nil ? "no retention" : "retention"
      print(
        "\(file): \(count(house.cameras.count, "camera")), \(count(house.people.count, "person", "people")), \(retention); no mistakes"
      )
    } catch let problems as HouseFileProblems where output.json {
      try printJSON(
        Answer(issues: problems.issues.map { Issue(line: $0.line, column: $0.column, what: $0.what, next: $0.next) }))
      throw ArgumentParser.ExitCode(Domain.ExitCode.configuration.rawValue)
    }
  }
}

struct HouseApply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Show what a house file would change, then make it so.",
    discussion: """
      A camera that the file names is declared whole: keys that are left out mean their defaults, except the password. \
      Renamed cameras keep their footage when the file says `was:`. Nothing is removed without --prune, and a removed \
      camera's footage stays.

      Examples:
        hearth house apply --dry-run house.yaml
        hearth house apply house.yaml
        hearth house apply house.yaml --yes
      """)

  @Argument(help: ArgumentHelp("The house file.", valueName: "file")) var file: String
  @Flag(help: "Only show what would change.") var dryRun = false
  @Flag(help: "Archive the cameras that the file doesn't name.") var prune = false
  @Flag(help: "Don't ask, however much footage a lower limit would delete.") var yes = false
  @Option(
    help: ArgumentHelp("Don't ask when a lower limit would delete at most so much: 20GB, or bytes.", valueName: "bytes")
  )
  var yesDelete: BytesText?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let body = API.HouseRequest(house: try HouseFileReader.read(path: file), prune: prune)
    let client = try data.client(creating: !dryRun)
    let planned = try await client.request("POST", ["house", "plan"], body: body)
    let changes = try ControlClient.decode(API.HouseChanges.self, planned).changes
    let blocked = changes.filter { $0.kind == "blocked" }
    if !output.json { show(changes) }
    guard blocked.isEmpty else {
      if output.json { _ = output.wrote(planned) }
      throw Problem(
        .data, "\(blocked[0].name): \(blocked[0].what.joined(separator: "; "))",
        next: "nothing was changed; mend the house file")
    }
    if dryRun {
      _ = output.wrote(planned)
      return
    }
    let most = yes ? "any" : yesDelete.map { "\($0.bytes)" }
    func apply(_ most: String?) async throws -> ControlResponse {
      try await client.request(
        "POST", ["house", "apply"], query: most.map { [("atMost", $0)] } ?? [], body: body, accepting: 409)
    }
    var applied = try await apply(most)
    if applied.status == 409 {
      // More than one in a hundred of all footage would go: nobody does that unasked.
      guard most == nil, let refused = try? ControlClient.decode(API.Problem.self, applied), let plan = refused.plan
      else {
        throw ControlClient.problem(applied)
      }
      if !output.json { print(plan.text) }
      try Terminal.confirm("\(refused.title). Change it?", flag: "--yes-delete BYTES", otherwise: "nothing was changed")
      // What comes due while somebody thinks about it is no reason to ask again.
      applied = try await apply("\(plan.bytes + plan.bytes / 20)")
      guard applied.status != 409 else { throw ControlClient.problem(applied) }
    }
    if output.wrote(applied) { return }
    let done = try ControlClient.decode(API.HouseChanges.self, applied).changes.filter { $0.kind != "differs" }.count
    if done > 0 { print("done: \(count(done, "change"))") }
  }

  private func show(_ changes: [API.HouseChanges.Change]) {
    guard !changes.isEmpty else { return print("nothing to change") }
    let signs = ["add": "+", "change": "~", "rename": "~", "archive": "-", "differs": "=", "blocked": "!"]
    for change in changes {
      let name = change.name.isEmpty ? "" : " \"\(change.name)\""
      print("\(signs[change.kind] ?? "?") \(change.subject)\(name)")
      for line in change.what { print("    \(line)") }
    }
  }
}

struct HouseExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the household as a house file.",
    discussion: """
      Applying what was written changes nothing. Passwords are not in it: they stay where they are.

      Example:
        hearth house export > house.yaml
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let response = try await data.client().request("GET", ["house"])
    if output.wrote(response) { return }
    print(try ControlClient.decode(HouseFile.self, response).yaml, terminator: "")
  }
}

/// `1 camera`, `2 cameras`.
func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
  "\(number) \(number == 1 ? one : many ?? one + "s")"
}

func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
