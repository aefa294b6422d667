public import Domain
import Files

/// The cameras as their folders have them, for who looks again and again: what lies in a file is read when the file is
/// another than the last time, and is told from then on.
///
/// Settings are replaced by renaming, and whoever writes into a file changes its times; only what has stood still for a
/// while is believed to be the same, since a file system counts time in steps, and a file that was written twice within one
/// would look untouched.
public struct KnownCameras: Sendable {
  /// Many steps of a file system's clock.
  static let settled: Duration = .seconds(2)

  private let folders: CameraFolders
  private var known: [CameraID: (version: Descriptor.Version, settings: CameraSettings)] = [:]
  /// How many files were read in all.
  package private(set) var reads = 0

  public init(_ folders: CameraFolders) { self.folders = folders }

  /// The same as `CameraFolders.list`.
  ///
  /// - Parameter now: by the clock that the file system's times come from.
  public mutating func list(now: WallTime) throws -> CameraFolders.Listing {
    var listing = CameraFolders.Listing()
    let folder = try Descriptor.open(folders.path, .folder)
    let ids = try folders.ids()
    known = known.filter { ids.contains($0.key) }
    for camera in ids {
      do {
        // Taken before the file is read: what is written meanwhile makes it another the next time.
        let version = try folder.version(of: "\(camera.text)/settings/camera.json")
        if let version, let last = known[camera], last.version == version {
          listing.cameras.append(last.settings)
          continue
        }
        known[camera] = nil
        reads += 1
        let settings = try folders.read(camera)
        listing.cameras.append(settings)
        if let version, now - version.changed > Self.settled { known[camera] = (version, settings) }
      } catch let problem as Problem {
        known[camera] = nil
        listing.problems.append((camera, problem))
      }
    }
    return listing
  }
}
