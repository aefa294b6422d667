import Domain
import Foundation
import Motion
import MotionScenes

/// Measures the detector alone, from plane to decision: `kernel [--rounds 5] [--planes FILE]`. The planes go into the file,
/// so that others can be measured on the same ones.
struct KernelBench {
  private static let width = 640
  private static let height = 360
  private static let frames = 300
  private let rounds: Int
  private let planes: String?

  init(_ words: ArraySlice<String>) throws {
    rounds = max(1, try words.number("--rounds", 5))
    planes = words.value("--planes")
  }

  private struct Line: Encodable {
    let width = KernelBench.width
    let height = KernelBench.height
    let frames = KernelBench.frames
    /// Milliseconds of processor time for a frame, the least of the rounds.
    var quiet = Double.infinity
    var walk = Double.infinity
    /// Cells that differed from what was usual, summed over all frames: what shows that others compute the same.
    var quietChanged = 0
    var walkChanged = 0
  }

  func run() throws {
    var line = Line()
    let (quiet, walk) = (Self.pictures(walker: false), Self.pictures(walker: true))
    if let planes { try Data((quiet + walk).joined()).write(to: URL(filePath: planes)) }
    for _ in 0..<rounds {
      let (quietTime, quietChanged) = Self.watch(quiet)
      let (walkTime, walkChanged) = Self.watch(walk)
      line.quiet = min(line.quiet, quietTime)
      line.walk = min(line.walk, walkTime)
      (line.quietChanged, line.walkChanged) = (quietChanged, walkChanged)
    }
    try print(json: line)
  }

  private static func watch(_ pictures: [[UInt8]]) -> (milliseconds: Double, changed: Int) {
    var detector = MotionDetector()
    var changed = 0
    let began = processorSeconds()
    for (n, picture) in pictures.enumerated() {
      _ = detector.look(at: picture.span, width: width, height: height, stride: width, time: .milliseconds(100 * n))
      changed += detector.changedCells
    }
    return ((processorSeconds() - began) * 1000 / Double(pictures.count), changed)
  }

  private static func pictures(walker: Bool) -> [[UInt8]] {
    var stage = Stage(width: width, height: height)
    return (0..<frames).map { n in
      let time = Double(n) / 10
      let scenery = stage
      return stage.frame { plane in
        guard walker, time >= 5 else { return }
        let x = ((time - 5) * 80).truncatingRemainder(dividingBy: 700) - 30
        scenery.person(&plane, x: x, foot: 320, height: 180, dark: 40, time: time)
      }
    }
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
