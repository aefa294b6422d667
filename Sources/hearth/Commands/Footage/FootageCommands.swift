import ArgumentParser
import Domain
import Files
import Glibc
import HomeAPI
import Settings

struct EventCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "event", abstract: "What moved.", subcommands: [EventList.self])
}

struct EventList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The events, newest first.",
    discussion: """
      Times are 21:24, "2026-11-23 21:24", RFC 3339, or an age such as 2h.

      Examples:
        hearth event list --from 2h
        hearth event list --camera "Front door" --from "2026-11-23 18:00" --to "2026-11-23 23:00" --limit 200
        hearth event list --suppressed --camera "Front door" --from 1h
      """)

  @Option(help: ArgumentHelp("Of this camera alone.", valueName: "name")) var camera: String?
  @Option(help: ArgumentHelp("Not before.", valueName: "time")) var from: String?
  @Option(help: ArgumentHelp("Not after.", valueName: "time")) var to: String?
  @Option(help: ArgumentHelp("At most so many, 1 to 500.", valueName: "number")) var limit = 50
  @Flag(help: "What changed in the last day and was not reported, and why not.") var suppressed = false
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    var query = [("limit", "\(limit)")]
    if let camera { query.append(("camera", try await client.camera(named: camera).id)) }
    if let from { query.append(("from", try Moments.read(from, now: .now).rfc3339)) }
    if let to { query.append(("to", try Moments.read(to, now: .now).rfc3339)) }
    let response = try await client.request("GET", [suppressed ? "suppressed" : "events"], query: query)
    if output.wrote(response) { return }
    if suppressed { return try await show(try ControlClient.decode(API.SuppressedPage.self, response), client) }
    let page = try ControlClient.decode(API.EventPage.self, response)
    guard !page.events.isEmpty else { return print("no events") }
    let names = try await client.cameraNames()
    var table = Table("BEGAN", "LASTED", "CAMERA", "PEAK", "WHY", "ID")
    for event in page.events {
      var lasted = "still on"
      if let end = event.end, let from = WallTime(rfc3339: event.start), let to = WallTime(rfc3339: end) {
        lasted = Words.duration(seconds: Int64((to - from).inSeconds.rounded()))
      }
      table.add(
        Moments.show(event.start), lasted, names[event.camera] ?? event.camera,
        "\(Words.decimal(event.peak * 100, 1)) %",
        event.reasons.joined(separator: "; "), event.id)
    }
    print(table.text)
    if page.next != nil { print("there are more: raise --limit, or give --to") }
  }

  private func show(_ page: API.SuppressedPage, _ client: ControlClient) async throws {
    guard !page.suppressed.isEmpty else { return print("nothing that was not reported") }
    let names = try await client.cameraNames()
    var table = Table("BEGAN", "CAMERA", "COVERED", "NOT REPORTED BECAUSE")
    for one in page.suppressed {
      table.add(
        Moments.show(one.start), names[one.camera] ?? one.camera, "\(Words.decimal(one.share * 100, 1)) %",
        one.why + (one.more > 0 ? " (and \(one.more) smaller ones)" : ""))
    }
    print(table.text)
    if page.isCut { print("there are more: raise --limit, or give --to") }
  }
}

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write footage to an MP4 file.",
    discussion: """
      A span of a camera, or the clip of an event. Where the camera changed its picture's size in between, and for \
      spans of more than four hours, several files are written: NAME.mp4, NAME-2.mp4, and so on. An export is in the view log.

      Examples:
        hearth export "Front door" --from 21:24 --to 21:30 -o door.mp4
        hearth export --event EVENT-ID -o clip.mp4
      """)

  @Argument(help: "The camera's name or id.") var camera: String?
  @Option(help: ArgumentHelp("The clip of this event instead.", valueName: "id")) var event: String?
  @Option(help: ArgumentHelp("Where the span begins.", valueName: "time")) var from: String?
  @Option(help: ArgumentHelp("Where the span ends.", valueName: "time")) var to: String = "now"
  @Option(help: ArgumentHelp("main or detect.", valueName: "stream")) var stream: StreamRole = .main
  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file")) var output: String
  @Flag(help: "Write over a file that is there.") var force = false
  @OptionGroup var data: DataOption
  @Flag(help: "Write JSON.") var json = false

  func validate() throws {
    if (camera == nil) == (event == nil) { throw ValidationError("Give a camera, or --event.") }
    if camera != nil && from == nil { throw ValidationError("Give --from.") }
  }

  private struct Part: Encodable {
    let file: String
    let bytes: UInt64
    let from: String?
    let to: String?
  }

  func run() async throws {
    let client = try data.client()
    var parts: [Part] = []
    if let event {
      parts.append(try await write(client, ["events", event, "clip.mp4"], [], to: output).part)
    } else if let camera, let from {
      parts = try await writeSpan(client, try await client.camera(named: camera), from)
    }
    if json { return try printJSON(["files": parts]) }
    for part in parts {
      let span = part.from.flatMap { from in part.to.map { ", \(Moments.show(from)) to \(Moments.show($0))" } } ?? ""
      print("\(part.file): \(Words.bytes(part.bytes))\(span)")
    }
  }

  private func writeSpan(_ client: ControlClient, _ camera: API.Camera, _ from: String) async throws -> [Part] {
    let now = WallTime.now
    var begin = try Moments.read(from, now: now)
    let end = try Moments.read(to, now: now)
    guard begin < end else {
      throw Problem(.usage, "--from is not before --to", next: "give the earlier time with --from")
    }
    var parts: [Part] = []
    while begin < end {
      let stop = min(end, begin + .seconds(4 * 3600))
      let name = parts.isEmpty ? output : numbered(parts.count + 1)
      do {
        let (part, next) = try await write(
          client, ["cameras", camera.id, "video.mp4"],
          [("from", begin.rfc3339), ("to", stop.rfc3339), ("stream", stream.rawValue)], to: name)
        parts.append(part)
        // The next part begins where this one had to end; a time that doesn't move on would never come to an end.
        begin = next.flatMap { $0 > begin ? $0 : nil } ?? stop
      } catch let problem as Problem where problem.exit == .data && (!parts.isEmpty || stop < end) {
        // Nothing recorded in these hours: go on with the next ones.
        begin = stop
      }
    }
    guard !parts.isEmpty else {
      throw Problem(.data, "nothing was recorded in this span", next: "see what there is with: hearth event list")
    }
    return parts
  }

  private func numbered(_ number: Int) -> String {
    guard let dot = output.lastIndex(of: "."), !output[dot...].contains("/") else { return "\(output)-\(number)" }
    return "\(output[..<dot])-\(number)\(output[dot...])"
  }

  /// Writes beside the file's place and renames when all of it is there.
  private func write(
    _ client: ControlClient, _ path: [String], _ query: [(String, String)], to name: String
  ) async throws -> (part: Part, next: WallTime?) {
    let path2 = DataLayout.absolute(name)
    guard force || access(path2, F_OK) != 0 else {
      throw Problem(
        .cannotCreate, "\(name) is already there", next: "choose another name, or write over it with --force")
    }
    let aside = "\(path2).partial"
    guard unlink(aside) == 0 || errno == ENOENT else { throw Problem.system("remove", aside) }
    let file = try Descriptor.open(aside, .append)
    do {
      let response = try await client.request(
        "GET", path, query: query + [("download", "1")], into: file)
      try file.sync()
      guard rename(aside, path2) == 0 else { throw Problem.system("rename to", name) }
      let headers = response.headers
      let part = Part(
        file: name, bytes: try file.size(), from: headers["hearth-from"], to: headers["hearth-to"])
      return (part, headers["hearth-next"].flatMap { WallTime(rfc3339: $0) })
    } catch {
      // A part of an answer is no export.
      if unlink(aside) != 0 { Output.error("hearth: \(aside) was left behind\n") }
      throw error
    }
  }
}
