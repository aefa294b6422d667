import Domain
import Foundation
import Motion
import MotionScenes

/// Scores the detector on made-up scenes of every kind: `scenes [--seeds 20] [--first 1] [--kind rain] [--sensitivity 50]
/// [--hour] [--list]`. A JSON line for each kind.
struct SceneBench {
  private let seeds: ClosedRange<UInt64>
  private let kinds: [GeneratedScene.Kind]
  private let settings: MotionSettings
  /// An hour of nothing instead.
  private let isHour: Bool
  private let isListed: Bool

  init(_ words: ArraySlice<String>) throws {
    seeds = try words.seeds(20)
    if let name = words.value("--kind") {
      guard let kind = GeneratedScene.Kind(rawValue: name) else { throw Usage(text: "no kind is called \(name)") }
      kinds = [kind]
    } else {
      kinds = GeneratedScene.Kind.allCases
    }
    settings = MotionSettings(sensitivity: try words.number("--sensitivity", 50))
    isHour = words.contains("--hour")
    isListed = words.contains("--list")
  }

  private struct Line: Encodable {
    var kind: String
    var scenes = 0
    var walks = 0
    var found = 0
    /// Reports that touch no walk, in scenes with walks and in scenes without.
    var falseWithWalks = 0
    var falseAlone = 0
    var scenesWithFalse = 0
    /// From the start of a walk to the frame that first says so, in seconds.
    var delays: [Double] = []
    var share = 0.0
    var overlap: Double?
    var falseTime: Double?
  }

  func run() throws {
    for kind in isHour ? [.nothing] : kinds {
      var line = Line(kind: isHour ? "an hour of nothing" : kind.rawValue)
      var total = MotionScore()
      for seed in isHour ? seeds.lowerBound...seeds.lowerBound : seeds {
        for walkers in isHour ? [false] : [false, true] {
          let scene = GeneratedScene(kind, seed: seed, walkers: walkers, seconds: isHour ? 3600 : 60)
          let watched = WatchedScene(scene, settings)
          let score = watched.score
          line.scenes += 1
          line.walks += scene.walks.count
          line.found += score.found
          if walkers { line.falseWithWalks += score.falseAlarms } else { line.falseAlone += score.falseAlarms }
          if score.falseAlarms > 0 { line.scenesWithFalse += 1 }
          line.delays += watched.delays
          line.share += watched.activeShare
          total = total + score
          if isListed, score.falseAlarms > 0 || score.found < scene.walks.count { list(scene, watched) }
        }
      }
      line.share /= Double(line.scenes)
      line.overlap = total.overlap
      line.falseTime = total.falseTime
      try print(json: line)
    }
  }

  private func list(_ scene: GeneratedScene, _ watched: WatchedScene) {
    func span(_ from: Double, _ to: Double) -> String { String(format: "%.1f-%.1f", from, to) }
    var text = "\(scene.kind) \(scene.seed)"
    if !scene.walks.isEmpty {
      text += " walks " + scene.walks.map { "\(span($0.start, $0.end)) \($0.tall)px" }.joined(separator: ", ")
    }
    text +=
      " events "
      + watched.events.map { "\(span($0.start, $0.end)) [\($0.reasons.joined(separator: "; "))]" }
      .joined(separator: ", ")
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
