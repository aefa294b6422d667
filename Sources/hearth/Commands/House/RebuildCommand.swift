import ArgumentParser
import Domain
import Glibc
import HomeAPI

struct RebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild", abstract: "Make the list of footage again from the camera folders.",
    discussion: """
      Recording goes on meanwhile, and nothing is deleted until the list is complete. The old one is kept beside the new \
      one. Footage whose files are gone is listed no more: put them back first if you have them. Damage is found and \
      mended at every start without this.

      Example:
        hearth rebuild
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    try await client.request("POST", ["rebuild"])
    let shows = !output.json && isatty(2) == 1
    while true {
      let response = try await client.request("GET", ["rebuild"])
      let report = try ControlClient.decode(API.Rebuild.self, response)
      if report.state == .running {
        if shows { Output.error("\r\(line(report))\u{1b}[K") }
        try await Task.sleep(for: .milliseconds(shows ? 200 : 500))
        continue
      }
      if shows { Output.error("\r\u{1b}[K") }
      guard report.state == .done else {
        throw Problem(
          .inputOutput, "the catalog could not be made again: \(report.problem ?? "it ended early")",
          next: "no footage is lost; look into the server's log and try again")
      }
      if output.wrote(response) { return }
      return print(summary(report))
    }
  }

  private func line(_ report: API.Rebuild) -> String {
    guard report.segments > 0 else { return "looking for footage" }
    return "\(report.segmentsDone * 100 / report.segments) %: \(report.segmentsDone) of "
      + "\(count(report.segments, "segment")), camera \(min(report.camerasDone + 1, report.cameras)) of \(report.cameras)"
  }

  private func summary(_ report: API.Rebuild) -> String {
    var text =
      "listed \(count(report.listed, "segment")) and \(count(report.events, "event")) of "
      + "\(count(report.cameras, "camera")) in \(Words.decimal(report.seconds, 1)) s"
    if report.setAside > 0 { text += "; \(count(report.setAside, "file")) set aside: not the camera's, or altered" }
    if report.unreadable > 0 { text += "; \(count(report.unreadable, "file")) can't be read: see the server's log" }
    return text
  }
}
