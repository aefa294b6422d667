import Domain
import Synchronization

/// Plans of files that are being watched, so that a player which asks for range after range does not have the same sample
/// tables read, verified and laid out each time.
///
/// A plan belongs to one sitting: the row of the view log that names person, camera and action. Nobody else's request can
/// meet it, and each request still has to be granted, and each fragment still to verify, before anything leaves. No
/// picture is in here, only where pictures lie.
final class SittingMemory: Sendable {
  /// Everything a plan depends on: when one of these differs, it is another file.
  struct Sitting: Hashable {
    let row: Int64
    let person: PersonID
    let camera: CameraID
    let stream: StreamRole
    let span: TimeSpan
    let segments: [SegmentLocation]
  }

  private struct Entry {
    let sitting: Sitting
    let plan: PlayableSpan
    var used: WallTime
  }

  /// An open file keeps its bytes on the disk: for so long after the newest request, and for so many sittings.
  private static let patience = Duration.seconds(30)
  private static let most = 16
  private let entries = Mutex<[Entry]>([])

  func plan(for sitting: Sitting, now: WallTime) -> PlayableSpan? {
    entries.withLock { entries in
      Self.dropOld(&entries, now)
      guard let index = entries.firstIndex(where: { Self.isMeant($0.sitting, sitting) }) else { return nil }
      entries[index].used = now
      return entries[index].plan
    }
  }

  func keep(_ plan: PlayableSpan, for sitting: Sitting, now: WallTime) {
    entries.withLock { entries in
      Self.dropOld(&entries, now)
      entries.removeAll { $0.sitting == sitting }
      if entries.count == Self.most, let oldest = entries.indices.min(by: { entries[$0].used < entries[$1].used }) {
        entries.remove(at: oldest)
      }
      entries.append(Entry(sitting: sitting, plan: plan, used: now))
    }
  }

  /// Lets go of a camera's files.
  func forget(_ camera: CameraID) { entries.withLock { $0.removeAll { $0.sitting.camera == camera } } }

  /// Lets go of what nobody asks for any more.
  func tidy(now: WallTime) { entries.withLock { Self.dropOld(&$0, now) } }

  /// A clock that was set back ends a plan too.
  private static func dropOld(_ entries: inout [Entry], _ now: WallTime) {
    entries.removeAll { !($0.used...$0.used + patience ~= now) }
  }

  private static func isMeant(_ kept: Sitting, _ asked: Sitting) -> Bool {
    kept == asked
  }
}
