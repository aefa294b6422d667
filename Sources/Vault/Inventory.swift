public import Domain
import Files
public import Seal

/// What the server needs for its index and its housekeeping: facts about files, never their pictures.
extension Vault {
  /// The days a camera has media for, oldest first.
  public func mediaDays(of camera: CameraID) throws -> [CivilDate] { try days(camera, "media") }

  /// The days a camera has events for, oldest first.
  public func eventDays(of camera: CameraID) throws -> [CivilDate] { try days(camera, "events") }

  private func days(_ camera: CameraID, _ part: String) throws -> [CivilDate] {
    Set(try folders(camera, part).flatMap { try $0.names() }.compactMap { CivilDate(text: $0) }).sorted()
  }

  /// The finished segments of one day, relative to `media`.
  public func segmentFiles(of camera: CameraID, on day: CivilDate) throws -> [String] {
    try names(camera, "media", day).filter { SegmentFileName($0) != nil }.map { "\(day.text)/\($0)" }
  }

  /// The event records of one day, relative to `events`.
  public func eventFiles(of camera: CameraID, on day: CivilDate) throws -> [String] {
    try names(camera, "events", day).filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
      .map { "\(day.text)/\($0)" }
  }

  /// The journal's files, oldest first: by their names beside the settings, on a volume as `<volume>/<name>`, since each
  /// place has files of the same days.
  ///
  /// - Parameter name: only those with this name.
  public func journalFiles(of camera: CameraID, named name: String? = nil) throws -> [String] {
    var files: [(name: String, place: String)] = []
    for (place, folder) in try journals(of: camera) {
      files += try folder.names().filter { $0.hasSuffix(".jsonl") && (name == nil || $0 == name) }
        .map { ($0, place) }
    }
    return files.sorted { $0 < $1 }.map { $0.place + $0.name }
  }

  /// Each with what stands before the names of its files.
  private func journals(of camera: CameraID) throws -> [(place: String, folder: Descriptor)] {
    var found: [(String, Descriptor)] = []
    for case .there(let volume, let root) in roots(of: camera).all {
      if let folder = try present({
        let cameras = try Descriptor.open("cameras", in: root, .folder)
        return try Descriptor.open("journal", in: Descriptor.open(camera.text, in: cameras, .folder), .folder)
      }) {
        found.append(("\(volume.text)/", folder))
      }
    }
    if let folder = try present({ try folder(camera, "journal") }) { found.append(("", folder)) }
    return found
  }

  private func names(_ camera: CameraID, _ part: String, _ day: CivilDate) throws -> [String] {
    var names: Set<String> = []
    for folder in try folders(camera, part) {
      names.formUnion(try present { try Descriptor.open(day.text, in: folder, .folder).names() } ?? [])
    }
    return names.sorted()
  }

  /// The camera's folder.
  public func path(of camera: CameraID) -> String { "\(root)/\(camera.text)" }

  /// Whether the camera's media folder can be reached; without it nothing is known of its files, not even that they are
  /// gone.
  public func hasMedia(of camera: CameraID) throws -> Bool { try present { try folder(camera, "media") } != nil }

  /// Reads one camera's segments for the catalog, many in a row.
  public func inspector(of camera: CameraID) throws -> SegmentInspector {
    SegmentInspector(media: try folders(camera, "media"), key: key(camera), installation: installationID)
  }

  /// Everything the catalog keeps of a segment, read from the file under the camera's own key.
  ///
  /// - Throws: `SegmentFault` when the file is not this camera's or its seals do not hold; `Problem` for the disk.
  public func inspect(_ file: String, of camera: CameraID) throws -> (segment: ReadSegment, bytes: UInt64) {
    try inspector(of: camera).inspect(file)
  }

  /// Reads an event's record; `nil` when it is missing or its seal does not hold.
  public func event(_ file: String, of camera: CameraID) throws -> Event? {
    guard let opened = try find(file, in: folders(camera, "events")) else { return nil }
    return EventRecord.open(try opened.readAll(limit: 1 << 20), key: key(camera))
  }

