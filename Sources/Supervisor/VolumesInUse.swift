import Domain
import Logging
import Settings
package import Volumes

/// Which volumes the cameras are to be recorded on, whether they are there, and what each worker was started with. A
/// volume that comes, goes or is mounted anew makes its cameras' workers start again: the fence around a worker is put up
/// when it starts, and what it holds open would keep the old mounting alive.
package struct VolumesInUse {
  private let watches: VolumeWatches
  private let log: Logger
  /// How its volume was found when a running worker was started.
  private var given: [CameraID: String] = [:]
  private var last: [CameraID: WorkerTask] = [:]
  private var told: [MediaPlace: String] = [:]

  init(data: DataDirectory, log: Logger) {
    watches = VolumeWatches(of: VolumeOwner(data), probes: true)
    self.log = log
  }

  /// Adds to what the workers are to run with how their volumes are found.
  mutating func complete(_ wanted: [CameraID: WorkerTask]) -> [CameraID: WorkerTask] {
    let places = Set(wanted.values.compactMap(\.settings.media))
    watches.keep(places)
    for place in places { tell(place) }
    var complete: [CameraID: WorkerTask] = [:]
    for (camera, task) in wanted {
      var task = task
      if let place = task.settings.media {
        // For the moment of a first look, what is stays: a worker is not started twice.
        guard let state = watches.look(at: place)?.state else {
          complete[camera] = last[camera]
          continue
        }
        task.volume = Self.wanted(state, given: given[camera])
      }
      complete[camera] = task
    }
    last = complete
    return complete
  }

  /// What a worker should know of its volume: another text means another start, with that.
  ///
  /// - Parameter given: what a running one was started with.
  package static func wanted(_ state: VolumeState, given: String?) -> String {
    switch state {
    case .ready(let mount): "mounted as \(mount)"
    case .readOnly(let cause), .away(let cause): cause
    // Who is in the midst of writing waits, and loses nothing as long as its memory lasts; ending it would.
    case .silent(let cause): given ?? cause
    }
  }

  /// A worker is started now.
  ///
  /// - Returns: why its volume can't be written on; `nil` when it can, or there is none.
  mutating func begin(_ camera: CameraID, at place: MediaPlace?) -> String? {
    given[camera] = nil
    guard let place else { return nil }
    guard let state = watches.look(at: place)?.state else {
      return "the volume at \(place.path) has not been looked at yet"
    }
    given[camera] = Self.wanted(state, given: nil)
    return state.cause
  }

  mutating func ended(_ camera: CameraID) { given[camera] = nil }

  private mutating func tell(_ place: MediaPlace) {
    guard let state = watches.look(at: place)?.state, state.cause != told[place] else { return }
    told[place] = state.cause
    if let cause = state.cause {
      log.error("nothing is recorded on a volume", metadata: ["why": "\(cause)"])
    } else {
      log.notice("a volume is back", metadata: ["path": "\(place.path)"])
    }
  }
}

extension VolumeOwner {
  init(_ data: DataDirectory) { self.init(installation: data.installation, keyCheck: data.keyCheck) }
}
