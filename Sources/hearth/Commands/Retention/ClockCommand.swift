import ArgumentParser
import Domain
import HomeAPI

struct RetentionTrustClock: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust-clock", abstract: "Say that the machine's clock is right.",
    discussion: """
      Footage goes for its age only while the clock can be believed: it has not gone back, nor a day ahead, nor was it \
      set without a time server that vouches for it. `hearth retention plan` says when that waits, and why. Look at the \
      time that is shown; when it is right, this ends the wait. Limits in bytes are kept all the while.

      Example:
        hearth retention trust-clock
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var output: OutputOption

  func run() async throws {
    let response = try await data.client().request("POST", ["retention", "trust-clock"], body: [String: String]())
    if output.wrote(response) { return }
    print("the clock is trusted from \(try ControlClient.decode(API.TrustedClock.self, response).now) on")
  }
}
