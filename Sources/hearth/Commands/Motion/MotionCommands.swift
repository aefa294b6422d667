import ArgumentParser
import Domain
import Files
import Foundation
import Glibc
import HomeAPI
import Motion
import Settings
import WorkerProtocol

struct MotionCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "motion", abstract: "Try how motion is looked for.",
    subcommands: [MotionReplay.self, MotionScoring.self])
}

/// Runs `hearth-camera replay`: what decodes pictures is never this process.
enum Replayer {
  /// - Parameter file: a video file with H.264 or H.265 in it.
  /// - Throws: the replay's `Problem`.
  static func replay(_ file: String, _ motion: DetectionSettings) throws -> ReplayReport {
    let path = DataLayout.absolute(file)
    guard access(path, R_OK) == 0 else {
      throw Problem(
        errno == EACCES ? .permission : .data, "\(file) can't be read: \(String(cString: strerror(errno)))",
        next: "name a video file", code: .system(errno))
    }
    let (status, output) = try Run.capture(
      [try Places.worker(), "replay"], input: JSONLine.encode(ReplayRequest(file: path, motion: motion)) + [0x0a],
      environment: Environment.forChildren)
    let line = output.split(separator: 0x0a).last.map { Array($0) } ?? []
    if let failure = try? JSONLine.decode(ProblemLine.self, from: line) { throw failure.problem }
    guard status == 0, let report = try? JSONLine.decode(ReplayReport.self, from: line) else {
      throw Problem(.internalError, "the replay of \(file) ended without a report", next: "report this, with the file")
    }
    return report
  }

  /// The same on a thread of its own: it waits for the process.
  static func replayAside(_ file: String, _ motion: DetectionSettings) async throws -> ReplayReport {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try replay(file, motion) }) }
    }
  }
}

struct MotionReplay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "See which events other settings would give.",
    discussion: """
      Looks for motion in recorded footage of a camera, or in a file, and changes nothing. Of a camera it shows beside \
      each event whether it was recorded as well, and which recorded ones would not be there. It looks at the footage that \
      the camera's motion is looked for in: the detection stream's, where there is one.

      Examples:
        hearth motion replay --camera "Front door" --from 21:00 --to 22:00 --sensitivity 70
        hearth motion replay --file clip.mp4 --json
      """)

  @Option(help: ArgumentHelp("Look at this file.", valueName: "file")) var file: String?
  @Option(help: ArgumentHelp("Look at this camera's footage.", valueName: "name")) var camera: String?
  @Option(help: ArgumentHelp("Where the span begins.", valueName: "time")) var from: String?
  @Option(help: ArgumentHelp("Where the span ends.", valueName: "time")) var to: String = "now"
  @Option(help: ArgumentHelp("0 to 100; the camera's own, or 50, when not given.", valueName: "number"))
  var sensitivity: Int?
  @Flag(help: "List what was not reported, too, and why.") var suppressed = false
  @OptionGroup var data: DataOption
  @Flag(help: "Write JSON.") var json = false

  func validate() throws {
    guard (file == nil) != (camera == nil) else { throw ValidationError("Give --file, or --camera with --from.") }
    guard (camera == nil) == (from == nil) else { throw ValidationError("--from and --camera belong together.") }
    if let sensitivity, !(0...100).contains(sensitivity) {
      throw ValidationError("The sensitivity is 0 to 100, not \(sensitivity).")
    }
  }

  func run() async throws {
    if let file {
      var motion = DetectionSettings()
      motion.sensitivity = sensitivity ?? motion.sensitivity
      return try show(try Replayer.replay(file, motion))
    }
    guard let camera, let from else { return }
    let client = try data.client()
    let span = try readSpan(from)
    let comparison = try await CameraReplay(client: client, sensitivity: sensitivity).run(camera, span)
    if json { return try printJSON(comparison) }
    print(comparison.table(listing: suppressed))
  }

  private func readSpan(_ from: String) throws -> TimeSpan {
    let now = WallTime.now
    guard let span = TimeSpan(from: try Moments.read(from, now: now), to: try Moments.read(to, now: now)) else {
      throw Problem(.usage, "--from is not before --to", next: "give the earlier time with --from")
    }
    return span
  }

  private func show(_ report: ReplayReport) throws {
    if json { return try printJSON(report) }
    var table = Table("FROM", "TO", "PEAK", "WHY")
    for event in report.events {
      table.add(
        ReplayWords.moment(event.start), ReplayWords.moment(event.end), "\(Words.decimal(event.peak * 100, 1)) %",
        event.reasons.joined(separator: "; "))
    }
    if !report.events.isEmpty { print(table.text) }
    if suppressed {
      var table = Table("FROM", "TO", "NOT REPORTED BECAUSE")
      for one in report.suppressed { table.add(ReplayWords.moment(one.start), ReplayWords.moment(one.end), one.why) }
      if !report.suppressed.isEmpty { print(table.text) }
    }
    print(ReplayWords.summary(report))
  }
}

