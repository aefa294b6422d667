import Domain
import Files
import Household
import Settings

/// The copies of the household's accounts, in a folder beside the camera folders: so they lie with the footage when that
/// has a volume of its own. Two generations; nothing else can make the accounts again.
struct HouseholdBackups: Sendable {
  private static let folderName = "household-backups"
  private static let generations = 2

  let data: DataDirectory

  struct Generation: Hashable, Sendable {
    let name: String
    let written: WallTime

    /// - Parameter name: such as `household-2026-11-26T03:00:00.000Z.sqlite`.
    init?(_ name: String) {
      guard name.hasPrefix("household-"), name.hasSuffix(".sqlite"),
        let written = WallTime(rfc3339: name.dropFirst(10).dropLast(7))
      else { return nil }
      self.name = name
      self.written = written
    }
  }

  private func folder() throws -> Descriptor {
    try Descriptor.folder(Self.folderName, in: Descriptor.open(data.camerasPath, .folder))
  }

  /// Those there are, newest first.
  func all() throws -> [Generation] {
    try folder().names().compactMap(Generation.init).sorted { $0.written > $1.written }
  }

  /// Where a generation lies, relative to the data directory.
  func path(of generation: Generation) -> String { "cameras/\(Self.folderName)/\(generation.name)" }

  /// Makes a new generation, and only then lets the oldest go.
  func make(of household: Household, now: WallTime) async throws -> (generation: Generation, bytes: UInt64) {
    let folder = try folder()
    // What a stop left half done; SQLite has companions of its own for what it writes.
    for name in try folder.names() where name.hasPrefix(".new") { try folder.delete(name) }
    try await household.copy(to: "\(folder.path)/.new")
    let copy = try Descriptor.open(".new", in: folder, .readWrite)
    try copy.sync()
    let bytes = try copy.size()
    var time = now
    while folder.contains("household-\(time.rfc3339).sqlite") { time = time + .milliseconds(1) }
    let name = "household-\(time.rfc3339).sqlite"
    try folder.renameNew(".new", to: name)
    guard let generation = Generation(name) else {
      throw Problem(.internalError, "a backup got the name \(name)", next: "report this")
    }
    // By their times, but never the one that was just made: clocks go back.
    let older = try all().filter { $0 != generation }
    for old in older.dropFirst(Self.generations - 1) { try folder.delete(old.name) }
    return (generation, bytes)
  }

  // MARK: - Restoring

  /// Opens the household. One that is damaged, or gone although there are backups, is replaced by the newest backup that
  /// is whole; what was there is kept beside it.
  ///
  /// - Returns: the household, and in words what was done about it, if anything was.
  func open(now: WallTime) async throws -> (Household, restored: String?) {
    let name = "household.sqlite"
    let what: String
    // An empty file would pass for a new household, and let the next visitor become its owner.
    let length = try data.folder.measure(name)?.bytes ?? 0
    if length == 0, !(try all().isEmpty) {
      what = data.folder.contains(name) ? "were empty" : "were gone"
    } else {
      do { return (try open(), nil) } catch let problem as Problem where Household.isDamage(problem) {
        if try all().isEmpty { throw problem }
        what = "were damaged"
      }
    }
    let aside = try moveAside("damaged", now)
    for generation in try all() {
      do {
        let household = try put(generation)
        try await household.forgetSignIns()
        let kept = aside.map { "; what was there is kept as \($0)" } ?? ""
        return (
          household,
          "the household's accounts \(what) and were restored from the backup of \(generation.written.rfc3339): what was "
            + "changed since then is undone, and everybody has to sign in again. Look through the people and their "
            + "grants\(kept)"
        )
      } catch let problem as Problem where Household.isDamage(problem) {
        _ = try moveAside("damaged", now)
      }
    }
    throw Problem(
      .data, "the household's accounts \(what), and so is every backup in cameras/\(Self.folderName)",
      next: "put a copy made by `hearth backup` in place of \(data.databasePaths.household)")
  }

  private func open() throws -> Household {
    try Household(path: data.databasePaths.household, generator: SystemRandomNumberGenerator())
  }

  private func put(_ generation: Generation) throws -> Household {
    try data.folder.delete(".household.new")
    try data.folder.copy(generation.name, from: folder(), as: ".household.new")
    try data.folder.renameNew(".household.new", to: "household.sqlite")
    return try open()
  }

  /// Gives the household's files other names; the log goes with its database.
  ///
  /// - Returns: the database's new name; `nil` when there was none.
  private func moveAside(_ kind: String, _ now: WallTime) throws -> String? {
    let ends = ["", "-wal", "-shm"]
    var stamp = now.milliseconds
    while ends.contains(where: { data.folder.contains("household.sqlite.\(kind)-\(stamp)\($0)") }) { stamp += 1 }
    let new = "household.sqlite.\(kind)-\(stamp)"
    let isThere = data.folder.contains("household.sqlite")
    for end in ends where data.folder.contains("household.sqlite\(end)") {
      try data.folder.renameNew("household.sqlite\(end)", to: "\(new)\(end)")
    }
    return isThere ? new : nil
  }
}
