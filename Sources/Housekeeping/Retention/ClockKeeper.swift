import Domain
import Files
import FoundationEssentials
package import Retention

/// Remembers over restarts how far the wall clock can be trusted: `clock.json` in the data directory.
package actor ClockKeeper {
  private struct File: Codable {
    var version = 1
    var highWater: String
  }

  private static let name = "clock.json"
  /// How far the kept mark may lie behind: it is written so seldom.
  private static let period = Duration.seconds(600)

  private let folder: Descriptor
  private var trust: ClockTrust?
  private var kept: WallTime?

  init(folder: Descriptor) { self.folder = folder }

  /// Judges the clock.
  ///
  /// - Parameter newest: the end of the newest footage: where a mark that was never kept begins.
  func judge(_ reading: ClockTrust.Reading, newest: WallTime?) throws -> ClockTrust.Verdict {
    var trust = try self.trust ?? begin(newest)
    let verdict = trust.judge(reading)
    self.trust = trust
    try keep(atLeastEvery: Self.period)
    return verdict
  }

  /// The owner says that the clock is right.
  package func confirm(_ reading: ClockTrust.Reading) throws {
    var trust = try self.trust ?? begin(nil)
    trust.confirm(reading)
    self.trust = trust
    try keep(atLeastEvery: .zero)
  }

  /// The latest time that was believed.
  var highWater: WallTime? { trust?.highWater }

  private func begin(_ newest: WallTime?) throws -> ClockTrust {
    guard folder.contains(Self.name) else { return ClockTrust(highWater: newest) }
    let file = try Descriptor.open(Self.name, in: folder, .read)
    guard let read = try? JSONDecoder().decode(File.self, from: Data(try file.readAll(limit: 4096))),
      let mark = WallTime(rfc3339: read.highWater)
    else { return ClockTrust(highWater: newest) }
    kept = mark
    return ClockTrust(highWater: mark)
  }

  private func keep(atLeastEvery period: Duration) throws {
    guard let mark = trust?.highWater, mark != kept else { return }
    if let kept, mark > kept, mark - kept < period { return }
    try folder.replace(Self.name, with: Array("{\"highWater\":\"\(mark.rfc3339)\",\"version\":1}\n".utf8))
    kept = mark
  }
}
