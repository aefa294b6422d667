import ArgumentParser
import Domain
import HomeAPI

struct TokenCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Tokens for scripts.",
    subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}

/// Until when and at which hours something is granted.
struct LimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The end: a day (to its end), a time, or how long from now on as 7d.", valueName: "end"))
  var until: String?
  @Option(help: ArgumentHelp("The hours of each day, as 18:00-23:00, in the house's zone.", valueName: "hours"))
  var hours: String?

  /// RFC 3339.
  func end() throws -> String? {
    try until.map { try Moments.readEnd($0, now: .now).rfc3339 }
  }

  func daily() throws -> String? {
    try hours.map { text in
      guard let hours = DailyHours(text: text) else {
        throw Problem(.usage, "\"\(text.prefix(40))\" are no hours of a day", next: "write them as 18:00-23:00")
      }
      return hours.description
    }
  }

  /// ` until 2026-12-24 00:00:00, 18:00-23:00`; empty for good and all day.
  static func words(until: String?, hours: String?) -> String {
    (until.map { " until \(Moments.show($0))" } ?? "") + (hours.map { ", \($0)" } ?? "")
  }
}

struct TokenCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a token with a person's rights, or with fewer; print it alone.",
    discussion: """
      The token is shown this once. It goes into the header "Authorization: Bearer TOKEN". It never may do more than its \
      person at that moment; a token for chosen cameras or rights is no owner's.

      Examples:
        TOKEN=$(hearth token create --person Anna --label "door light")
        curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8780/api/v1/cameras
        hearth token create --person Anna --label doorbell --camera "Front door:live" --until 365d
      """)

  @Option(help: "Whose rights the token has.") var person: String
  @Option(help: "What it is for.") var label: String
  @Option(
    help: ArgumentHelp("Only this camera, with these rights or all. May be repeated.", valueName: "camera[:rights]"))
  var camera: [String] = []
  @Option(help: ArgumentHelp("On no camera more than these, joined by commas.", valueName: "rights")) var rights:
    String?
  @OptionGroup var limits: LimitOptions
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let words = try rights.map(GrantText.rights)
    let (until, hours) = (try limits.end(), try limits.daily())
    let client = try data.client()
    let found = try await client.person(named: person)
    var body = API.NewTokenRequest(person: found.id, label: label, rights: words, until: until, hours: hours)
    if !camera.isEmpty { body.cameras = [] }
    for text in camera { body.cameras?.append(try await client.chosen(text)) }
    let response = try await client.request("POST", ["tokens"], body: body)
    if output.wrote(response) { return }
    print(try ControlClient.decode(API.IssuedToken.self, response).token.reveal())
  }
}

struct TokenList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Which tokens there are, and what they may do at most.",
    discussion: """
      Example:
        hearth token list
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let response = try await client.request("GET", ["tokens"])
    if output.wrote(response) { return }
    let tokens = try ControlClient.decode(API.TokenList.self, response).tokens
    guard !tokens.isEmpty else { return print("there is no token") }
    let names = try await client.cameraNames()
    var table = Table("TOKEN", "LABEL", "WHOSE", "USED", "AT MOST")
    for token in tokens {
      let cameras = token.cameras?.map {
        "\(names[$0.camera] ?? $0.camera): \($0.rights.map(\.rawValue).joined(separator: ","))"
      }
      let most =
        cameras?.joined(separator: "; ")
        ?? (token.rights.count == 4 ? "all" : token.rights.map(\.rawValue).joined(separator: ","))
      table.add(
        token.id, token.label, token.person, token.used.map { Moments.show($0) } ?? "never",
        most + LimitOptions.words(until: token.until, hours: token.hours))
    }
    print(table.text)
  }
}

struct TokenRevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End a token.",
    discussion: """
      Holds at once, for what is being watched at the moment too.

      Example:
        hearth token revoke 5b0c0d5ed6a54c3f9f1f4a4f7a1f0a11
      """)

  @Argument(help: "The token's id, or its label when there is one of that label.") var token: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let tokens = try await client.get(API.TokenList.self, ["tokens"]).tokens
    let found = tokens.filter { $0.id == token || $0.label == token }
    guard found.count == 1 else {
      throw Problem(
        .data, found.isEmpty ? "there is no such token" : "\(found.count) tokens are called \"\(token)\"",
        next: "name it by its id: hearth token list")
    }
    try await client.request("DELETE", ["tokens", found[0].id])
    if output.json { return try printJSON(["id": found[0].id]) }
    print("\"\(found[0].label)\" is revoked")
  }
}

extension ControlClient {
  /// A camera for a token: its name, with rights behind a colon or without. A name may hold a colon itself.
  fileprivate func chosen(_ text: String) async throws -> API.NewTokenRequest.Camera {
    if let grant = try? GrantText(text) {
      return API.NewTokenRequest.Camera(camera: try await camera(named: grant.camera).id, rights: grant.rights)
    }
    return API.NewTokenRequest.Camera(camera: try await camera(named: text).id, rights: nil)
  }
}