/// A replay in words.
enum ReplayWords {
  /// `1:02.5`.
  static func moment(_ seconds: Double) -> String {
    let tenths = Int64((seconds * 10).rounded())
    let (minutes, rest) = (tenths / 600, tenths % 600)
    return "\(minutes):\(rest < 100 ? "0" : "")\(rest / 10).\(rest % 10)"
  }

  static func summary(_ report: ReplayReport) -> String {
    let count = report.events.count == 1 ? "1 event" : "\(report.events.count) events"
    let damaged = report.damaged > 0 ? ", \(report.damaged) of them damaged" : ""
    return "\(count) in \(moment(report.seconds)) (\(report.pictures) pictures\(damaged)); "
      + "\(report.suppressed.count) candidates were not reported"
  }
}

/// A camera's recorded footage under other settings, beside what was recorded as events.
struct CameraReplay {
  let client: ControlClient
  let sensitivity: Int?

  func run(_ name: String, _ span: TimeSpan) async throws -> API.Replay {
    let camera = try await client.camera(named: name)
    var whole: API.Replay?
    var begin = span.from
    while begin < span.to {
      let stop = min(span.to, begin + .seconds(1800))
      do {
        let response = try await client.request(
          "POST", ["cameras", camera.id, "replay"],
          body: API.ReplayRequest(from: begin.rfc3339, to: stop.rfc3339, sensitivity: sensitivity))
        let part = try ControlClient.decode(API.Replay.self, response)
        whole = whole.map { $0.followed(by: part) } ?? part
        begin = part.next.flatMap { WallTime(rfc3339: $0) }.flatMap { $0 > begin ? $0 : nil } ?? stop
      } catch let problem as Problem where problem.exit == .data && (whole != nil || stop < span.to) {
        // Nothing recorded in this half hour: go on with the next.
        begin = stop
      }
    }
    guard let whole else {
      throw Problem(.data, "nothing was recorded in this span", next: "see what there is with: hearth event list")
    }
    return whole
  }
}

extension API.Replay {
  fileprivate func followed(by next: API.Replay) -> API.Replay {
    API.Replay(
      camera: camera, sensitivity: sensitivity, seconds: seconds + next.seconds, next: next.next,
      events: events + next.events.filter { later in later.id == nil || !events.contains { $0.id == later.id } },
      suppressed: suppressed + next.suppressed)
  }

  func table(listing isListed: Bool) -> String {
    var lines: [String] = []
    var table = Table("FROM", "TO", "", "PEAK", "WHY")
    for event in events {
      table.add(
        Moments.show(event.start), Moments.show(event.end), event.outcome.rawValue,
        "\(Words.decimal(event.peak * 100, 1)) %",
        event.reasons.joined(separator: "; "))
    }
    if !events.isEmpty { lines.append(table.text) }
    if isListed { lines += suppressed.map { "\(Moments.show($0.start)) not reported: \($0.why)" } }
    func count(_ outcome: Outcome) -> String { "\(events.count { $0.outcome == outcome }) \(outcome.rawValue)" }
    let counts = Outcome.allCases.map(count).joined(separator: ", ")
    lines.append("sensitivity \(sensitivity), \(ReplayWords.moment(seconds)) of footage: \(counts)")
    return lines.joined(separator: "\n")
  }
}

