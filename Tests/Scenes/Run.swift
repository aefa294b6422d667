import Domain
package import Motion

/// What a detector said over a run of frames.
package struct Run {
  package var activities: [(time: Double, activity: MotionActivity)] = []

  package var active: [Double] { activities.filter(\.activity.isActive).map(\.time) }
  package var suppressed: [SuppressedCandidate] { activities.flatMap(\.activity.suppressed) }

  /// Shows `seconds` of frames at 10 a second to `detector`; `paint` gets the frame's time.
  package init(
    _ detector: inout MotionDetector, stage: inout Stage, seconds: Double, from start: Double = 0,
    paint: (Stage, inout [Double], Double) -> Void = { _, _, _ in }
  ) {
    for n in 0..<Int(seconds * 10) {
      let time = start + Double(n) / 10
      let stageNow = stage
      let pixels = stage.frame { paint(stageNow, &$0, time) }
      activities.append(
        (
          time,
          detector.look(
            at: pixels.span, width: stage.width, height: stage.height, stride: stage.width, time: .seconds(time))
        ))
    }
  }
}
