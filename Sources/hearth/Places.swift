import Domain
import Glibc

/// Where the parts of this installation lie: beside the executable, in the source tree it was built in, or in `share`.
enum Places {
  /// This executable's path.
  ///
  /// - Throws: `Problem` when /proc is missing.
  static func executable() throws -> String {
    guard let resolved = realpath("/proc/self/exe", nil) else {
      throw Problem(.internalError, "/proc/self/exe can't be read", next: "mount /proc")
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func parent(_ path: String, _ steps: Int = 1) -> String {
    "/" + path.split(separator: "/").dropLast(steps).joined(separator: "/")
  }

  /// The camera worker's executable, which stands beside this one.
  static func worker() throws -> String {
    let path = try parent(executable()) + "/hearth-camera"
    guard access(path, X_OK) == 0 else {
      throw Problem(
        .unavailable, "\(path) is not there", next: "install or build both executables side by side (make build)")
    }
    return path
  }

  /// A file or folder that comes with Hearth, such as `web` or `deploy/demo`.
  static func shipped(_ name: String) throws -> String {
    let here = try executable()
    // BIN/hearth with PREFIX/share/hearth; or .build/<triple>/<configuration>/hearth in the source tree, where a build of
    // another kind has a folder of its own below .build.
    let candidates = [
      parent(here, 2) + "/share/hearth/\(name)", parent(here, 4) + "/\(name)", parent(here, 5) + "/\(name)",
      "/usr/share/hearth/\(name)",
    ]
    if let found = candidates.first(where: { access($0, R_OK) == 0 }) { return found }
    throw Problem(
      .unavailable, "Hearth's \(name) is not found beside \(here)", next: "install it to \(candidates[0])")
  }
}