struct MotionScoring: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score the detector on clips whose motion somebody wrote down.",
    discussion: """
      The truth is a JSON file: {"clips": [{"file", "duration_s", "motion": [{"start_s", "end_s"}], "nuisance": […], \
      "ignore": […]}]}, times in seconds from a clip's first picture; the clips lie beside it. Recall is the share of \
      events that a report touches, precision the share of reports that touch an event, false time the share of the time \
      without motion that reports cover, overlap the time that both share of the time that either takes.

      Example:
        hearth motion score --truth footage/footage.json
      """)

  @Option(help: ArgumentHelp("What moves where.", valueName: "file")) var truth: String
  @Option(help: ArgumentHelp("Where the clips are, when not beside it.", valueName: "folder")) var clips: String?
  @Option(help: ArgumentHelp("0 to 100.", valueName: "number")) var sensitivity = 50
  @Option(help: ArgumentHelp("How far apart a report and an event may be.", valueName: "seconds")) var tolerance = 0.5
  @Flag(help: "Write JSON.") var json = false

  private struct Truth: Decodable {
    struct Span: Decodable {
      let start_s: Double
      let end_s: Double
      var span: MotionScore.Span { MotionScore.Span(start_s, end_s) }
    }
    struct Clip: Decodable {
      let file: String
      let duration_s: Double
      let motion: [Span]?
      let nuisance: [Span]?
      let ignore: [Span]?

      var truth: MotionScore.Truth {
        MotionScore.Truth(
          seconds: duration_s, motion: (motion ?? []).map(\.span), nuisance: (nuisance ?? []).map(\.span),
          ignored: (ignore ?? []).map(\.span))
      }
    }
    let clips: [Clip]
  }

  private struct Figures: Encodable {
    let events, found, reports, falseAlarms: Int
    let recall, precision, falseTime, overlap, falseAlarmsPerHourOfNuisance, medianDelay: Double?

    init(_ score: MotionScore) {
      events = score.events
      found = score.found
      reports = score.reports
      falseAlarms = score.falseAlarms
      recall = score.recall
      precision = score.precision
      falseTime = score.falseTime
      overlap = score.overlap
      falseAlarmsPerHourOfNuisance = score.falseAlarmsPerHourOfNuisance
      medianDelay = score.medianDelay
    }
  }

  func run() async throws {
    let path = DataLayout.absolute(truth)
    let bytes = try Descriptor.open(path, .read).readAll(limit: 64 << 20)
    let known: Truth
    do { known = try JSONDecoder().decode(Truth.self, from: Data(bytes)) } catch {
      throw Problem(.data, "\(truth) is no truth about clips: \(error)", next: "see hearth motion score --help")
    }
    let folder = clips.map(DataLayout.absolute) ?? "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    var total = MotionScore()
    var table = Table("CLIP", "EVENTS FOUND", "REPORTS RIGHT", "FALSE TIME", "OVERLAP", "DELAY")
    var all: [String: Figures] = [:]
    for clip in known.clips {
      let report = try Replayer.replay("\(folder)/\(clip.file)", DetectionSettings(sensitivity: sensitivity))
      let score = MotionScore(
        of: report.events.map { MotionScore.Span($0.start, $0.end) }, against: clip.truth, tolerance: tolerance)
      total = total + score
      all[clip.file] = Figures(score)
      table.add([clip.file] + Self.row(score))
    }
    if json { return try printJSON(["total": ["all": Figures(total)], "clips": all]) }
    table.add(["all"] + Self.row(total))
    print(table.text)
    func percent(_ share: Double?) -> String { share.map { "\(Words.decimal($0 * 100, 1)) %" } ?? "-" }
    let hourly = total.falseAlarmsPerHourOfNuisance.map { Words.decimal($0, 1) } ?? "-"
    print(
      "recall \(percent(total.recall)), precision \(percent(total.precision)), false time \(percent(total.falseTime)), "
        + "overlap \(total.overlap.map { Words.decimal($0, 2) } ?? "-"), "
        + "\(hourly) false alarms in an hour of nuisance")
  }

  private static func row(_ score: MotionScore) -> [String] {
    [
      "\(score.found)/\(score.events)", "\(score.right)/\(score.right + score.falseAlarms)",
      score.falseTime.map { "\(Words.decimal($0 * 100, 0)) %" } ?? "-",
      score.overlap.map { Words.decimal($0, 2) } ?? "-", score.medianDelay.map { "\(Words.decimal($0, 1)) s" } ?? "-",
    ]
  }
}