  /// The whole lines of a journal file from `position` on, and where the next reading begins.
  public func journal(_ file: String, of camera: CameraID, from position: UInt64) throws -> (
    lines: [String], next: UInt64
  ) {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    let place = String(file.dropLast(name.count))
    guard let folder = try journals(of: camera).first(where: { $0.place == place })?.folder,
      let opened = try present({ try Descriptor.openBeneath(name, in: folder) })
    else { return ([], position) }
    let size = try opened.size()
    guard size > position else { return ([], position) }
    let bytes = try opened.read(at: position, count: Int(min(size - position, 4 << 20)))
    guard let last = bytes.lastIndex(of: 0x0a) else { return ([], position) }
    let lines = bytes[...last].split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
    return (lines, position + UInt64(last) + 1)
  }

  /// The lines that a camera's day files hold, those with this ending, from this day on.
  public func dayLines(of camera: CameraID, ending: String, from day: CivilDate) throws -> [String] {
    guard let folder = try present({ try folder(camera, "journal") }) else { return [] }
    var lines: [String] = []
    for file in try dayFiles(folder, ending) where file.day >= day {
      let bytes = try Descriptor.openBeneath(file.name, in: folder).readAll(limit: 64 << 20)
      for line in bytes.split(separator: 0x0a) { lines.append(String(decoding: line, as: UTF8.self)) }
    }
    return lines
  }

  /// Deletes a camera's day files with this ending that are older than this day.
  @_spi(Deletion) public func deleteDayFiles(of camera: CameraID, ending: String, before day: CivilDate) throws {
    guard let folder = try present({ try folder(camera, "journal") }) else { return }
    for file in try dayFiles(folder, ending) where file.day < day { try folder.delete(file.name) }
  }

  private func dayFiles(_ folder: Descriptor, _ ending: String) throws -> [(day: CivilDate, name: String)] {
    var files: [(day: CivilDate, name: String)] = []
    for name in try folder.names() where name.hasSuffix(ending) {
      if let day = CivilDate(text: name.dropLast(ending.count)) { files.append((day, name)) }
    }
    return files.sorted { $0.day < $1.day }
  }

  /// Deletes one finished segment's file. Who calls this has marked the row first.
  ///
  /// - Throws: `Problem`; a file that is gone already is fine, one that may lie on a volume that is away is not.
  @_spi(Deletion) public func delete(_ file: String, of camera: CameraID) throws {
    let parts = file.split(separator: "/")
    guard parts.count == 2, CivilDate(text: parts[0]) != nil, SegmentFileName(parts[1]) != nil else {
      throw Problem(.internalError, "\(file) is not a segment's file", next: "report this: nothing was deleted")
    }
    sittings.forget(camera)
    for media in try folders(camera, "media") {
      guard let day = try present({ try Descriptor.open(String(parts[0]), in: media, .folder) }),
        day.contains(String(parts[1]))
      else { continue }
      return try day.delete(String(parts[1]))
    }
    try failIfAway(camera)
  }

  /// Deletes an event's record and its thumbnail, the picture first. `day` is the UTC day of its start.
  ///
  /// - Throws: `Problem`; what is gone already is fine.
  @_spi(Deletion) public func delete(_ event: EventID, day: CivilDate) throws {
    try failIfAway(event.camera)
    for events in try folders(event.camera, "events") {
      guard let folder = try present({ try Descriptor.open(day.text, in: events, .folder) }) else { continue }
      try folder.delete("\(event.raw.text).jpg")
      try folder.delete("\(event.raw.text).json")
    }
  }

