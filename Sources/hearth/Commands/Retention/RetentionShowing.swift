import ArgumentParser
import Domain
import HomeAPI

struct RetentionShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the policy that holds for each camera.",
    discussion: """
      A value with a star is the camera's own; the others are the household's. Budgets and the reserve of the household \
      are for all cameras together, and stand in the first line.

      Example:
        hearth retention show
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let response = try await data.client().request("GET", ["retention", "policy"])
    if output.wrote(response) { return }
    print(try ControlClient.decode(API.RetentionPolicy.self, response).text)
  }
}

struct RetentionUndo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo", abstract: "Put the policy back as it was before it was changed.",
    discussion: """
      For 24 hours after a change nothing goes that only the changed policy deletes, unless its room is needed or \
      somebody applies the plan.

      Example:
        hearth retention undo
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let response = try await data.client().request("POST", ["retention", "undo"])
    if output.wrote(response) { return }
    print("the policy is as it was:\n\(try ControlClient.decode(API.RetentionPolicy.self, response).text)")
  }
}

struct RetentionExplain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Why footage is kept, and until when, or why and when it was deleted.",
    discussion: """
      Of an event's footage, of a span of a camera, or of one segment's file as a plan names it.

      Examples:
        hearth retention explain EVENT-ID
        hearth retention explain --camera "Front door" --from 21:24 --to 21:30
        hearth retention explain --file 2026-11-23/0000000012-m-5d0c9e2f7a41b8836c1f0e9d2b7a4c55.mp4
      """)

  @Argument(help: ArgumentHelp("The event's id.", valueName: "event")) var event: String?
  @Option(help: ArgumentHelp("A camera, with --from and --to, or --file.", valueName: "name")) var camera: String?
  @Option(help: ArgumentHelp("Where the span begins.", valueName: "time")) var from: String?
  @Option(help: ArgumentHelp("Where the span ends.", valueName: "time")) var to: String?
  @Option(help: ArgumentHelp("A segment's file.", valueName: "file")) var file: String?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func validate() throws {
    let isSpan = camera != nil && from != nil && to != nil && event == nil && file == nil
    let isFile = file != nil && event == nil && from == nil && to == nil
    let isEvent = event != nil && camera == nil && file == nil && from == nil && to == nil
    if !isSpan && !isFile && !isEvent {
      throw ValidationError("Give an event, or --file, or --camera with --from and --to.")
    }
  }

  func run() async throws {
    let now = WallTime.now
    var query: [(String, String)] = []
    if let event { query.append(("event", event)) }
    if let file { query.append(("file", file)) }
    if let from { query.append(("from", try Moments.read(from, now: now).rfc3339)) }
    if let to { query.append(("to", try Moments.read(to, now: now).rfc3339)) }
    let client = try data.client()
    if let camera { query.append(("camera", try await client.camera(named: camera).id)) }
    let response = try await client.request("GET", ["retention", "explain"], query: query)
    if output.wrote(response) { return }
    print(try ControlClient.decode(API.RetentionExplanation.self, response).text)
  }
}

extension API.RetentionPolicy {
  private static let keys = [
    "continuous", "motion", "detect.continuous", "detect.motion", "minimum", "maximum", "budget",
  ]

  var text: String {
    let whole = ["budget", "reserve"].compactMap { key in household[key].map { "\(key) \($0)" } }
    let undo = undoUntil.map { "\nchanged: until \(Moments.show($0)) hearth retention undo takes it back" } ?? ""
    let first = "household: \(whole.isEmpty ? "no budget" : whole.joined(separator: ", "))\(undo)"
    let keys = Self.keys.filter { key in cameras.contains { $0.values.contains { $0.key == key } } }
    guard !cameras.isEmpty else { return first }
    guard !keys.isEmpty else { return "\(first)\nno ages and no budgets of cameras: footage stays while there is room" }
    var table = Table(head: ["CAMERA"] + keys.map { $0.uppercased() })
    for camera in cameras {
      table.add(
        [camera.name]
          + keys.map { key in
            guard let value = camera.values.first(where: { $0.key == key }) else { return "-" }
            return value.value + (value.from == .camera ? "*" : "")
          })
    }
    let ownValues = cameras.contains { $0.values.contains { $0.from == .camera } }
    return "\(first)\n\(table.text)" + (ownValues ? "\n* set for the camera; the rest is the household's" : "")
  }
}

extension API.RetentionExplanation {
  var text: String {
    guard !segments.isEmpty else { return "nothing was recorded there, and nothing deleted: see hearth coverage" }
    var table = Table("BEGAN", "CAMERA", "STREAM", "SIZE", "STATE", "WHY")
    for segment in segments {
      var why = segment.reason
      if let at = segment.at {
        why += segment.state == .deleted ? "; on \(Moments.show(at))" : ", until \(Moments.show(at))"
      }
      table.add(
        Moments.show(segment.from), segment.name, segment.stream?.rawValue ?? "-", Words.bytes(segment.bytes),
        segment.state.rawValue, why)
    }
    return (held.map { "held: \($0)" } + [table.text]).joined(separator: "\n")
  }
}
