import Domain
import Motion
import MotionScenes
import Testing

/// What changes but isn't motion gives no activity at the default sensitivity.
@Suite struct NuisanceTests {
  private func run(
    seconds: Double = 30, noise: Double = 2, _ paint: @escaping (Stage, inout [Double], Double) -> Void
  ) -> Run {
    var stage = Stage()
    stage.noise = noise
    var detector = MotionDetector()
    return Run(&detector, stage: &stage, seconds: seconds, paint: paint)
  }

  @Test(arguments: [0.0, 2, 6, 12]) func noiseAlone(_ noise: Double) {
    #expect(run(noise: noise) { _, _, _ in }.active.isEmpty)
  }

  @Test func aCloudThatDarkensAndBrightensThePicture() {
    let run = run { _, plane, time in
      guard time >= 8 else { return }
      let gain = 1 - 0.4 * min((time - 8) / 3, 1) + (time > 18 ? 0.4 * min((time - 18) / 3, 1) : 0)
      for i in plane.indices { plane[i] *= gain }
    }
    #expect(run.active.isEmpty)
    #expect(run.activities.contains { $0.activity.regime == .lighting })
  }

  @Test func aLightSwitchedOnAndOff() {
    let run = run { stage, plane, time in
      guard (8..<18).contains(time) else { return }
      for y in 0..<stage.height {
        // Brighter to the left, as near a lamp.
        for x in 0..<stage.width {
          plane[y * stage.width + x] = plane[y * stage.width + x] * (1.8 - Double(x) / 500) + 15
        }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test func theSwitchToInfraredAndBack() {
    let run = run { stage, plane, time in
      guard (8..<18).contains(time) else { return }
      for y in 0..<stage.height {
        for x in 0..<stage.width {
          let far = (Double(x) / Double(stage.width) - 0.5) * (Double(x) / Double(stage.width) - 0.5)
          let level = plane[y * stage.width + x]
          // Other materials are bright in infrared: part of the texture turns round.
          plane[y * stage.width + x] = (level * 0.5 + (x / 20 % 2 == 0 ? 30 : -20)) * (1 - 1.5 * far)
        }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test func aCameraThatTurnsAway() {
    let other = Stage(seed: 99).still
    let run = run { stage, plane, time in
      guard time >= 8 else { return }
      for i in plane.indices { plane[i] = other[i] + (i % stage.width / 12 % 2 == 0 ? 45 : -45) }
    }
    #expect(run.active.isEmpty)
    #expect(run.suppressed.map(\.cause) == [.wholePicture])
    #expect(run.suppressed.first?.from == .seconds(8))
  }

  @Test func aWalkAfterTheSwitchToInfraredIsFound() {
    let run = run { stage, plane, time in
      guard time >= 8 else { return }
      for i in plane.indices { plane[i] = plane[i] * 0.45 + (i / 20 % 2 == 0 ? 15 : 0) }
      if time >= 12 {
        let bright = stage
        var figure = plane
        bright.person(&figure, x: 40 + (time - 12) * 40, foot: 160, height: 90, dark: -20, time: time)
        for i in plane.indices where figure[i] != plane[i] { plane[i] += 45 }
      }
    }
    #expect(run.active.first.map { $0 >= 12 && $0 <= 12.7 } == true)
  }

  @Test func aBushThatSways() {
    let run = run(seconds: 40) { stage, plane, time in
      let shift = Int((3 * stage.sine(time * 0.35) + 2 * stage.sine(time * 0.83)).rounded())
      for y in 40..<140 {
        for x in 200..<280 {
          let leaf = (x - shift) / 4 * 7 + y / 4 * 13
          plane[y * stage.width + x] = 70 + Double(leaf * leaf % 60)
        }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test func aClockThatChangesEachSecond() {
    let run = run { stage, plane, time in
      for digit in 0..<6 {
        let value = (Int(time) + 3) >> digit
        for y in 6..<20 {
          for x in 0..<8 {
            let on = (value * 37 + y / 4 * 11 + x / 3 * 5) % 3 == 0
            plane[y * stage.width + 10 + digit * 11 + x] = on ? 230 : 30
          }
        }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test(arguments: [1, 2]) func aCameraThatShakesByPixels(_ reach: Int) {
    var dice = Stage.Dice(state: 3)
    var offsets: [(Int, Int)] = []
    for _ in 0..<400 {
      offsets.append((Int.random(in: -reach...reach, using: &dice), Int.random(in: -reach...reach, using: &dice)))
    }
    let run = run { [offsets] stage, plane, time in
      guard time >= 6 else { return }
      let (dx, dy) = offsets[Int((time * 10).rounded()) % offsets.count]
      for y in 0..<stage.height {
        for x in 0..<stage.width {
          let row = min(max(y + dy, 0), stage.height - 1)
          plane[y * stage.width + x] = stage.still[row * stage.width + min(max(x + dx, 0), stage.width - 1)]
        }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test func aKeyframeThatLooksALittleDifferentEveryTwoSeconds() {
    let run = run { stage, plane, time in
      var dice = Stage.Dice(state: UInt64(time / 2))
      for y in stride(from: 0, to: stage.height, by: 8) {
        for x in stride(from: 0, to: stage.width, by: 8) {
          let pop = dice.noise() * 2.5
          for inner in 0..<min(8, stage.height - y) {
            for across in 0..<8 { plane[(y + inner) * stage.width + x + across] += pop }
          }
        }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test func insectsNearTheLens() {
    let run = run(noise: 4) { stage, plane, time in
      guard time >= 4 else { return }
      // One crosses in four tenths of a second, every two seconds.
      let phase = time.truncatingRemainder(dividingBy: 2)
      guard phase < 0.4 else { return }
      let x = phase / 0.4 * 320
      let y = 60 + x * 0.2
      for row in max(0, Int(y) - 4)..<Int(y) + 4 {
        for column in max(0, Int(x) - 9)..<min(stage.width, Int(x) + 9) { plane[row * stage.width + column] += 60 }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test func aShadowThatPassesOverTexture() {
    let run = run { stage, plane, time in
      guard time >= 8 else { return }
      let middle = (time - 8) * 40 - 60
      for y in 0..<stage.height {
        for x in 0..<stage.width {
          let far = abs(Double(x) - middle) / 60
          if far < 1 { plane[y * stage.width + x] *= 1 - 0.3 * (1 - far * far) }
        }
      }
    }
    #expect(run.active.isEmpty)
  }

  @Test func whatIsNotReportedIsKeptWithItsCause() throws {
    // Something appears, stays where it is, and changes all the time: a screen in a window.
    let run = run { stage, plane, time in
      guard (8..<14).contains(time) else { return }
      for y in 60..<80 {
        for x in 100..<130 { plane[y * stage.width + x] = 90 + 80 * stage.sine(time * 0.9 + Double(x % 3)) }
      }
    }
    #expect(run.active.isEmpty)
    let kept = try #require(run.suppressed.first)
    #expect(kept.from >= .seconds(8))
    #expect(kept.to <= .seconds(14.1))
    #expect(kept.box.x > 0.28 && kept.box.x < 0.35)
    #expect(!kept.why.isEmpty)
  }
}
