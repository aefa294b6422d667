import Domain
import FFmpeg
import Motion
import Recording

/// Looks for motion in decoded pictures and joins it into events: the same for a camera and for a file that is looked at
/// again, so that a replay shows what would have been reported.
struct PictureWatch {
  private var motion: MotionDetector
  private(set) var tracker = EventTracker()
  private var lastLook: MonotonicTime?
  private var settings: DetectionSettings
  private var shape: PictureShape?
  /// Why the zones are not used, while they aren't.
  private(set) var zonesNote: String?

  /// About 12 pictures a second are enough to follow whatever moves; more only cost.
  private static let leastSpacing = Duration.milliseconds(75)

  init(_ settings: DetectionSettings) {
    self.settings = settings
    motion = MotionDetector(
      settings: Motion.MotionSettings(sensitivity: settings.sensitivity, zones: settings.zones))
  }

  /// Looks with other settings from the next picture on. What was learned of the scene stays.
  mutating func change(to new: DetectionSettings) {
    settings = new
    motion.settings.sensitivity = new.sensitivity
    if let shape { fit(shape) }
  }

  /// What one picture shows and what became of the events; `nil` when it is too near to the last one, or damaged: guessed
  /// parts would look like motion.
  mutating func look(
    at picture: Picture, time: MonotonicTime
  ) throws(FFmpegError) -> (activity: MotionActivity, actions: [EventTracker.Action])? {
    guard !picture.isDamaged else { return nil }
    if let lastLook, time >= lastLook, time - lastLook < Self.leastSpacing { return nil }
    lastLook = time
    let size = PictureShape(width: picture.width, height: picture.height)
    if shape != size { fit(size) }
    let activity = try picture.withLuma { bytes, stride in
      motion.look(
        at: bytes, width: picture.width, height: picture.height, stride: stride, time: .nanoseconds(time.nanoseconds))
    }
    let frame = EventTracker.Frame(
      time: time, isActive: activity.isActive,
      since: activity.since.map { MonotonicTime(nanoseconds: $0.nanoseconds) }, share: activity.share,
      boxes: activity.boxes, reasons: activity.reasons, zones: activity.zones)
    return (activity, tracker.handle(frame))
  }

  /// Zones that were drawn on pictures of another shape mean nothing here. Without them too much is reported, which is seen;
  /// with them something might be missed, which is not.
  private mutating func fit(_ size: PictureShape) {
    shape = size
    let drawn = settings.shape ?? size
    let isFit = settings.zones.isEmpty || drawn.isShape(ofWidth: size.width, height: size.height)
    motion.settings.zones = isFit ? settings.zones : []
    zonesNote =
      isFit
      ? nil
      : "The zones were drawn on \(drawn), and the pictures are \(size): motion counts everywhere until they are drawn "
        + "anew."
  }

  /// No more pictures come.
  mutating func end() -> [EventTracker.Action] { tracker.end() }
}
