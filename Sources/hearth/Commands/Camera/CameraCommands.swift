public import ArgumentParser
import Domain
import HomeAPI
import WorkerProtocol

struct CameraCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "camera", abstract: "List, add, change, probe and archive cameras.",
    subcommands: [
      CameraList.self, CameraAdd.self, CameraSet.self, CameraProbe.self, CameraTrust.self, CameraQuarantine.self,
      CameraArchive.self,
    ])
}

struct CameraList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What each camera is doing.",
    discussion: """
      Example:
        hearth camera list
        hearth camera list --json | jq '.cameras[] | select(.state != "recording") | .name'
      """)

  @Flag(help: "Archived cameras too.") var archived = false
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let response = try await client.request("GET", ["cameras"], query: archived ? [("archived", "true")] : [])
    if output.wrote(response) { return }
    let cameras = try ControlClient.decode(API.CameraList.self, response).cameras
    guard !cameras.isEmpty else { return print("no cameras yet; add one with: hearth camera add NAME rtsp://…") }
    var table = Table("NAME", "STATE", "SINCE", "RECORD", "SOUND", "STREAMS")
    for camera in cameras.sorted(by: { $0.name < $1.name }) {
      let streams = camera.streams.map { stream in
        let rate = stream.frameRate.map { " \(Words.decimal($0, 1))/s" } ?? ""
        return "\(stream.role) \(stream.codec) \(stream.width)x\(stream.height)\(rate)"
      }
      table.add(
        camera.name, camera.archived ? "archived" : camera.state.rawValue, Moments.show(camera.since),
        camera.record.rawValue, camera.audio ? "yes" : "no", streams.joined(separator: ", "))
    }
    print(table.text)
    for camera in cameras {
      let remarks = (camera.state == .wrongDevice ? [] : [camera.cause].compactMap { $0 }) + camera.notes
      for remark in remarks + DeviceWords.lines(camera, among: cameras) { print("\(camera.name): \(remark)") }
    }
    if await !client.isServed { print("nothing is recorded at the moment: no `hearth serve` is running here") }
  }
}

/// How a camera is reached; shared by probing and adding.
struct CameraSource: ParsableArguments {
  @Argument(help: ArgumentHelp("The main stream, as rtsp://host:port/path.", valueName: "url")) var url: String
  @Option(help: ArgumentHelp("The small stream that motion is looked for in.", valueName: "url")) var detect: String?
  @Option(help: ArgumentHelp("The camera's user.", valueName: "user")) var user: String?
  @Flag(help: "Read the camera's password as one line from standard input.") var passwordStdin = false
  @Option(help: ArgumentHelp("tcp or udp.", valueName: "transport")) var transport = CameraOptions().transport

  /// The parts, with credentials taken out of the addresses. A user without a password is asked for it at a terminal.
  func resolve() throws -> ProbeRequest {
    let main = try CameraAddress.parse(url)
    let small = try detect.map { try CameraAddress.parse($0) }
    let name = user ?? main.user ?? small?.user
    var password = main.password ?? small?.password
    if passwordStdin {
      password = try Terminal.readLine()
    } else if name != nil, password == nil, Terminal.isInteractive {
      password = try Terminal.ask("Password of \(name ?? "") at the camera: ")
    }
    guard password == nil || name != nil else {
      throw Problem(.usage, "there is a password but no user", next: "give the camera's user with --user")
    }
    return ProbeRequest(
      address: main.address, detect: small?.address, user: name, password: password, transport: transport)
  }
}

extension Transport: ExpressibleByArgument {}
extension RecordMode: ExpressibleByArgument {}
extension StreamRole: ExpressibleByArgument {}

struct CameraProbe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "See what a camera offers.",
    discussion: """
      Connects, looks at the streams for some seconds and says in plain words what is there. Changes nothing.

      Examples:
        hearth camera probe rtsp://192.168.1.20/main
        hearth camera probe rtsp://192.168.1.20/main --user recorder \\
          --detect rtsp://192.168.1.20/sub
      """)

  @OptionGroup var camera: CameraSource
  @OptionGroup var output: OutputOption

  func run() async throws {
    let report = try Prober.probe(try camera.resolve())
    if output.json { return try printJSON(report) }
    for line in ProbeWords.lines(report, hasDetect: camera.detect != nil) { print(line) }
  }
}

struct CameraAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Probe a camera, then record it.",
    discussion: """
      A running `hearth serve` begins to record within a second. Credentials in the address are taken out and kept in a \
      file that only this user can read.

      Examples:
        hearth camera add Garden rtsp://garden.lan/1 --record motion
        hearth camera add "Front door" rtsp://192.168.1.20/main \\
          --detect rtsp://192.168.1.20/sub --user recorder --password-stdin < secret
      """)

  @Argument(help: "What people call the camera.") var name: String
  @OptionGroup var camera: CameraSource
  @Option(help: ArgumentHelp("continuous, motion or off (live view only).", valueName: "mode"))
  var record = CameraOptions().record
  @Flag(help: "Record sound too.") var audio = false
  @Flag(inversion: .prefixedNo, help: "Look first whether the camera answers.") var probe = true
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let request = try camera.resolve()
    var generator = SystemRandomNumberGenerator()
    // The id is for the check alone; the household mints the real one.
    var settings = CameraSettings(
      id: .mint(using: &generator), name: name, main: request.address.address, detect: request.detect?.address,
      user: request.user)
    settings.transport = request.transport
    settings.record = record
    settings.audio = audio
    try settings.validate(replacing: nil)
    if probe {
      let report = try Prober.probe(request)
      if !output.json { for line in ProbeWords.lines(report, hasDetect: request.detect != nil) { print(line) } }
    }
    let response = try await data.client(creating: true).request(
      "POST", ["cameras"], body: API.NewCameraRequest(settings: settings, password: request.password))
    if output.wrote(response) { return }
    let added = try ControlClient.decode(API.Camera.self, response)
    print("added \"\(added.name)\" (\(added.id))")
  }
}

struct CameraArchive: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "archive", abstract: "Stop reading a camera; keep its footage.",
    discussion: """
      Its footage stays until retention deletes it, and its name becomes free.

      Example:
        hearth camera archive "Front door"
      """)

  @Argument(help: "The camera's name or id.") var name: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let camera = try await client.camera(named: name)
    try await client.request("POST", ["cameras", camera.id, "archive"])
    if output.json { return try printJSON(["archived": camera.id]) }
    print("archived \"\(camera.name)\"; its footage stays")
  }
}
