import Foundation
import Programs

/// Runs the command-line tools that made the test's media and that judge what Hearth made of it.
enum Tools {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static let areInstalled = ["ffmpeg", "ffprobe"].allSatisfy { path(of: $0) != nil }

  private static func path(of tool: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/\(tool)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// - Returns: what the tool wrote to standard output and standard error.
  @discardableResult
  static func run(_ tool: String, _ arguments: [String]) throws -> (output: String, errors: String) {
    guard let path = path(of: tool) else { throw Failure(description: "\(tool) is not installed") }
    let folder = try TemporaryFolder()
    let ended = try Program.run([path] + arguments, errors: folder.path("err"))
    let errors = String(decoding: try folder.read("err"), as: UTF8.self)
    guard ended.status == 0 else {
      throw Failure(description: "\(tool) \(arguments.joined(separator: " ")): \(errors)")
    }
    return (String(decoding: ended.output, as: UTF8.self), errors)
  }
}

/// A folder that goes with the value.
final class TemporaryFolder: Sendable {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("hearth-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

  deinit {
    // A folder left behind in the system's temporary place harms nobody, and a deinitialiser can't throw.
    do { try FileManager.default.removeItem(at: url) } catch { print("left \(url.path): \(error)") }
  }
}

/// What ffprobe says of a file after decoding all of it.
struct Probe {
  struct Stream {
    var frames = 0
    var tag = ""
    var start = 0.0
    var duration = 0.0
    var width = 0
    var height = 0
  }

  var streams: [Stream] = []
  /// Everything at the level of warnings or worse.
  var warnings = ""
  /// Presentation times of the decoded pictures, in seconds.
  var pictureTimes: [Double] = []

  init(_ path: String) throws {
    let fields = "nb_read_frames,codec_tag_string,start_time,duration,width,height"
    let (output, errors) = try Tools.run(
      "ffprobe",
      ["-v", "warning", "-count_frames", "-show_entries", "stream=index,\(fields)", "-of", "default=nw=1", path])
    warnings = errors
    for line in output.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      if parts[0] == "index" { streams.append(Stream()) }
      guard !streams.isEmpty else { continue }
      let last = streams.count - 1
      switch parts[0] {
      case "nb_read_frames": streams[last].frames = Int(parts[1]) ?? 0
      case "codec_tag_string": streams[last].tag = parts[1]
      case "start_time": streams[last].start = Double(parts[1]) ?? 0
      case "duration": streams[last].duration = Double(parts[1]) ?? 0
      case "width": streams[last].width = Int(parts[1]) ?? 0
      case "height": streams[last].height = Int(parts[1]) ?? 0
      default: break
      }
    }
    let times = try Tools.run(
      "ffprobe",
      ["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0", path])
    pictureTimes = times.output.split(whereSeparator: { $0 == "\n" || $0 == "," }).compactMap { Double($0) }
  }
}
