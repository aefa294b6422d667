import Catalog
import Domain
import Foundation
import GRDB
import TestSupport

/// A folder that is gone when the test is over.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("hearth-catalog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    do { try FileManager.default.removeItem(at: url) } catch { print("left behind: \(url.path): \(error)") }
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Opens a database past the code under test.
  func raw(_ name: String) throws -> DatabaseQueue { try DatabaseQueue(path: path(name)) }
}

/// Cameras, segments and events with numbers that the tests name.
struct House {
  let porch: CameraID
  let garden: CameraID
  let cellar: CameraID
  let boot: RandomID
  private var generator = SeededGenerator(seed: 1)

  init() {
    porch = CameraID.mint(using: &generator)
    garden = CameraID.mint(using: &generator)
    cellar = CameraID.mint(using: &generator)
    boot = RandomID.mint(using: &generator)
  }

  mutating func segment(
    _ camera: CameraID, _ from: Int64, _ to: Int64, sequence: Int64, stream: StreamRole = .main, bytes: Int64 = 1000
  ) throws -> CatalogSegment {
    let id = SegmentID.mint(camera: camera, using: &generator)
    let digits = String(sequence)
    let number = String(repeating: "0", count: 10 - digits.count) + digits
    let file = "\(at(from).day.text)/\(number)\(stream == .detect ? "-detect" : "")-\(id.raw.text).mp4"
    return CatalogSegment(
      id: id, stream: stream, file: file, span: try span(from, to), bytes: bytes, sequence: sequence, boot: boot,
      codec: .h264, hasAudio: false)
  }

  mutating func event(_ camera: CameraID, _ start: Int64, _ end: Int64?) -> Event {
    Event(
      id: EventID.mint(camera: camera, using: &generator), start: at(start), end: end.map(at), best: at(start + 1),
      peak: 0.25, boxes: [RelativeBox(x: 0.1, y: 0.2, width: 0.3, height: 0.4)],
      reasons: ["12 cells moved for 0.8 s"], zones: ["path"])
  }
}

/// Seconds after 2026-11-23T00:00:00Z.
func at(_ seconds: Int64) -> WallTime { WallTime(seconds: 1_795_392_000 + seconds) }

struct NotASpan: Error {}

func span(_ from: Int64, _ to: Int64) throws -> TimeSpan {
  guard let span = TimeSpan(from: at(from), to: at(to)) else { throw NotASpan() }
  return span
}
