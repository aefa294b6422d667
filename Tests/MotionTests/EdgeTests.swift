import Domain
import Motion
import MotionScenes
import Testing

@Suite struct EdgeTests {
  @Test(arguments: [(1, 1), (1, 200), (200, 1), (2, 3), (16, 16), (641, 361), (31, 1999), (640, 360)])
  func anySizeIsTaken(_ size: (Int, Int)) {
    var detector = MotionDetector()
    var dice = Stage.Dice(state: 1)
    let stride = size.0 + 5
    for n in 0..<30 {
      let pixels = (0..<stride * size.1).map { _ in UInt8.random(in: 0...255, using: &dice) }
      let activity = detector.look(
        at: pixels.span, width: size.0, height: size.1, stride: stride, time: .milliseconds(100 * n))
      #expect(activity.share >= 0 && activity.share <= 1)
    }
  }

  @Test func aPlaneThatIsTooShortIsNotLookedAt() {
    var detector = MotionDetector()
    let pixels = [UInt8](repeating: 9, count: 99)
    for size in [(10, 10, 10), (0, 0, 0), (-1, 5, 5), (5, 5, 3), (10, 9, Int.max)] {
      let activity = detector.look(at: pixels.span, width: size.0, height: size.1, stride: size.2, time: .zero)
      #expect(activity == MotionActivity(regime: .learning))
    }
  }

  @Test func aChangedSizeStartsAnew() {
    var detector = MotionDetector()
    var small = Stage()
    var large = Stage(width: 640, height: 360)
    _ = Run(&detector, stage: &small, seconds: 5)
    let run = Run(&detector, stage: &large, seconds: 5, from: 5)
    #expect(run.active.isEmpty)
    #expect(run.activities.first?.activity.regime == .learning)
    #expect(run.activities.last?.activity.regime == .steady)
  }

  @Test func timeThatGoesBackwardsStartsAnew() {
    var detector = MotionDetector()
    var stage = Stage()
    _ = Run(&detector, stage: &stage, seconds: 5, from: 100)
    let run = Run(&detector, stage: &stage, seconds: 5)
    #expect(run.active.isEmpty)
    #expect(run.activities.first?.activity.regime == .learning)
    #expect(run.activities.last?.activity.regime == .steady)
  }

  @Test func framesThatFollowAtOnceRepeatTheAnswer() {
    var detector = MotionDetector()
    var stage = Stage()
    _ = Run(&detector, stage: &stage, seconds: 5)
    let pixels = [UInt8](repeating: 0, count: 320 * 180)
    let activity = detector.look(at: pixels.span, width: 320, height: 180, stride: 320, time: .seconds(4.93))
    #expect(activity.regime == .steady)
    #expect(activity.suppressed.isEmpty)
  }

  @Test func sensitivityIsHeldToItsRange() {
    #expect(MotionSettings(sensitivity: -5).sensitivity == 0)
    #expect(MotionSettings(sensitivity: 500).sensitivity == 100)
    #expect(MotionSettings().sensitivity == 50)
  }

  @Test func cellsAreTheMeansOfWholeSquares() throws {
    var pixels = [UInt8](repeating: 10, count: 400 * 200)
    for y in 0..<3 {
      for x in 0..<3 { pixels[y * 400 + x] = 100 }
    }
    pixels[2 * 400 + 2] = 109
    let shrunk = LumaGrid(pixels.span, width: 400, height: 200, stride: 400)
    let grid = try #require(shrunk)
    #expect(grid.columns == 133)
    #expect(grid.rows == 66)
    #expect(grid.cells[0] == 101)
    #expect(grid.cells[1] == 10)
  }

  /// Four pixels square is the usual size, and has a way of its own where eight cells fit side by side.
  @Test(arguments: [(640, 360, 704), (640, 363, 640), (628, 360, 640), (704, 576, 704)])
  func cellsAreTheMeansOfTheirPixels(_ width: Int, _ height: Int, _ stride: Int) throws {
    var state: UInt64 = 7
    let pixels = (0..<stride * height).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    let shrunk = LumaGrid(pixels.span, width: width, height: height, stride: stride)
    let grid = try #require(shrunk)
    let side = LumaGrid.cellSide(width: width, height: height)
    let means = (0..<grid.rows * grid.columns).map { cell in
      let (top, left) = (cell / grid.columns * side, cell % grid.columns * side)
      let sum = (top..<top + side).reduce(0) { sum, y in
        sum + (left..<left + side).reduce(0) { $0 + Int(pixels[y * stride + $1]) }
      }
      return Float(sum) / Float(side * side)
    }
    #expect(grid.cells == means)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7]) func evenPicturesHaveEvenCells(_ side: Int) throws {
    for (width, height) in [(192 * side, 96 * side), (1, 192 * side), (192 * side, 1)] {
      let pixels = [UInt8](repeating: 50, count: width * height)
      let shrunk = LumaGrid(pixels.span, width: width, height: height, stride: width)
      let grid = try #require(shrunk)
      #expect(grid.cells.allSatisfy { abs($0 - 50) < 0.001 })
      #expect(grid.cells.count == grid.columns * grid.rows)
    }
  }
}
