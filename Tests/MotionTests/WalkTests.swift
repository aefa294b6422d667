import Domain
import Motion
import MotionScenes
import Testing

@Suite struct WalkTests {
  /// A figure walks through from 6 s on; far ones are small and slow.
  @Test(arguments: [
    (tall: 110, speed: 60.0, dark: 45.0), (tall: 40, speed: 35.0, dark: 35.0), (tall: 16, speed: 16.0, dark: 45.0),
  ])
  func aWalkerIsFoundWithinSixTenthsOfASecond(_ walker: (tall: Int, speed: Double, dark: Double)) {
    var stage = Stage()
    var detector = MotionDetector()
    let run = Run(&detector, stage: &stage, seconds: 10) { stage, plane, time in
      guard time >= 6 else { return }
      stage.person(
        &plane, x: 60 + (time - 6) * walker.speed, foot: 160, height: walker.tall, dark: walker.dark, time: time)
    }
    let first = run.active.first ?? .infinity
    #expect(first >= 6)
    #expect(first <= 6.6)
    #expect(run.active.count >= 30)
  }

  @Test func activitySaysSinceWhenWhereAndWhy() throws {
    var stage = Stage()
    var detector = MotionDetector()
    let run = Run(&detector, stage: &stage, seconds: 8) { stage, plane, time in
      guard time >= 6 else { return }
      stage.person(&plane, x: 60 + (time - 6) * 60, foot: 160, height: 110, dark: 45, time: time)
    }
    let last = try #require(run.activities.last { $0.activity.isActive }?.activity)
    let since = try #require(last.since)
    #expect(since >= .seconds(5.9))
    #expect(since <= .seconds(6.3))
    let box = try #require(last.boxes.first)
    #expect(box.x > 0.3 && box.x + box.width < 0.8)
    #expect(box.y > 0.15 && box.y + box.height < 0.95)
    #expect(last.share > 0.02 && last.share < 0.2)
    #expect(last.regime == .steady)
    #expect(last.reasons.count == 4)
    #expect(last.reasons[0].hasPrefix("covers "))
    #expect(last.reasons[2].contains("of the picture's width"))
    #expect(last.reasons[3] == "the light is steady")
    #expect(last.zones.isEmpty)
  }

  @Test func aMirroredPictureGivesMirroredBoxes() throws {
    var boxes: [RelativeBox] = []
    for mirrored in [false, true] {
      var stage = Stage()
      var detector = MotionDetector()
      for n in 0..<80 {
        let time = Double(n) / 10
        let plain = stage
        var pixels = stage.frame { plane in
          if time >= 6 { plain.person(&plane, x: 40 + (time - 6) * 50, foot: 160, height: 90, dark: 45, time: time) }
        }
        if mirrored {
          for y in 0..<stage.height { pixels[y * stage.width..<(y + 1) * stage.width].reverse() }
        }
        let activity = detector.look(
          at: pixels.span, width: stage.width, height: stage.height, stride: stage.width, time: .seconds(time))
        if n == 79 { boxes.append(try #require(activity.boxes.first)) }
      }
    }
    #expect(abs(boxes[0].x - (1 - boxes[1].x - boxes[1].width)) < 0.03)
    #expect(abs(boxes[0].y - boxes[1].y) < 0.03)
  }

  @Test func whatStopsIsAbsorbedAndGivesNoSecondEvent() {
    var stage = Stage()
    var detector = MotionDetector()
    let run = Run(&detector, stage: &stage, seconds: 40) { stage, plane, time in
      guard time >= 6 else { return }
      stage.person(&plane, x: 40 + min(time - 6, 3) * 50, foot: 160, height: 90, dark: 45, time: min(time, 9))
    }
    #expect(run.active.contains { $0 > 6 && $0 < 6.8 })
    #expect(!run.active.contains { $0 > 10 })
  }

  @Test func whatStoodStillIsReportedWhenItGoesOn() {
    var stage = Stage()
    var detector = MotionDetector()
    let run = Run(&detector, stage: &stage, seconds: 30) { stage, plane, time in
      let x = time < 20 ? 100 : 100 + (time - 20) * 50
      stage.person(&plane, x: x, foot: 160, height: 90, dark: 45, time: time < 20 ? 0 : time)
    }
    #expect(run.active.first.map { $0 >= 20 && $0 <= 20.8 } == true)
  }

  @Test func nothingIsReportedInTheFirstSecondFromNothing() {
    var stage = Stage()
    var detector = MotionDetector()
    let run = Run(&detector, stage: &stage, seconds: 3) { stage, plane, time in
      stage.person(&plane, x: 20 + time * 60, foot: 160, height: 110, dark: 45, time: time)
    }
    #expect(!run.active.contains { $0 < 0.9 })
    #expect(run.active.contains { $0 < 2.2 })
  }

  @Test func theSameFramesGiveTheSameAnswers() {
    var answers: [[MotionActivity]] = []
    for _ in 0..<2 {
      var stage = Stage()
      var detector = MotionDetector()
      let run = Run(&detector, stage: &stage, seconds: 8) { stage, plane, time in
        if time >= 3 { stage.person(&plane, x: time * 30, foot: 150, height: 60, dark: 40, time: time) }
      }
      answers.append(run.activities.map(\.activity))
    }
    #expect(answers[0] == answers[1])
  }

  @Test func moreSensitivitySeesMore() {
    var counts: [Int] = []
    for sensitivity in [0, 25, 50, 75, 100] {
      var stage = Stage()
      var detector = MotionDetector(settings: MotionSettings(sensitivity: sensitivity))
      let run = Run(&detector, stage: &stage, seconds: 14) { stage, plane, time in
        guard time >= 5 else { return }
        stage.person(&plane, x: 20 + (time - 5) * 30, foot: 160, height: 34, dark: 16, time: time)
      }
      counts.append(run.active.count)
    }
    #expect(counts[0] == 0)
    #expect(counts[1] >= counts[0] && counts[2] >= counts[1])
    #expect(counts[2] > 50)
    // Beyond what shows the walker in every frame there is nothing to gain, but nothing is lost either.
    #expect(counts[3] >= counts[2] && counts[4] >= counts[3])
  }
}
