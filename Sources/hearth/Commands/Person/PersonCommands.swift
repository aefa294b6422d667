import ArgumentParser
import Domain
import HomeAPI

struct PersonCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "person", abstract: "Who may see what.",
    discussion: """
      An owner may do everything. Everybody else sees what was granted, camera by camera: live (see it now), playback \
      (footage and events), export (take files away), manage (settings).
      """,
    subcommands: [
      PersonAdd.self, PersonList.self, PersonGrant.self, PersonRevoke.self, PersonRemove.self, PersonPassword.self,
      PersonLink.self, PersonSessions.self, PersonSignOut.self,
    ])
}

struct PersonAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add somebody to the household.",
    discussion: """
      Asks for a password at a terminal. A member may see all cameras that there are now, live and recorded, and take \
      footage away; a guest may see them live, for a week if nothing else is said. Later cameras are granted one by one.

      Examples:
        hearth person add Anna --owner
        hearth person add Ben --member
        hearth person add Sitter --guest --until 2026-12-24 --hours 18:00-23:00
        hearth person add Kim --grant "Front door:live,playback" --grant "Garden:live" --password-stdin < secret
      """)

  @Argument(help: "The person's name.") var name: String
  @Flag(help: "May do everything.") var owner = false
  @Flag(help: "Live, playback and export on all cameras there are.") var member = false
  @Flag(help: "Live on all cameras there are, for a week.") var guest = false
  @OptionGroup var limits: LimitOptions
  @Option(help: ArgumentHelp("Rights on one camera. May be repeated.", valueName: "camera:rights")) var grant:
    [String] = []
  @OptionGroup var password: PasswordOption
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func validate() throws {
    guard [owner, member, guest].filter({ $0 }).count < 2 else {
      throw ValidationError("somebody is an owner, a member or a guest: say one of them")
    }
  }

  func run() async throws {
    let wanted = try grant.map { try GrantText($0) }
    let (until, hours) = (try limits.end(), try limits.daily())
    let secret = try password.read("Password for \(name): ", twice: true)
    let client = try data.client(creating: true)
    var grants: [API.GrantRequest] = []
    for grant in wanted {
      let camera = try await client.camera(named: grant.camera)
      grants.append(.init(camera: camera.id, rights: grant.rights, until: until, hours: hours))
    }
    let response = try await client.request(
      "POST", ["people"],
      body: API.NewPersonRequest(
        name: name, password: secret, owner: owner, preset: member ? .member : guest ? .guest : nil, until: until,
        hours: hours, grants: grants))
    if output.wrote(response) { return }
    let kind = owner ? " as an owner" : member ? " as a member" : guest ? " as a guest" : ""
    print("added \(name)\(kind)")
    guard !owner else { return }
    let person = try ControlClient.decode(API.Person.self, response)
    if let end = person.grants.compactMap(\.until).max() { print("until \(Moments.show(end))") }
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
    let people = try ControlClient.decode(API.PersonList.self, response).people
    guard !people.isEmpty else { return print("nobody yet; add somebody with: hearth person add NAME --owner") }
    let names = try await client.cameraNames()
    var table = Table("NAME", "OWNER", "RIGHTS")
    for person in people.sorted(by: { $0.name < $1.name }) {
      let grants = person.grants.map { grant in
        "\(names[grant.camera] ?? grant.camera): \(grant.rights.map(\.rawValue).joined(separator: ","))"
          + LimitOptions.words(until: grant.until, hours: grant.hours)
      }
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
        hearth person grant Kim Garden:live --until 2026-12-24 --hours 18:00-23:00
        hearth person grant Kim Garden all
      """)

  @Argument(help: "The person's name.") var name: String
  @Argument(help: "The camera's name or id; its rights may follow behind a colon.") var camera: String
  @Argument(help: "live, playback, export, manage, joined by commas; or all.") var rights: String?
  @OptionGroup var limits: LimitOptions
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let (name, words) =
      if let rights { (camera, try GrantText.rights(rights)) } else {
        { ($0.camera, $0.rights) }(try GrantText(camera))
      }
    let (until, hours) = (try limits.end(), try limits.daily())
    let client = try data.client()
    let found = try await client.camera(named: name)
    let person = try await client.person(named: self.name)
    let grant = API.GrantRequest(camera: found.id, rights: words, until: until, hours: hours)
    try await client.request("PUT", ["people", person.id, "grants"], body: grant)
    if output.json { return try printJSON(grant) }
    print(
      "\(person.name) may now on \"\(found.name)\": \(words.map(\.rawValue).joined(separator: ", "))"
        + LimitOptions.words(until: until, hours: hours))
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
    if output.json { return try printJSON(API.GrantRequest(camera: found.id, rights: [])) }
    print("\(person.name) has no rights on \"\(found.name)\" any more")
  }
}

struct PersonRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove somebody from the household.",
    discussion: """
      Ends their sessions and tokens at once. What they watched stays in the view log.

      Example:
        hearth person remove Kim
      """)

  @Argument(help: "The person's name.") var name: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let person = try await client.person(named: name)
    try await client.request("DELETE", ["people", person.id])
    if output.json { return try printJSON(["id": person.id]) }
    print("\(person.name) is no longer of the household")
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
    try await client.request("PUT", ["people", person.id, "password"], body: API.PasswordRequest(password: secret))
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
    let response = try await client.request("POST", ["links"], body: API.LinkRequest(person: person.id))
    if output.wrote(response) { return }
    print(try ControlClient.decode(API.Link.self, response).link.reveal())
  }
}

extension ControlClient {
  /// - Throws: `Problem` (exit 65) that names the people there are.
  func person(named text: String) async throws -> API.Person {
    let people = try await get(API.PersonList.self, ["people"]).people
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
    let cameras = try await get(API.CameraList.self, ["cameras"], query: [("archived", "true")]).cameras
    return Dictionary(cameras.map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
  }
}
