import ArgumentParser
import Domain
import HomeAPI
import Settings

struct HouseSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Set by which ways the house is reached and where its footage lies, or show it.",
    discussion: """
      Hearth answers clients on this machine and on private addresses that ask for one of its own addresses. What an \
      owner's proxy or VPN needs besides is set here; what is given replaces that whole list, and holds at once.

      A trusted proxy's X-Forwarded-For, -Proto and -Host (or Forwarded) are believed, so that throttling and the view \
      log see the real client; nobody else's are.

      Footage lies in the data directory, or on a volume of its own: a second disk, a network drive. What was recorded \
      before stays where it is, and can be watched as before. While the volume is away nothing is recorded, and nothing \
      is written where it was mounted; live view goes on.

      Examples:
        hearth house set
        hearth house set --media /mnt/disk
        hearth house set --forget-media /mnt/old-disk
        hearth house set --host-name hearth.example --trusted-proxy 127.0.0.1
        hearth house set --client-range 100.64.0.0/10 --client-range fd7a:115c:a1e0::/48
        hearth house set --clear trusted-proxy
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case hostName = "host-name"
    case trustedProxy = "trusted-proxy"
    case clientRange = "client-range"
    case media
  }

  @Option(help: ArgumentHelp("A name by which browsers reach the house. May be repeated.", valueName: "name"))
  var hostName: [String] = []
  @Option(help: ArgumentHelp("A proxy of your own. May be repeated.", valueName: "address or range"))
  var trustedProxy: [String] = []
  @Option(help: ArgumentHelp("Where viewers may come from, as a VPN's. May be repeated.", valueName: "range"))
  var clientRange: [String] = []
  @Option(help: ArgumentHelp("The folder of a mounted volume for the footage from now on.", valueName: "folder"))
  var media: String?
  @Option(help: ArgumentHelp("A volume that will not come back: its footage is given up.", valueName: "folder"))
  var forgetMedia: String?
  @Option(
    help: ArgumentHelp(
      "Empties a list, or has the footage in the data directory again. May be repeated.", valueName: "part"))
  var clear: [Part] = []
  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    func list(_ texts: [String], _ part: Part, _ read: (String) throws -> String) throws -> [String]? {
      texts.isEmpty && !clear.contains(part) ? nil : try texts.map(read)
    }
    let body = API.NetworkRequest(
      hostNames: try list(hostName, .hostName, NetworkSettings.hostName),
      trustedProxies: try list(trustedProxy, .trustedProxy, { try AddressRange($0).description }),
      clientRanges: try list(clientRange, .clientRange, { try AddressRange($0).description }))
    let isEmpty = body == API.NetworkRequest()
    let client = try data.client(creating: !isEmpty || media != nil)
    if let forgetMedia { try await client.request("PUT", ["media"], body: API.MediaRequest(forget: forgetMedia)) }
    if media != nil || clear.contains(.media) {
      try await client.request("PUT", ["media"], body: API.MediaRequest(path: media))
    }
    let response =
      isEmpty
      ? try await client.request("GET", ["network"]) : try await client.request("PUT", ["network"], body: body)
    if output.wrote(response) { return }
    let network = try ControlClient.decode(API.Network.self, response)
    func words(_ list: [String]) -> String { list.isEmpty ? "none" : list.joined(separator: ", ") }
    print("host names: \(words(network.hostNames))")
    print("trusted proxies: \(words(network.trustedProxies))")
    print("client ranges: \(words(network.clientRanges))")
    let storage = try await client.get(API.Storage.self, ["storage"])
    print("footage: \(storage.media ?? "in the data directory")")
    for volume in storage.volumes { print("  \(volume.path): \(volume.cause ?? "ready")") }
  }
}
