import Catalog
import Domain
import Files
import Logging
import Settings

/// The catalog's files in the data directory.
enum CatalogFile {
  /// How many replaced catalogs are kept: for those who want to look into them, not as a store.
  private static let keptAside = 2

  /// Opens the catalog. One that is damaged, or another installation's, is moved aside and a new one is begun.
  ///
  /// - Returns: the catalog, and why it is a new one although there are cameras.
  static func open(in data: DataDirectory, _ environment: ServerEnvironment) throws -> (Catalog, lost: String?) {
    let path = data.databasePaths.catalog
    var lost: String?
    if !data.folder.contains("catalog.sqlite"), !(try CameraFolders(data: data).ids().isEmpty) {
      lost = "it was missing"
    }
    do {
      return (try Catalog(path: path, installation: data.installation), lost)
    } catch let unusable as CatalogUnusable {
      environment.log.error(
        "the catalog is unusable and is made again from the folders", metadata: ["cause": "\(unusable.problem.what)"])
      try moveAside(in: data, as: "unusable", environment.now())
      return (try Catalog(path: path, installation: data.installation), unusable.problem.what)
    }
  }

  /// Renames the catalog's files; the log goes with its database, since it may hold the newest rows.
  static func moveAside(in data: DataDirectory, as kind: String, _ now: WallTime) throws {
    var stamp = now.milliseconds
    // A clock that was set back, or two within a millisecond.
    while Catalog.companions.contains(where: { data.folder.contains("catalog.sqlite.\(kind)-\(stamp)\($0)") }) {
      stamp += 1
    }
    for end in Catalog.companions where data.folder.contains("catalog.sqlite\(end)") {
      try data.folder.renameNew("catalog.sqlite\(end)", to: "catalog.sqlite.\(kind)-\(stamp)\(end)")
    }
    // By their stamp, newest first. They hold nothing that the folders don't.
    func stampOf(_ name: String) -> Int64? {
      for begin in ["catalog.sqlite.unusable-", "catalog.sqlite.replaced-"] where name.hasPrefix(begin) {
        return name.dropFirst(begin.count).split(separator: "-").first.flatMap { Int64($0) }
      }
      return nil
    }
    let aside = try data.folder.names().compactMap { name in stampOf(name).map { (name: name, stamp: $0) } }
    let kept = Set(Set(aside.map(\.stamp)).sorted().suffix(keptAside))
    for old in aside where !kept.contains(old.stamp) { try data.folder.delete(old.name) }
  }
}
