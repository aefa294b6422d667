public import Domain
import GRDB
import SQLite

/// The file at the catalog's place can't be used as the catalog.
///
/// The catalog holds nothing that the camera folders don't, so the remedy is always the same: move the file (and its
/// `-wal` and `-shm` companions) aside, open a new catalog and rebuild it.
public struct CatalogUnusable: Error, Sendable {
  public enum Reason: String, Sendable {
    /// SQLite found the file damaged, or not a database at all.
    case damaged
    /// A database of something else.
    case foreign
    /// Written by a newer version of Hearth, whose tables this one doesn't know.
    case newer
    /// The catalog of another installation: it came here by being copied.
    case otherInstallation
  }

  public let reason: Reason
  public let path: String
  /// SQLite's extended result code, when SQLite reported it.
  public let code: Int32?

  /// The same for a person.
  public var problem: Problem {
    let what =
      switch reason {
      case .damaged: "the catalog \(path) is damaged"
      case .foreign: "\(path) is a database, but not Hearth's catalog"
      case .newer: "the catalog \(path) was written by a newer version of Hearth"
      case .otherInstallation: "the catalog \(path) is another installation's"
      }
    return Problem(
      .data, what, next: "run \"hearth rebuild\": the catalog is made again from the footage",
      code: code.map { .sqlite($0) })
  }
}

/// Turns SQLite's errors into the ones that callers act on: damage asks for a rebuild, everything else is for a person.
func described(_ error: any Error, doing what: String, path: String) -> any Error {
  guard let error = error as? DatabaseError else { return error }
  guard !error.isDamage else {
    return CatalogUnusable(reason: .damaged, path: path, code: error.extendedResultCode.rawValue)
  }
  return error.problem(
    "the catalog \(path)", doing: what,
    next: (refused: "run \"hearth check\"", unknown: "run \"hearth check\" and report this"))
}
