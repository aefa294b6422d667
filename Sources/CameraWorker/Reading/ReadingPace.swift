package import Domain

/// Holds a connection's first packets back for a moment, so that their times are known before the first is used: a camera
/// sends its first pictures late, or a whole group of them at once.
package struct Settling<Packet> {
  private static var span: Duration { .milliseconds(400) }
  private static var mostHeld: Int { 600 }
  private var held: [Packet] = []
  private var first: MonotonicTime?
  private var isDone = false

  package init() {}

  /// - Parameter observe: is shown each packet that is held back, as it comes.
  /// - Returns: what may go on, in order.
  package mutating func take(_ packet: Packet, arrival: MonotonicTime, observe: (Packet) -> Void) -> [Packet] {
    if isDone { return [packet] }
    observe(packet)
    held.append(packet)
    let lasted = arrival - (first ?? arrival)
    first = first ?? arrival
    guard lasted >= Self.span || held.count >= Self.mostHeld else { return [] }
    isDone = true
    defer { held = [] }
    return held
  }
}

/// How eagerly a stream is read: at once while somebody watches it live, a few times a second otherwise. Several pictures in
/// a row cost much less than each by itself, when everything that reads and decodes them must be fetched into the
/// processor's caches first; and footage loses nothing by it: times come from the camera's own clock.
package struct ReadingPace {
  /// What lies in the socket is lost with a power cut: so not longer.
  private static let quiet = Duration.milliseconds(320)
  private static let alert = Duration.milliseconds(160)
  private var span = Duration.zero

  package init() {}

  /// - Parameter isAlert: whether something moves in this stream, or may.
  /// - Returns: how long to linger from now on, when that changed.
  package mutating func change(isWatched: Bool, isAlert: Bool) -> Duration? {
    let now: Duration = isWatched ? .zero : isAlert ? Self.alert : Self.quiet
    guard now != span else { return nil }
    span = now
    return now
  }
}
