import ArgumentParser
import Domain
import HomeAPI

struct PersonSessions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions", abstract: "Where somebody, or everybody, is signed in.",
    discussion: """
      Examples:
        hearth person sessions
        hearth person sessions Kim
      """)

  @Argument(help: "The person's name; everybody when it is left out.") var name: String?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    var person: API.Person?
    if let name { person = try await client.person(named: name) }
    let response = try await client.request("GET", ["session", "list"])
    if person == nil, output.wrote(response) { return }
    let all = try ControlClient.decode(API.SessionList.self, response).sessions
    let sessions = all.filter { $0.personId == person?.id ?? $0.personId }
    if output.json { return try printJSON(API.SessionList(sessions: sessions)) }
    guard !sessions.isEmpty else { return print("nobody is signed in") }
    var table = Table("SESSION", "WHO", "SINCE", "LAST SEEN", "FROM", "WITH")
    for session in sessions {
      table.add(
        session.id, session.person, Moments.show(session.created), Moments.show(session.seen), session.address,
        session.agent)
    }
    print(table.text)
  }
}

struct PersonSignOut: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "signout", abstract: "End somebody's sessions.",
    discussion: """
      Holds at once, for what is being watched at the moment too. Tokens stay: see `hearth token revoke`.

      Examples:
        hearth person signout Kim
        hearth person signout Kim --session 5b0c0d5ed6a54c3f9f1f4a4f7a1f0a11
      """)

  @Argument(help: "The person's name.") var name: String
  @Option(help: ArgumentHelp("Only this one, as `person sessions` names it.", valueName: "session")) var session:
    String?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let person = try await client.person(named: name)
    if let session {
      let all = try await client.get(API.SessionList.self, ["session", "list"]).sessions
      guard all.contains(where: { $0.id == session && $0.personId == person.id }) else {
        throw Problem(
          .data, "\(person.name) has no such session", next: "see `hearth person sessions \(person.name)`")
      }
      try await client.request("DELETE", ["session", "list", session])
    } else {
      try await client.request("DELETE", ["people", person.id, "sessions"])
    }
    if output.json { return try printJSON(["id": person.id]) }
    print("\(person.name) is signed out\(session == nil ? " everywhere" : " there")")
  }
}
