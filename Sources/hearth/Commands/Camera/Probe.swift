import Domain
import Files
import Glibc
import Supervisor
package import WorkerProtocol

/// Runs `hearth-camera probe`: what parses bytes from a device is never this process.
enum Prober {
  /// - Throws: the worker's `Problem`.
  static func probe(_ request: ProbeRequest) throws -> ProbeReport {
    let (status, output) = try Run.capture(
      [try Places.worker(), "probe"], input: JSONLine.encode(request) + [0x0a], environment: Environment.forChildren)
    let line = output.split(separator: 0x0a).last.map { Array($0) } ?? []
    if let failure = try? JSONLine.decode(ProblemLine.self, from: line) { throw failure.problem }
    guard status == 0, let report = try? JSONLine.decode(ProbeReport.self, from: line) else {
      throw Problem(.internalError, "the probe ended without a report", next: "try again; report this if it stays so")
    }
    return report
  }
}

/// A probe's report in plain words.
package enum ProbeWords {
  package static func lines(_ report: ProbeReport, hasDetect: Bool) -> [String] {
    var lines = [line("main", report.main)]
    if let detect = report.detect { lines.append(line("detect", detect)) }
    lines += report.notes
    if !hasDetect, report.main.height > 720 {
      lines.append(
        "hint: if the camera has a small stream, give it with --detect: looking for motion in a large picture costs much more"
      )
    }
    if report.main.codec == .h265, report.detect == nil {
      lines.append("hint: some browsers can't show H.265; with an H.264 stream as --detect they show that one")
    }
    return lines
  }

  private static func line(_ name: String, _ stream: ProbedStream) -> String {
    var parts = ["\(stream.codec == .h264 ? "H.264" : "H.265") \(stream.width)x\(stream.height)"]
    if let rate = stream.frameRate { parts.append("\(Words.decimal(rate, 1)) frames a second") }
    if let seconds = stream.keyframeSeconds { parts.append("a keyframe every \(fixed(seconds)) s") }
    if let bits = stream.bitsPerSecond { parts.append("\(Words.decimal(Double(bits) / 1e6, 1)) Mbit/s") }
    parts.append(stream.audio.map(sound) ?? "no sound")
    let facts = parts.dropLast().joined(separator: ", ")
    return "\(name): \(facts); \(parts[parts.count - 1])"
  }

  private static func sound(_ audio: ProbedStream.Audio) -> String {
    let rate = "\(Words.decimal(Double(audio.sampleRate) / 1000, 1)) kHz"
    let fate =
      switch audio.fate {
      case .kept: "kept only if you choose audio"
      case .transcoded: "made AAC and kept only if you choose audio"
      case .dropped: "can't be kept"
      }
    return "sound: \(audio.codec) \(rate) (\(fate))"
  }

  private static func fixed(_ seconds: Double) -> String {
    let tenths = Int64((seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// Runs a program to its end.
enum Run {
  /// - Returns: its exit code (128 and the signal's number when one ended it) and what it wrote on standard output.
  static func capture(_ command: [String], input: [UInt8], environment: [String]) throws -> (Int32, [UInt8]) {
    let child = try ChildProcess.start(command, environment: environment)
    signal(SIGPIPE, SIG_IGN)
    child.send(input.last == 0x0a ? Array(input.dropLast()) : input)
    var output: [UInt8] = []
    while let number = child.output?.number {
      var polled = [pollfd(fd: number, events: Int16(POLLIN), revents: 0)]
      _ = poll(&polled, 1, 100)
      child.flush()
      for line in child.readLines() { output += line + [0x0a] }
    }
    while true {
      switch child.poll() {
      case .exited(let code): return (code, output)
      case .signalled(let number): return (128 + number, output)
      case .notStarted: return (127, output)
      case nil: usleep(5000)
      }
    }
  }
}
