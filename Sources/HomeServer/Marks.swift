import Domain
import Files
import FoundationEssentials

/// A camera's protected spans: `marks/protected.json`, a list of spans that no rule may delete.
struct Marks: Sendable {
  private struct Mark: Codable {
    var from: String
    var to: String
  }

  let folder: String

  /// The protected spans; none when nothing was ever protected.
  ///
  /// - Throws: `Problem` when the file can't be read: retention must then wait, not delete.
  func protected() throws -> [TimeSpan] {
    let camera = try Descriptor.open(folder, .folder)
    guard camera.contains("marks") else { return [] }
    let marks = try Descriptor.open("marks", in: camera, .folder)
    guard marks.contains("protected.json") else { return [] }
    let file = try Descriptor.open("protected.json", in: marks, .read)
    func damaged() -> Problem {
      Problem(.data, "\(file.path) can't be read", next: "mend it: nothing of this camera is deleted until then")
    }
    guard let read = try? JSONDecoder().decode([Mark].self, from: Data(try file.readAll(limit: 16 << 20))) else {
      throw damaged()
    }
    return try read.map { mark in
      guard let from = WallTime(rfc3339: mark.from), let to = WallTime(rfc3339: mark.to),
        let span = TimeSpan(from: from, to: to)
      else { throw damaged() }
      return span
    }
  }
}
