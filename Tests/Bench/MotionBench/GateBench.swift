import Domain
import Motion
import MotionScenes
import Recording

/// What looking at keyframes first would save and cost: `gate [--seeds 5] [--first 1] [--keyframes 2]`. A JSON line for each
/// kind of made-up scene.
///
/// While nothing is about only keyframes are decoded. When one differs from what is usual, the pictures since the one before
/// it are decoded as well, out of memory, and then everything until two keyframes in a row show nothing.
struct GateBench {
  private let seeds: ClosedRange<UInt64>
  /// Pictures from keyframe to keyframe, at 10 a second.
  private let distance: Int
  /// So many cells that differ open it: the least object that counts.
  private static let opens = 4

  init(_ words: ArraySlice<String>) throws {
    seeds = try words.seeds(5)
    distance = max(1, try words.number("--keyframes", 2)) * 10
  }

  private struct Line: Encodable {
    var kind: String
    var walks = 0
    /// Walks that a detector says which sees every picture, and behind the gate.
    var foundAlways = 0
    var foundGated = 0
    /// Walks that end before a keyframe shows them.
    var unseen = 0
    /// The share of the pictures that are decoded, with and without anybody about.
    var decodedWithWalks = 0.0
    var decodedAlone = 0.0
    /// From a walk's start to when it can be said, in seconds, as a viewer's clock goes; the middle one.
    var delayAlways = 0.0
    var delayGated = 0.0
    var falseAlone = 0
  }

  func run() throws {
    for kind in GeneratedScene.Kind.allCases {
      var line = Line(kind: kind.rawValue)
      var (always, gated): ([Double], [Double]) = ([], [])
      for seed in seeds {
        for walkers in [false, true] {
          let scene = GeneratedScene(kind, seed: seed, walkers: walkers, seconds: 60)
          let pass = Gated(scene, distance: distance, opens: Self.opens)
          let share = Double(pass.decoded) / Double(pass.frames) / Double(seeds.count)
          if walkers { line.decodedWithWalks += share } else { line.decodedAlone += share }
          if !walkers { line.falseAlone += pass.said.isEmpty ? 0 : 1 }
          guard walkers else { continue }
          let whole = WatchedScene(scene)
          line.walks += scene.walks.count
          line.foundAlways += whole.delays.count
          always += whole.delays
          for walk in scene.walks {
            if let first = pass.said.first(where: { $0.frame >= walk.start && $0.frame <= walk.end }) {
              line.foundGated += 1
              gated.append(first.known - walk.start)
            }
            let keyframes = stride(from: 0, to: scene.seconds, by: Double(distance) / 10)
            if !keyframes.contains(where: { $0 >= walk.start && $0 <= walk.end }) { line.unseen += 1 }
          }
        }
      }
      line.delayAlways = always.sorted().middle
      line.delayGated = gated.sorted().middle
      try print(json: line)
    }
  }

  private struct Gated {
    var frames = 0
    var decoded = 0
    /// Frames that show motion, by their own time, and when that was known.
    var said: [(frame: Double, known: Double)] = []

    init(_ scene: GeneratedScene, distance: Int, opens: Int) {
      var gate = MotionDetector()
      var detector = MotionDetector()
      var group: [(time: Double, pixels: [UInt8])] = []
      var quietKeyframes = 2
      func look(_ pixels: [UInt8], at time: Double, with detector: inout MotionDetector) -> Bool {
        detector.look(
          at: pixels.span, width: scene.stage.width, height: scene.stage.height, stride: scene.stage.width,
          time: .seconds(time)
        ).isActive
      }
      scene.play { time, pixels in
        let isKeyframe = frames % distance == 0
        frames += 1
        let wasOpen = quietKeyframes < 2
        if isKeyframe {
          _ = look(pixels, at: time, with: &gate)
          quietKeyframes = gate.changedCells >= opens ? 0 : quietKeyframes + 1
          // The decoder starts at a keyframe: what lies between the last two is decoded now.
          if !wasOpen, quietKeyframes == 0 {
            for (then, picture) in group {
              decoded += 1
              if look(picture, at: then, with: &detector) { said.append((then, time)) }
            }
          }
          group = []
        }
        if isKeyframe || wasOpen {
          decoded += 1
          if look(pixels, at: time, with: &detector) { said.append((time, time)) }
        } else {
          group.append((time, pixels))
        }
      }
    }
  }
}

extension [Double] {
  fileprivate var middle: Double { isEmpty ? 0 : self[count / 2] }
}
