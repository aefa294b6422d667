import ArgumentParser
import Domain
import Glibc
import HomeAPI
import Retention
import Settings

struct RetentionCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "What is deleted when.",
    discussion: """
      How long footage is kept is set in the house file or on the page. The server applies it by itself; these commands \
      show what it is about to do, and do it now. Protected footage is never deleted.
      """,
    subcommands: [
      RetentionShow.self, RetentionPlan.self, RetentionApply.self, RetentionExplain.self, RetentionUndo.self,
      RetentionLog.self,
      RetentionTrustClock.self,
    ])
}

struct RetentionPlan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what would be deleted, and why.",
    discussion: """
      Shows what the next run deletes, with rule and numbers, and how many days of footage the room holds at the rate \
      that was measured over the last week. With --policy as if a house file's retention were in force.

      Examples:
        hearth retention plan
        hearth retention plan --policy house.yaml
      """)

  @Option(help: ArgumentHelp("A house file that is not in force.", valueName: "file")) var policy: String?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let body = try policy.map { API.RetentionPlanRequest(house: try HouseFileReader.read(path: $0)) }
    let client = try data.client()
    let response = try await client.request(body == nil ? "GET" : "POST", ["retention", "plan"], body: body)
    if output.wrote(response) { return }
    print(try ControlClient.decode(API.RetentionPlan.self, response).text)
  }
}

struct RetentionApply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Delete what the plan says, now.",
    discussion: """
      Shows the plan and asks; --yes-delete answers for scripts, as long as the plan frees no more than so many bytes. \
      Exactly what was shown is deleted: if the plan has changed meanwhile, nothing is.

      Examples:
        hearth retention apply
        hearth retention apply --yes-delete 20GB
      """)

  @Option(help: ArgumentHelp("Don't ask, and delete at most so much: 20GB, or a number of bytes.", valueName: "bytes"))
  var yesDelete: BytesText?
  @Flag(help: "Don't ask, however much it is.") var yes = false
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let plan = try await client.get(API.RetentionPlan.self, ["retention", "plan"])
    if !output.json { print(plan.text) }
    var body = API.ApplyRetentionRequest(plan: plan.plan)
    if let most = yesDelete?.bytes {
      guard plan.bytes <= most else {
        throw Problem(
          .cannotCreate,
          "nothing was deleted: the plan would delete \(plan.bytes) bytes, more than the \(most) of --yes-delete",
          next: "look at it: hearth retention plan")
      }
      // What comes due between looking and doing may go too, within the same bound.
      body = API.ApplyRetentionRequest(atMost: most)
    } else if !plan.deletions.isEmpty, !yes {
      try Terminal.confirm(
        "Delete \(count(plan.deletions.count, "segment")), \(Words.bytes(plan.bytes))?", flag: "--yes-delete BYTES",
        otherwise: "nothing was deleted")
    }
    let response = try await client.request("POST", ["retention", "apply"], body: body)
    if output.wrote(response) { return }
    let done = try ControlClient.decode(API.AppliedRetention.self, response)
    print("deleted \(count(done.deleted, "segment")), \(Words.bytes(done.bytes))")
  }
}

struct RetentionLog: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Every deletion there ever was, with rule and numbers.",
    discussion: """
      Newest first: the last 100, or as many as --limit says. With --json all of them.

      Examples:
        hearth retention log
        hearth retention log --camera Garden --limit 1000
      """)

  @Option(help: ArgumentHelp("Of this camera alone.", valueName: "name")) var camera: String?
  @Option(help: ArgumentHelp("At most so many.", valueName: "number")) var limit: Int?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    var log = API.DeletionPage(deletions: [], next: nil)
    let most = limit ?? (output.json ? .max : 100)
    var query: [(String, String)] = []
    if let camera { query.append(("camera", try await client.camera(named: camera).id)) }
    repeat {
      let before = log.next.map { [("before", "\($0)")] } ?? []
      let part = try await client.get(
        API.DeletionPage.self, ["retention", "log"],
        query: query + before + [("limit", "\(min(10_000, max(1, most - log.deletions.count)))")])
      log.deletions += part.deletions
      log.next = part.next
    } while log.next != nil && log.deletions.count < most
    if output.json { return try printJSON(log) }
    print(log.text)
  }
}

extension API.RetentionPlan {
  /// Four parts, each only when it says something: what waits, what goes, what that comes to, how far the room reaches.
  var text: String {
    var parts = held.map { "held: \($0)" }
    if !deletions.isEmpty {
      var table = Table("BEGAN", "CAMERA", "SIZE", "RULE", "REASON")
      for deletion in deletions {
        table.add(
          Moments.show(deletion.from), deletion.name, Words.bytes(deletion.bytes), deletion.rule, deletion.reason)
      }
      parts.append(table.text)
    }
    parts.append(summary)
    if !waiting.isEmpty { parts.append(waiting) }
    if forecast.contains(where: { $0.bytes > 0 }) {
      var table = Table("CAMERA", "HOLDS", "WRITES A DAY", "ROOM FOR", "UNTIL")
      for camera in forecast {
        table.add(
          camera.name, Words.bytes(camera.bytes), Words.bytes(camera.bytesPerDay),
          camera.days.map { "\(Words.decimal($0, 1)) d" } ?? "-", camera.limit ?? "-")
      }
      parts.append(table.text)
    }
    return parts.joined(separator: "\n")
  }
}

extension API.DeletionPage {
  var text: String {
    guard !deletions.isEmpty else { return "nothing was ever deleted" }
    var table = Table("DELETED", "CAMERA", "BEGAN", "SIZE", "RULE", "REASON")
    for deletion in deletions {
      table.add(
        Moments.show(deletion.at), deletion.name.isEmpty ? deletion.camera : deletion.name,
        Moments.show(deletion.from), Words.bytes(deletion.bytes), deletion.rule, deletion.reason)
    }
    return table.text + (next == nil ? "" : "\nthere are more: raise --limit")
  }
}

/// A number of bytes, or a size with its unit.
struct BytesText: ExpressibleByArgument, Equatable {
  let bytes: UInt64

  init?(argument: String) {
    if let bytes = UInt64(argument) {
      self.bytes = bytes
    } else if let size = try? ByteCount.parse(argument) {
      bytes = size.bytes
    } else {
      return nil
    }
  }
}