  /// Moves a file that failed its seals out of the way, never deleting it. Gone already is fine.
  public func setAside(_ file: String, of camera: CameraID) throws {
    let parts = file.split(separator: "/").map(String.init)
    guard parts.count == 3, ["media", "events", "filmstrip"].contains(parts[0]) else { return }
    for part in try folders(camera, parts[0]) {
      guard let day = try present({ try Descriptor.open(parts[1], in: part, .folder) }), day.contains(parts[2]) else {
        continue
      }
      try Descriptor.folder("set-aside", in: part).adopt(parts[2], from: day, as: "\(parts[1])-\(parts[2])")
    }
  }
}

/// Reads what the catalog keeps of one camera's segments: header and closing box, not the footage between, unless a file
/// was not closed in order.
public struct SegmentInspector: Sendable {
  let media: [Descriptor]
  let key: CameraKey
  let installation: InstallationID

  /// - Parameter file: relative to `media`.
  /// - Throws: `SegmentFault` when the file is not this camera's or its seals do not hold; `Problem` for the disk.
  public func inspect(_ file: String) throws -> (segment: ReadSegment, bytes: UInt64) {
    let opened = try open(file)
    let size = try opened.size()
    let reader = SegmentReader(size: size) { try opened.read(at: $0, count: $1) }
    return (try reader.open(key: key, installation: installation), size)
  }

  /// The same, and whether all of the file is as it was sealed: reads and verifies every fragment.
  public func verify(_ file: String) throws -> (segment: ReadSegment, isWhole: Bool) {
    let opened = try open(file)
    let reader = SegmentReader(size: try opened.size()) { try opened.read(at: $0, count: $1) }
    let segment = try reader.open(key: key, installation: installation)
    return (segment, try reader.isWhole(segment))
  }

  /// - Throws: what the last of the folders says when none has it.
  private func open(_ file: String) throws -> Descriptor {
    for media in media.dropLast() {
      do { return try Descriptor.openBeneath(file, in: media) } catch let problem as Problem where problem.isNotFound {
        continue
      }
    }
    guard let last = media.last else { throw Problem.notFound(file) }
    return try Descriptor.openBeneath(file, in: last)
  }
}

extension Vault {
  /// The volume that a camera is recorded on: which one, and how much of it is free.
  public struct MediaVolume: Hashable, Sendable {
    /// Tells mounted volumes apart.
    public let device: UInt64
    public let free: UInt64
    public let total: UInt64
  }

  /// `nil` before the camera has recorded anything, and while its volume is away.
  public func mediaVolume(of camera: CameraID) throws -> MediaVolume? {
    let place: Descriptor?
    switch roots(of: camera).current {
    case .there(_, let root): place = root
    case .away: place = nil
    case nil: place = try present { try folder(camera, "media") }
    }
    guard let media = place else { return nil }
    let space = try media.volumeSpace()
    return MediaVolume(device: try media.device(), free: space.free, total: space.total)
  }
}

extension Vault {
  /// The durable part of the main segment in writing, for the coverage ledger.
  public func openFootage(
    of camera: CameraID, overlapping span: TimeSpan, now: WallTime
  ) throws -> [(span: TimeSpan, boot: RandomID)] {
    // Only the newest minutes can be open; older days need no look.
    guard now - span.to < .seconds(600) else { return [] }
    return try openPartials(folders(camera, "media"), camera: camera, stream: .main, span: span, known: nil).compactMap
    { segment in
      TimeSpan(from: segment.identity.start, to: segment.end).map { ($0, segment.identity.boot) }
    }
  }
}

extension Vault {
  /// Of a camera with several places: the files that lie elsewhere than where it is recorded now. Deleting them makes no
  /// room there.
  public func filesElsewhere(of camera: CameraID) throws -> Set<String> {
    let current = try mediaVolume(of: camera)?.device
    var files: Set<String> = []
    for media in try folders(camera, "media") where try media.device() != current {
      for day in try media.names() where CivilDate(text: day) != nil {
        let folder = try Descriptor.open(day, in: media, .folder)
        for name in try folder.names() where SegmentFileName(name) != nil { files.insert("\(day)/\(name)") }
      }
    }
    return files
  }
}
