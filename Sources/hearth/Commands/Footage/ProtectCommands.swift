import ArgumentParser
import Domain
import HomeAPI

/// What is to be protected, or no longer: an event, or a span of a camera.
struct ProtectedPart: ParsableArguments {
  @Argument(help: ArgumentHelp("The event's id.", valueName: "event")) var event: String?
  @Option(help: ArgumentHelp("A span of this camera instead.", valueName: "name")) var camera: String?
  @Option(help: ArgumentHelp("Where the span begins.", valueName: "time")) var from: String?
  @Option(help: ArgumentHelp("Where the span ends.", valueName: "time")) var to: String?

  func validate() throws {
    if (camera == nil) == (event == nil) { throw ValidationError("Give an event, or --camera with --from and --to.") }
    if (camera != nil) != (from != nil) || (camera != nil) != (to != nil) {
      throw ValidationError("A span needs --camera, --from and --to.")
    }
  }

  /// Sends the change.
  ///
  /// - Returns: the answer, and for a span what was meant, in words.
  func send(_ method: String, _ client: ControlClient) async throws -> (response: ControlResponse, span: String?) {
    if let event {
      do {
        return (try await client.request(method, ["events", event, "protection"]), nil)
      } catch let problem as Problem where problem.exit == .data && problem.what == "not found" {
        throw Problem(.data, "there is no event \(event.prefix(80))", next: "see them with: hearth event list")
      }
    }
    let now = WallTime.now
    let (begin, end) = (try Moments.read(from ?? "", now: now), try Moments.read(to ?? "", now: now))
    guard begin < end else {
      throw Problem(.usage, "--from is not before --to", next: "give the earlier time with --from")
    }
    let camera = try await client.camera(named: camera ?? "")
    let response = try await client.request(
      method, ["cameras", camera.id, "protected"], query: [("from", begin.rfc3339), ("to", end.rfc3339)])
    return (response, "\(camera.name), \(Moments.show(begin)) to \(Moments.show(end))")
  }
}

struct Protect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Keep an event or a span of footage: no rule deletes it.",
    discussion: """
      An event is kept with its pre-roll and post-roll. Segments are kept whole. Budgets count what is protected, and \
      can't be met by it: hearth retention plan says so.

      Examples:
        hearth protect EVENT-ID
        hearth protect --camera "Front door" --from 21:24 --to 21:30
      """)

  @OptionGroup var part: ProtectedPart
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let (response, span) = try await part.send("PUT", client)
    if output.wrote(response) { return }
    if let span { return print("protected: \(span)") }
    let event = try ControlClient.decode(API.Event.self, response)
    let name = try await client.cameraNames()[event.camera] ?? event.camera
    print("protected: \(name), the event of \(Moments.show(event.start))")
  }
}

struct Unprotect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take an event's or a span's protection back: rules may delete it again.",
    discussion: """
      What another protected event shares with it stays protected.

      Examples:
        hearth unprotect EVENT-ID
        hearth unprotect --camera "Front door" --from 21:24 --to 21:30
      """)

  @OptionGroup var part: ProtectedPart
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let (response, span) = try await part.send("DELETE", client)
    if output.wrote(response) { return }
    if let span { return print("no longer protected: \(span)") }
    let event = try ControlClient.decode(API.Event.self, response)
    let name = try await client.cameraNames()[event.camera] ?? event.camera
    let words = "\(name), the event of \(Moments.show(event.start))"
    print(event.protected ? "still protected, through another event: \(words)" : "no longer protected: \(words)")
  }
}
