import Files
import Domain
import FFmpeg
import Glibc
import Synchronization
import WorkerProtocol

/// The process that looks at a camera once and says what it offers.
public enum Probe {
  /// Reads a `ProbeRequest` on standard input and writes a `ProbeReport`, or the problem, on standard output.
  ///
  /// - Returns: the process's exit code.
  public static func run() -> Int32 {
    Worker.confine()
    _ = Sandbox.refuseCalls()
    signal(SIGPIPE, SIG_IGN)
    return StandardOutput.answer("use `hearth camera probe URL`") { line in
      guard let request = try? JSONLine.decode(ProbeRequest.self, from: line) else { return nil }
      return try JSONLine.encode(report(request))
    }
  }

  private static func report(_ request: ProbeRequest) throws -> ProbeReport {
    var notes: [String] = []
    let main = try look(at: request.address.address, request, "the main stream", &notes)
    let detect = try request.detect.map { try look(at: $0.address, request, "the detection stream", &notes) }
    if detect == nil, main.width * main.height > 1280 * 720 {
      notes.append(
        "Without a detection stream, motion is looked for in this stream's keyframes only. Most cameras offer a small"
          + " second stream: give it with --detect.")
    }
    return ProbeReport(main: main, detect: detect, notes: notes)
  }

  private static func look(
    at address: CameraAddress, _ request: ProbeRequest, _ name: String, _ notes: inout [String]
  ) throws -> ProbedStream {
    let hosts = try HostResolution.resolve(address.host)
    let begun = SystemClock.monotonic()
    let (findings, host) = try findings(at: hosts[...], address, request)
    guard let size = findings.video.size else {
      throw Problem(
        .data, "\(address.text) sent no keyframe, so its size is not known", next: "set a shorter keyframe interval")
    }
    notes += findings.oddities.map { "\(name): \(words($0))" }
    let took = (SystemClock.monotonic() - begun).nanoseconds / 1_000_000
    return ProbedStream(
      codec: findings.video.codec, width: size.width, height: size.height, frameRate: findings.video.frameRate,
      keyframeSeconds: findings.video.keyframeSeconds, bitsPerSecond: Int(exactly: findings.video.bitRate.rounded()),
      audio: findings.audio.map {
        ProbedStream.Audio(
          codec: codecName($0.codec), sampleRate: $0.sampleRate, channels: $0.channels,
          fate: $0.codec == .aac ? .kept : .transcoded)
      }, answeredBy: host, millisecondsTaken: Int(took))
  }

  /// Looks at the first of the addresses that answers.
  private static func findings(
    at hosts: ArraySlice<String>, _ address: CameraAddress, _ request: ProbeRequest
  ) throws -> (ProbeFindings, host: String) {
    let host = hosts.first ?? address.host
    do {
      let findings = try StreamProbe.run(
        StreamRequest(
          address: address, numericHost: host, user: request.user, password: request.password,
          transport: request.transport, wantsAudio: true), token: InterruptToken())
      return (findings, host)
    } catch {
      if hosts.count > 1, error.kind == .refused || error.kind == .unreachable {
        return try self.findings(at: hosts.dropFirst(), address, request)
      }
      let failure = StreamFailure(error, address: address)
      throw Problem(
        failure.isPassword ? .permission : .unavailable, failure.cause, next: failure.next,
        code: .libav(error.code))
    }
  }

  private static func codecName(_ codec: AudioCodec) -> String {
    switch codec {
    case .aac: "AAC"
    case .pcmAlaw: "G.711 A-law"
    case .pcmMulaw: "G.711 mu-law"
    }
  }

  private static func words(_ oddity: ProbeFindings.Oddity) -> String {
    switch oddity {
    case .noKeyframe: "no keyframe came while it was looked at; its picture starts late after each connect"
    case .noParameterSetsInDescription: "its parameter sets come with the pictures only"
    case .missingTimestamps(let count): "\(count) packets had no time"
    case .backwardTimestamps(let count): "its times ran backwards \(count) times"
    case .bFrames: "it uses B frames, which delay the live view"
    case .loss(let count): "\(count) packets were lost on the way"
    case .noSound: "it describes sound, but none came"
    case .brokeOff: "it broke off while it was looked at"
    case .note(let text): text
    }
  }
}
