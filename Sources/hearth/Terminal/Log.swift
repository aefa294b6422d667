import Domain
import Files
import Glibc
import Housekeeping
import Logging

/// Log lines on standard error: time, level, what, then the details.
struct StderrLog: LogHandler {
  let label: String
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 })
    let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let error = event.error.map { " error=\($0)" } ?? ""
    let line = "\(WallTime.now.rfc3339) \(event.level) \(label): \(event.message)\(details)\(error)"
    // One write for each line, so that the lines of several processes don't mix; what text came from outside can't
    // begin a line of its own.
    Output.error(line.replacing(where: \.isNewline, with: " ") + "\n")
  }
}

extension String {
  fileprivate func replacing(where test: (Character) -> Bool, with other: Character) -> String {
    String(map { test($0) ? other : $0 })
  }
}

extension Logger {
  /// - Parameter quiet: warnings and worse only, for commands whose output is for a person.
  static func stderr(_ label: String, quiet: Bool = false) -> Logger {
    var handler = StderrLog(label: label)
    handler.logLevel = quiet ? .warning : .info
    return Logger(label: label) { _ in handler }
  }
}

extension WallTime {
  /// The system clock. Decisions get the time as an argument; this is the edge that asks for it.
  static var now: WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}

extension ServerEnvironment {
  static func system(quiet: Bool = false) -> ServerEnvironment {
    let started = ContinuousClock.now
    return ServerEnvironment(
      now: { .now }, sleep: { try await Task.sleep(for: $0) }, log: .stderr(quiet ? "hearth" : "server", quiet: quiet),
      uptime: { ContinuousClock.now - started }, clockQuality: { KernelClock.quality() },
      replay: { file, motion in try await Replayer.replayAside(file, motion) })
  }
}
