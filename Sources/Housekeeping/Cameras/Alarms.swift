package import Domain

/// Something the owner must see.
package struct Alarm: Sendable {
  package let at: WallTime
  /// `nil` for what concerns the installation, not one camera.
  package let camera: CameraID?
  package let what: String
  /// The file it is about; empty when it is about none.
  package let file: String

  package init(at: WallTime, camera: CameraID?, what: String, file: String) {
    self.at = at
    self.camera = camera
    self.what = what
    self.file = file
  }
}

/// The alarms since the server started, newest last.
package actor Alarms {
  private let feed: Feed
  package private(set) var all: [Alarm] = []
  package private(set) var count = 0

  package init(feed: Feed) { self.feed = feed }

  /// Counts an alarm, and sends it to the owners who have the page open.
  package func raise(_ alarm: Alarm) async {
    count += 1
    all.append(alarm)
    if all.count > 200 { all.removeFirst() }
    await feed.publish(.alarm(alarm))
  }
}
