import Domain
import FFmpeg
import Files
import Glibc
import Motion
import Recording
import WorkerProtocol

/// The process that looks at a file once more, with the settings that it is given: for tuning, and for scoring.
///
/// The file may come from anywhere, so this process may read it and nothing else, write nothing and reach nobody.
public enum Replay {
  /// Reads a `ReplayRequest` on standard input and writes a `ReplayReport`, or the problem, on standard output.
  ///
  /// - Returns: the process's exit code.
  public static func run() -> Int32 {
    Worker.confine()
    signal(SIGPIPE, SIG_IGN)
    return StandardOutput.answer("use `hearth motion replay`") { line in
      guard let request = try? JSONLine.decode(ReplayRequest.self, from: line) else { return nil }
      try Sandbox.enter(reading: request.file)
      _ = Sandbox.refuseCalls()
      return try JSONLine.encode(report(request))
    }
  }

  private static func report(_ request: ReplayRequest) throws -> ReplayReport {
    do {
      let source = try StreamSource.openFile(request.file, token: InterruptToken())
      var replay = FileReplay(source.video, request.motion)
      try replay.read(source)
      return replay.report
    } catch let error as FFmpegError {
      throw Problem(
        .data, "\(request.file) can't be looked at: \(error.text)", next: "give a video file with H.264 or H.265 in it",
        code: .libav(error.code))
    }
  }
}

/// A file on its way through the detector.
private struct FileReplay {
  private static let mostUnreadable = 1000
  private let timeBase: TimeBase
  private let decoder: Result<VideoDecoder, FFmpegError>
  private var watch: PictureWatch
  private var firstTime: Int64?
  /// The file has no clock: its first picture is at zero.
  private static let origin = MonotonicTime(nanoseconds: 0)
  private var lastTime = Self.origin
  private(set) var report = ReplayReport(events: [], suppressed: [], seconds: 0, pictures: 0, damaged: 0)

  init(_ video: VideoStream, _ settings: DetectionSettings) {
    timeBase = video.timeBase
    decoder = Result { () throws(FFmpegError) in
      try VideoDecoder(codec: video.codec, parameterSets: video.parameterSets)
    }
    watch = PictureWatch(settings)
  }

  mutating func read(_ source: StreamSource) throws {
    let decoder = try decoder.get()
    var failure: FFmpegError?
    var unreadable = 0
    while true {
      let packet: Packet
      do { packet = try source.read() } catch {
        if error.kind == .ended { break }
        // What is broken in the middle of a file is passed over, as in a stream; a file that stays so has ended.
        unreadable += 1
        guard error.kind == .invalidData, unreadable < Self.mostUnreadable else { throw error }
        continue
      }
      guard packet.kind == .video else { continue }
      do {
        try decoder.decode(packet) { picture in
          do { try look(at: picture) } catch { failure = error as? FFmpegError }
        }
      } catch {
        guard error.kind == .invalidData else { throw error }
        report.damaged += 1
      }
      if let failure { throw failure }
    }
    try decoder.flush { picture in
      do { try look(at: picture) } catch { failure = error as? FFmpegError }
    }
    if let failure { throw failure }
    take(watch.end())
    report.seconds = Self.seconds(lastTime)
  }

  private mutating func look(at picture: Picture) throws {
    guard let pts = picture.pts else { return }
    let first = firstTime ?? pts
    firstTime = first
    let time = Self.origin + timeBase.duration(pts &- first)
    report.pictures += 1
    if picture.isDamaged { report.damaged += 1 }
    lastTime = max(lastTime, time)
    guard let seen = try watch.look(at: picture, time: time) else { return }
    take(seen.actions)
    for candidate in seen.activity.suppressed {
      report.suppressed.append(
        ReplayReport.Suppressed(
          start: candidate.from.inSeconds, end: candidate.to.inSeconds, cause: candidate.cause.rawValue,
          why: candidate.why))
    }
  }

  /// Seconds since the first picture, to the millisecond.
  private static func seconds(_ time: MonotonicTime) -> Double {
    (Double((time - origin).nanoseconds) / 1e6).rounded() / 1e3
  }

  private mutating func take(_ actions: [EventTracker.Action]) {
    for case .closed(let draft) in actions {
      report.events.append(
        ReplayReport.Event(
          start: Self.seconds(draft.start), end: Self.seconds(draft.lastActive), peak: draft.peak,
          boxes: draft.boxes, reasons: draft.reasons, zones: draft.zones))
    }
  }
}
