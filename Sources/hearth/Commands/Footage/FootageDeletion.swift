import ArgumentParser
import Domain
import HomeAPI

struct Footage: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "footage", abstract: "Footage that a person wants gone.", subcommands: [FootageDelete.self])
}

struct FootageDelete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Delete a span of a camera's footage for good.",
    discussion: """
      Media, thumbnails, events and filmstrip of the span go; the logs keep times only. What is sealed can't be cut: \
      segments, and hours of the filmstrip, that the span touches go whole, and what that comes to is shown before. \
      Protected footage stops it.

      Examples:
        hearth footage delete --camera "Front door" --from "2026-11-23 21:24" --to "2026-11-23 21:30"
        hearth footage delete --camera Garden --from 3h --to 2h --yes
      """)

  @Option(help: ArgumentHelp("The camera.", valueName: "name")) var camera: String
  @Option(help: ArgumentHelp("Where the span begins.", valueName: "time")) var from: String
  @Option(help: ArgumentHelp("Where the span ends.", valueName: "time")) var to: String
  @Flag(help: "Don't ask.") var yes = false
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let now = WallTime.now
    let (begin, end) = (try Moments.read(from, now: now), try Moments.read(to, now: now))
    guard begin < end else {
      throw Problem(.usage, "--from is not before --to", next: "give the earlier time with --from")
    }
    let client = try data.client()
    let camera = try await client.camera(named: camera)
    let path = ["cameras", camera.id, "footage"]
    let query = [("from", begin.rfc3339), ("to", end.rfc3339)]
    let removal = try await client.get(API.Removal.self, path, query: query)
    guard removal.segments + removal.events + removal.filmstripHours > 0 else {
      throw Problem(.data, "nothing was recorded in this span", next: "see what there is with: hearth event list")
    }
    if !output.json { print(removal.text(of: camera.name)) }
    if !yes { try Terminal.confirm("Delete it for good?", flag: "--yes", otherwise: "nothing was deleted") }
    let response = try await client.request("DELETE", path, query: query + [("plan", removal.plan)])
    if output.wrote(response) { return }
    print("deleted")
  }
}

extension API.Removal {
  func text(of camera: String) -> String {
    var lines = [
      "\(camera), \(Moments.show(from ?? "")) to \(Moments.show(to ?? "")): \(count(segments, "segment")), "
        + "\(count(events, "event")), \(count(filmstripHours, "hour")) of filmstrip, \(Words.bytes(bytes))"
    ]
    if let openFrom {
      lines.append("from \(Moments.show(openFrom)) on it is still being written: ask for that again in a minute or two")
    }
    return (lines + ["out of reach:"] + notReached.map { "  \($0)" }).joined(separator: "\n")
  }
}
