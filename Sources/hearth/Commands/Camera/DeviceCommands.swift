import ArgumentParser
import Domain
import Files
import Glibc
import HomeAPI

struct CameraSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Change a camera's settings.",
    discussion: """
      Only what is named changes. A camera is known by its device, not by its address: when another one answers at the \
      new address, nothing is filed until `hearth camera trust`.

      Examples:
        hearth camera set Garage --source rtsp://192.168.1.31/main
        hearth camera set Garden --record motion --no-audio
        hearth camera set Garden --media /mnt/disk
      """)

  @Argument(help: "The camera's name or id.") var name: String
  @Option(help: ArgumentHelp("The main stream, as rtsp://host:port/path.", valueName: "url")) var source: String?
  @Option(help: ArgumentHelp("The small stream that motion is looked for in.", valueName: "url")) var detect: String?
  @Option(help: ArgumentHelp("The camera's user.", valueName: "user")) var user: String?
  @Flag(help: "Read the camera's password as one line from standard input.") var passwordStdin = false
  @Option(help: ArgumentHelp("tcp or udp.", valueName: "transport")) var transport: Transport?
  @Option(help: ArgumentHelp("continuous, motion or off (live view only).", valueName: "mode")) var record: RecordMode?
  @Flag(inversion: .prefixedNo, help: "Record sound too.") var audio: Bool?
  @Option(
    help: ArgumentHelp(
      "A mounted volume for its footage from now on, or \"none\" for the data directory.", valueName: "folder"))
  var media: String?
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let main = try source.map { try CameraAddress.parse($0) }
    let small = try detect.map { try CameraAddress.parse($0) }
    let body = API.CameraChangeRequest(
      main: main.map { CodedAddress(address: $0.address) }, detect: small.map { CodedAddress(address: $0.address) },
      user: user ?? main?.user ?? small?.user,
      password: passwordStdin ? try Terminal.readLine() : main?.password ?? small?.password, transport: transport,
      record: record, audio: audio)
    let client = try data.client()
    let camera = try await client.camera(named: name)
    if let media {
      try await client.request(
        "PUT", ["cameras", camera.id, "media"], body: API.CameraMediaRequest(path: media == "none" ? nil : media))
    }
    let response = try await client.request("PATCH", ["cameras", camera.id], body: body)
    if output.wrote(response) { return }
    print("changed \"\(camera.name)\"")
  }
}

struct CameraTrust: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Accept the device that answers now as this camera.",
    discussion: """
      For a camera that was replaced, or one that says so much else of itself that it looks like another. What was held \
      apart until now stays apart. When nothing answers, the next device that does is the camera.

      Example:
        hearth camera trust Garage
      """)

  @Argument(help: "The camera's name or id.") var name: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let camera = try await client.camera(named: name)
    let response = try await client.request("POST", ["cameras", camera.id, "trust"])
    if output.wrote(response) { return }
    let answer = try ControlClient.decode(API.TrustedDevice.self, response)
    guard let host = answer.host else {
      return print("\"\(camera.name)\" is whichever device answers next")
    }
    print("\"\(camera.name)\" is now the device at \(host)\(answer.hardware.map { ", hardware address \($0)" } ?? "")")
  }
}

struct CameraQuarantine: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quarantine", abstract: "Footage of devices that looked like another camera.",
    subcommands: [QuarantineList.self, QuarantineExport.self, QuarantineDelete.self])
}

struct QuarantineList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What is held apart for a camera.",
    discussion: """
      The newest day and gigabyte of what another device sent while it answered at the camera's address.

      Example:
        hearth camera quarantine list Garage
      """)

  @Argument(help: "The camera's name or id.") var name: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let camera = try await client.camera(named: name)
    let response = try await client.request("GET", ["cameras", camera.id, "quarantine"])
    if output.wrote(response) { return }
    let held = try ControlClient.decode(API.Quarantine.self, response)
    guard !held.segments.isEmpty else { return print("nothing is held apart for \"\(camera.name)\"") }
    var table = Table("ID", "FROM", "TO", "SIZE")
    for segment in held.segments {
      table.add(segment.id, Moments.show(segment.from), Moments.show(segment.to), Words.bytes(segment.bytes))
    }
    print(table.text)
  }
}

struct QuarantineExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write footage that is held apart to a file, to see whose it is.",
    discussion: """
      Example:
        hearth camera quarantine export Garage 5d0c9e2f7a41b8836c1f0e9d2b7a4c55 --to stranger.mp4
      """)

  @Argument(help: "The camera's name or id.") var name: String
  @Argument(help: "The footage's id, as `list` shows it.") var id: String
  @Option(help: ArgumentHelp("The file to write; it must not exist yet.", valueName: "file")) var to: String
  @OptionGroup var data: DataOption

  func run() async throws {
    let client = try data.client()
    let camera = try await client.camera(named: name)
    let file = try Descriptor.open(to, .create)
    do {
      try await client.request("GET", ["cameras", camera.id, "quarantine", id], into: file)
      try file.sync()
    } catch {
      // A part of an answer is no export.
      if unlink(to) != 0 { Output.error("hearth: \(to) was left behind\n") }
      throw error
    }
    print("wrote \(to), \(Words.bytes(try file.size()))")
  }
}

struct QuarantineDelete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Delete everything that is held apart for a camera.",
    discussion: """
      Example:
        hearth camera quarantine delete Garage
      """)

  @Argument(help: "The camera's name or id.") var name: String
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let client = try data.client()
    let camera = try await client.camera(named: name)
    let response = try await client.request("DELETE", ["cameras", camera.id, "quarantine"])
    if output.wrote(response) { return }
    print("deleted \(count(try ControlClient.decode(API.DeletedQuarantine.self, response).deleted, "file"))")
  }
}

/// What a person is told about a camera whose device is not where it should be.
enum DeviceWords {
  static func lines(_ camera: API.Camera, among cameras: [API.Camera]) -> [String] {
    var lines: [String] = []
    if camera.state == .wrongDevice {
      let twin = cameras.first { $0.id == camera.device?.looksLike }.map { " (\($0.name)'s)" } ?? ""
      lines.append("this looks like another camera\(twin): \(camera.cause ?? "its device is not the pinned one")")
      lines.append(
        "nothing is filed under its name; see what came: hearth camera quarantine list \(quoted(camera.name))")
    }
    if let offer = camera.device?.offer {
      lines.append("\(offer.why): hearth camera set \(quoted(camera.name)) --source \(offer.source)")
    }
    if camera.state == .wrongDevice {
      lines.append("if this device is the camera from now on: hearth camera trust \(quoted(camera.name))")
    }
    return lines
  }

  private static func quoted(_ name: String) -> String {
    name.allSatisfy { $0.isLetter || $0.isNumber } ? name : "\"\(name)\""
  }
}
