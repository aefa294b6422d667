import ArgumentParser
import Domain

struct PersonCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "person", abstract: "Who may see what.",
    discussion: """
      An owner may do everything. Everybody else sees what was granted, camera by camera: live (see it now), playback \
      (footage and events), export (take files away), manage (settings).
      """,
    subcommands: [
      PersonAdd.self, PersonList.self, PersonGrant.self, PersonRevoke.self, PersonPassword.self, PersonLink.self,
    ])
}

struct PersonAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add somebody to the household.",
    discussion: """
      Asks for a password at a terminal.

      Examples:
        hearth person add Anna --owner
        hearth person add Kim --grant "Front door:live,playback" --grant "Garden:live" --password-stdin < secret
      """)

  @Argument(help: "The person's name.") var name: String
  @Flag(help: "May do everything.") var owner = false
  @Option(help: ArgumentHelp("Rights on one camera. May be repeated.", valueName: "camera:rights")) var grant:
    [String] = []
  @OptionGroup var password: PasswordOption
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  private struct Body: Encodable, Sendable {
    let name: String
    let password: Secret
    let owner: Bool
    let grants: [API.Person.Grant]
  }

  func run() async throws {
    let wanted = try grant.map { try GrantText($0) }
    let secret = try password.read("Password for \(name): ", twice: true)
    let client = try data.client(creating: true)
    var grants: [API.Person.Grant] = []
    for grant in wanted {
      grants.append(.init(camera: try await client.camera(named: grant.camera).id, rights: grant.rights))
    }
    let response = try await client.request(
      "POST", ["people"], body: Body(name: name, password: secret, owner: owner, grants: grants))
    if output.wrote(response) { return }
    print("added \(name)\(owner ? " as an owner" : "")")
  }
}

struct PersonList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Who there is, with their rights.",
    discussion: """
      Example:
        hearth person list
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let response = try await client.request("GET", ["people"])
    if output.wrote(response) { return }
    let people = try ControlClient.decode(API.People.self, response).people
    guard !people.isEmpty else { return print("nobody yet; add somebody with: hearth person add NAME --owner") }
    let names = try await client.cameraNames()
    var table = Table("NAME", "OWNER", "RIGHTS")
    for person in people.sorted(by: { $0.name < $1.name }) {
      let grants = (person.grants ?? []).map { "\(names[$0.camera] ?? $0.camera): \($0.rights.joined(separator: ","))" }
      table.add(person.name, person.owner ? "yes" : "no", person.owner ? "everything" : grants.joined(separator: "; "))
    }
    print(table.text)
  }
}

struct PersonGrant: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant", abstract: "Give somebody rights on a camera.",
    discussion: """
      What is given replaces the rights the person had on that camera.

      Examples:
        hearth person grant Kim "Front door" live,playback
        hearth person grant Kim Garden all
      """)

  @Argument(help: "The person's name.") var name: String
  @Argument(help: "The camera's name or id.") var camera: String
  @Argument(help: "live, playback, export, manage, joined by commas; or all.") var rights: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let words = try GrantText.rights(rights)
    let client = try data.client()
    let found = try await client.camera(named: camera)
    let person = try await client.person(named: name)
    try await client.request(
      "PUT", ["people", person.id, "grants"], body: API.Person.Grant(camera: found.id, rights: words))
    if output.json { return try printJSON(API.Person.Grant(camera: found.id, rights: words)) }
    print("\(person.name) may now on \"\(found.name)\": \(words.joined(separator: ", "))")
  }
}

struct PersonRevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take away somebody's rights on a camera.",
    discussion: """
      Holds at once, for what is being watched at the moment too.

      Example:
        hearth person revoke Kim Garden
      """)

  @Argument(help: "The person's name.") var name: String
  @Argument(help: "The camera's name or id.") var camera: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let found = try await client.camera(named: camera)
    let person = try await client.person(named: name)
    try await client.request("DELETE", ["people", person.id, "grants", found.id])
    if output.json { return try printJSON(API.Person.Grant(camera: found.id, rights: [])) }
    print("\(person.name) has no rights on \"\(found.name)\" any more")
  }
}

struct PersonPassword: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "password", abstract: "Give somebody a new password.",
    discussion: """
      Ends the person's sessions.

      Examples:
        hearth person password Kim
        hearth person password Kim --password-stdin < secret
      """)

  @Argument(help: "The person's name.") var name: String
  @OptionGroup var password: PasswordOption
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let person = try await client.person(named: name)
    let secret = try password.read("New password for \(person.name): ", twice: true)
    try await client.request("PUT", ["people", person.id, "password"], body: ["password": secret])
    if output.json { return try printJSON(["id": person.id]) }
    print("\(person.name) has a new password")
  }
}

struct PersonLink: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "link", abstract: "Make a link that signs somebody in once.",
    discussion: """
      Whoever opens the link is that person: hand it over with care.

      Example:
        hearth person link Anna
      """)

  @Argument(help: "The person's name.") var name: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let person = try await client.person(named: name)
    let response = try await client.request("POST", ["links"], body: ["person": person.id])
    if output.wrote(response) { return }
    print(try ControlClient.decode(API.Link.self, response).link)
  }
}

struct TokenCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Tokens for scripts.", subcommands: [TokenCreate.self])
}

struct TokenCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a token with a person's rights; print it alone.",
    discussion: """
      The token is shown this once. It goes into the header "Authorization: Bearer TOKEN".

      Example:
        TOKEN=$(hearth token create --person Anna --label "door light")
        curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8780/api/v1/cameras
      """)

  @Option(help: "Whose rights the token has.") var person: String
  @Option(help: "What it is for.") var label: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let found = try await client.person(named: person)
    let response = try await client.request("POST", ["tokens"], body: ["person": found.id, "label": label])
    if output.wrote(response) { return }
    print(try ControlClient.decode(API.Token.self, response).token)
  }
}

extension ControlClient {
  /// - Throws: `Problem` (exit 65) that names the people there are.
  func person(named text: String) async throws -> API.Person {
    let people = try await get(API.People.self, ["people"]).people
    if let found = people.first(where: { $0.id == text }) ?? people.first(where: { $0.name == text })
      ?? people.first(where: { $0.name.lowercased() == text.lowercased() })
    {
      return found
    }
    let names = people.map(\.name).sorted().joined(separator: ", ")
    throw Problem(
      .data, "nobody is called \"\(text.prefix(80))\"",
      next: names.isEmpty ? "there is nobody yet: hearth person add" : "there are \(names)")
  }

  /// Camera names by id, archived cameras too.
  func cameraNames() async throws -> [String: String] {
    let cameras = try await get(API.Cameras.self, ["cameras"], query: [("archived", "true")]).cameras
    return Dictionary(cameras.map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
  }
}
