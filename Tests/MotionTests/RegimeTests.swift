import Motion
import MotionScenes
import Testing

/// Day and infrared light take turns, and what is known of one is not learned again from the other.
@Suite struct RegimeTests {
  /// Day, infrared for half a minute with more noise (`grain`, in levels), and day again from second 60 on.
  private func run(walk start: Double, dark: Double, grain: Double = 9) -> Run {
    var stage = Stage()
    var dice = Stage.Dice(state: 5)
    var detector = MotionDetector()
    return Run(&detector, stage: &stage, seconds: start + 4) { stage, plane, time in
      if time >= start {
        stage.person(&plane, x: 60 + (time - start) * 40, foot: 150, height: 50, dark: dark, time: time)
      }
      guard (30..<60).contains(time) else { return }
      for y in 0..<stage.height {
        for x in 0..<stage.width {
          let i = y * stage.width + x
          let far = (Double(x) / Double(stage.width) - 0.5) * (Double(x) / Double(stage.width) - 0.5)
          // Other materials are bright in infrared, and the light comes from the camera.
          plane[i] = (plane[i] * 0.5 + (x / 20 % 2 == 0 ? 60 : -40)) * (1 - 1.5 * far) + dice.noise() * grain
        }
      }
    }
  }

  @Test func neitherSwitchIsMotion() {
    #expect(run(walk: 90, dark: 40).active.allSatisfy { $0 >= 90 })
  }

  /// Somebody who comes two seconds after the return of the day is seen within a second; as if it were a new light, it takes
  /// two to three.
  @Test(arguments: [-15.0, 0, 10, 20])
  func theDayIsKnownWhenItReturns(dark: Double) {
    let active = run(walk: 62, dark: dark).active
    #expect(active.allSatisfy { $0 >= 62 })
    #expect(active.contains { $0 < 63 })
  }
}
