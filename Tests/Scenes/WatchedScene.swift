import Domain
package import Motion
import Recording

/// A scene that the detector saw, with what became of it.
package struct WatchedScene {
  package struct Event: Sendable {
    package let start, end: Double
    package let reasons: [String]
  }

  package let scene: GeneratedScene
  /// As a camera would report them.
  package private(set) var events: [Event] = []
  /// From the start of each walk to the frame that first says so, in seconds.
  package private(set) var delays: [Double] = []
  /// The share of the frames that show motion.
  package private(set) var activeShare = 0.0

  package init(_ scene: GeneratedScene, _ settings: MotionSettings = MotionSettings()) {
    self.scene = scene
    var detector = MotionDetector(settings: settings)
    var tracker = EventTracker()
    var active: [Double] = []
    var closed: [EventTracker.Action] = []
    scene.play { time, pixels in
      let activity = detector.look(
        at: pixels.span, width: scene.stage.width, height: scene.stage.height, stride: scene.stage.width,
        time: .seconds(time))
      if activity.isActive { active.append(time) }
      closed += tracker.handle(
        EventTracker.Frame(
          time: MonotonicTime(nanoseconds: Int64(time * 1e9)), isActive: activity.isActive,
          since: activity.since.map { MonotonicTime(nanoseconds: $0.nanoseconds) }, share: activity.share,
          boxes: activity.boxes, reasons: activity.reasons, zones: activity.zones))
    }
    closed += tracker.end()
    for case .closed(let draft) in closed {
      events.append(
        Event(
          start: Double(draft.start.nanoseconds) / 1e9, end: Double(draft.lastActive.nanoseconds) / 1e9,
          reasons: draft.reasons))
    }
    for walk in scene.walks {
      if let first = active.first(where: { $0 >= walk.start && $0 <= walk.end }) { delays.append(first - walk.start) }
    }
    activeShare = Double(active.count) / (scene.seconds * 10)
  }

  package var score: MotionScore {
    MotionScore(
      of: events.map { MotionScore.Span($0.start, $0.end) },
      against: MotionScore.Truth(seconds: scene.seconds, motion: scene.walks.map { MotionScore.Span($0.start, $0.end) })
    )
  }
}
