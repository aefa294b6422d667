import ArgumentParser
import Domain
import HomeAPI

struct Views: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who watched what, newest first.",
    discussion: """
      Every view of media, every list of what happened and every deletion by hand is in this log before it is answered, \
      an owner's too. Its rows are chained: `hearth check` tells whether one was changed since.

      Examples:
        hearth views --limit 20
        hearth views --camera "Front door" --person Kim
      """)

  @Option(help: "Only this camera's.") var camera: String?
  @Option(help: "Only this person's, by the name of now or of then.") var person: String?
  @Option(help: ArgumentHelp("At most so many, 1 to 1000.", valueName: "number")) var limit = 50
  @Option(help: ArgumentHelp("Begin behind this row.", valueName: "row")) var before: Int64?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    var query = [("limit", "\(limit)")]
    if let camera { query.append(("camera", try await client.camera(named: camera).id)) }
    if let person {
      let known = try await client.get(API.PersonList.self, ["people"]).people.first {
        $0.name == person || $0.id == person
      }
      query.append(("person", known?.id ?? person))
    }
    if let before { query.append(("before", "\(before)")) }
    let response = try await client.request("GET", ["views"], query: query)
    if output.wrote(response) { return }
    let page = try ControlClient.decode(API.ViewPage.self, response)
    guard !page.views.isEmpty else { return print("nobody has watched anything yet") }
    let names = try await client.cameraNames()
    var table = Table("WHEN", "WHO", "WHAT", "CAMERA", "SPAN", "SENT", "FROM")
    for view in page.views {
      let span = view.from.flatMap { from in view.to.map { "\(Moments.show(from)) to \(Moments.show($0))" } } ?? ""
      let isOver = view.ended != nil || !view.action.opensMedia
      table.add(
        Moments.show(view.at), view.person, view.action.rawValue, names[view.camera] ?? view.camera, span,
        isOver ? Words.bytes(view.bytes) : "still on", view.address)
    }
    print(table.text)
    if let next = page.next { print("older ones: hearth views --before \(next)") }
  }
}
