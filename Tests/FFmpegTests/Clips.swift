import Foundation
import Programs

/// Clips made by the `ffmpeg` program, in a folder of their own that goes when the value does.
final class Clips: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("hearth-clips-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    // A folder that is left behind in the temporary directory harms nobody.
    do { try FileManager.default.removeItem(at: folder) } catch { print("not removed: \(error)") }
  }

  /// Runs `ffmpeg` and gives the path of the file that it wrote.
  func make(_ name: String, _ arguments: String...) throws -> String { try make(name, arguments) }

  func make(_ name: String, _ arguments: [String]) throws -> String {
    let path = folder.appendingPathComponent(name).path
    _ = try Self.ffmpeg(arguments + ["-y", path])
    return path
  }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = folder.appendingPathComponent(name)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// What `ffmpeg` wrote to its standard output.
  static func ffmpeg(_ arguments: [String]) throws -> [UInt8] {
    let ended = try Program.run(["ffmpeg", "-v", "error", "-nostdin", "-threads", "1"] + arguments)
    guard ended.status == 0 else { throw Failure(arguments: arguments) }
    return ended.output
  }

  struct Failure: Error { let arguments: [String] }

  /// The NAL units of an Annex B file, grouped into access units: each ends with a slice.
  static func accessUnits(annexB path: String) throws -> [[[UInt8]]] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var starts: [Int] = []
    for index in 0..<max(0, bytes.count - 3) where bytes[index] == 0 && bytes[index + 1] == 0 && bytes[index + 2] == 1 {
      starts.append(index + 3)
    }
    var units: [[[UInt8]]] = []
    var unit: [[UInt8]] = []
    for (number, start) in starts.enumerated() {
      var end = number + 1 < starts.count ? starts[number + 1] - 3 : bytes.count
      while end > start, bytes[end - 1] == 0 { end -= 1 }
      unit.append(Array(bytes[start..<end]))
      if [1, 5].contains(bytes[start] & 31) {
        units.append(unit)
        unit = []
      }
    }
    return units
  }
}
