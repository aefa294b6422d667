import ArgumentParser
import Domain
import Files
import FoundationEssentials
import Glibc
import Logging
import Settings
import Supervisor

/// What the supervisor hands to the server process, as one line on its standard input.
struct ServerConfiguration: Codable, Sendable {
  var data: String
  var listen: [String]
  var hostNames: [String]
  var web: String
  var house: HouseFile?
}

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Record the cameras and serve the page.",
    discussion: """
      Keeps one process for each camera and one for the page, restarts what ends, and stops all in order on Ctrl-C or \
      SIGTERM. Prints "ready http://…/" on standard output once it answers; logs go to standard error. At the first \
      start the log has a link to set Hearth up with.

      Examples:
        hearth serve
        hearth serve --data /srv/hearth --listen 127.0.0.1:8780 --listen 192.168.1.5:8780
        hearth serve --house house.yaml        also adds what the file declares and reports other differences
      """)

  @OptionGroup var data: DataOption

  @Option(
    help: ArgumentHelp(
      "An address to listen on, loopback or private. May be repeated. (default: 127.0.0.1:8780)",
      valueName: "address:port"))
  var listen: [String] = []

  @Option(help: ArgumentHelp("A house file: adds what it declares, changes nothing else.", valueName: "file"))
  var house: String?

  @Option(help: ArgumentHelp("A further name by which browsers reach this server. May be repeated.", valueName: "name"))
  var hostName: [String] = []

  @Option(help: ArgumentHelp("The folder of the page, when it isn't the one that came with Hearth.", valueName: "dir"))
  var web: String?

  @Flag(help: .hidden) var withParent = false

  /// For tests alone: a house's segments and restarts have the standard timing.
  @Option(help: .hidden) var testSegmentSeconds: Double?
  @Option(help: .hidden) var testGoodRunSeconds: Double?

  func run() throws {
    // Before anything runs: a signal that arrives from here on ends the house in order.
    let signals = try SignalPipe.open()
    if withParent { try Parent.follow(signal: SIGTERM) }
    let layout = DataLayout(path: data.path)
    // A house that is set already may listen on its VPN's address too.
    let ranges = layout.exists ? try HouseStore(data: DataDirectory.open(layout.path)).network().clientRanges : []
    let configuration = ServerConfiguration(
      data: layout.path, listen: try listens(ranges), hostNames: try hostName.map(NetworkSettings.hostName),
      web: try web.map(DataLayout.absolute) ?? Places.shipped("web"), house: try house.map(HouseFileReader.read))
    let worker = try Places.worker()
    let directory = try DataDirectory.open(configuration.data)
    guard let lock = try DataLock.take(.supervisor, of: directory, holder: "hearth serve") else {
      throw DataLock.taken(.supervisor, at: directory.layout)
    }
    let options = Supervisor.Options(
      server: [try Places.executable(), "server"], serverConfiguration: try Array(JSONEncoder().encode(configuration)),
      worker: [worker, "worker"], environment: Environment.forChildren,
      timing: try timing())
    let log: Logger = .stderr("supervisor")
    if options.timing != .standard {
      log.warning("the timing is that of a test", metadata: ["timing": "\(options.timing)"])
    }
    let supervisor = Supervisor(options: options, data: directory, log: log) { line in
      print(line)
      // A script waits for this line at the other end of a pipe.
      Output.flush()
    }
    let code = try withExtendedLifetime(lock) { try supervisor.run(signals: signals) }
    if code != 0 { throw ArgumentParser.ExitCode(code) }
  }

  /// Shorter than the standard, never longer: a test can't hide what takes long.
  private func timing() throws -> RunTiming {
    func duration(_ seconds: Double?, _ option: String, standard: Duration) throws -> Duration {
      guard let seconds else { return standard }
      guard seconds >= 0.1, .seconds(seconds) <= standard else {
        throw Problem(.usage, "\(option) \(seconds)", next: "give at least 0.1 and at most \(standard)")
      }
      return .seconds(seconds)
    }
    let standard = RunTiming.standard
    return RunTiming(
      segment: try duration(testSegmentSeconds, "--test-segment-seconds", standard: standard.segment),
      goodRun: try duration(testGoodRunSeconds, "--test-good-run-seconds", standard: standard.goodRun))
  }

  private func listens(_ ranges: [AddressRange]) throws -> [String] {
    let wanted = listen.isEmpty ? ["127.0.0.1:8780"] : listen
    for text in wanted { _ = try ListenText(text, own: ranges) }
    return wanted
  }
}
