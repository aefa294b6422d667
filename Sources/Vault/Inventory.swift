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
    guard let folder = try present({ try folder(camera, part) }) else { return [] }
    return try folder.names().compactMap { CivilDate(text: $0) }.sorted()
  }

  /// The finished segments of one day, relative to `media`.
  public func segmentFiles(of camera: CameraID, on day: CivilDate) throws -> [String] {
    try names(camera, "media/\(day.text)").filter { SegmentFileName($0) != nil }.map { "\(day.text)/\($0)" }
  }

  /// The event records of one day, relative to `events`.
  public func eventFiles(of camera: CameraID, on day: CivilDate) throws -> [String] {
    try names(camera, "events/\(day.text)").filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
      .map { "\(day.text)/\($0)" }
  }

  /// The journal's files, oldest first.
  public func journalFiles(of camera: CameraID) throws -> [String] {
    try names(camera, "journal").filter { $0.hasSuffix(".jsonl") }
  }

  private func names(_ camera: CameraID, _ path: String) throws -> [String] {
    try present { try Descriptor.open("\(self.path(of: camera))/\(path)", .folder).names() } ?? []
  }

  /// The camera's folder.
  public func path(of camera: CameraID) -> String { "\(root)/\(camera.text)" }

  /// Whether the camera's media folder can be reached; without it nothing is known of its files, not even that they are
  /// gone.
  public func hasMedia(of camera: CameraID) throws -> Bool { try present { try folder(camera, "media") } != nil }

  /// Reads one camera's segments for the catalog, many in a row.
  public func inspector(of camera: CameraID) throws -> SegmentInspector {
    SegmentInspector(media: try folder(camera, "media"), key: key(camera), installation: installationID)
  }

  /// Everything the catalog keeps of a segment, read from the file under the camera's own key.
  ///
  /// - Throws: `SegmentFault` when the file is not this camera's or its seals do not hold; `Problem` for the disk.
  public func inspect(_ file: String, of camera: CameraID) throws -> (segment: ReadSegment, bytes: UInt64) {
    try inspector(of: camera).inspect(file)
  }

  /// Reads an event's record; `nil` when it is missing or its seal does not hold.
  public func event(_ file: String, of camera: CameraID) throws -> Event? {
    let events = try folder(camera, "events")
    guard let opened = try present({ try Descriptor.openBeneath(file, in: events) }) else { return nil }
    return EventRecord.open(try opened.readAll(limit: 1 << 20), key: key(camera))
  }

  /// The whole lines of a journal file from `position` on, and where the next reading begins.
  public func journal(_ file: String, of camera: CameraID, from position: UInt64) throws -> (
    lines: [String], next: UInt64
  ) {
    let folder = try folder(camera, "journal")
    guard let opened = try present({ try Descriptor.openBeneath(file, in: folder) }) else { return ([], position) }
    let size = try opened.size()
    guard size > position else { return ([], position) }
    let bytes = try opened.read(at: position, count: Int(min(size - position, 4 << 20)))
    guard let last = bytes.lastIndex(of: 0x0a) else { return ([], position) }
    let lines = bytes[...last].split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
    return (lines, position + UInt64(last) + 1)
  }

  /// Deletes one finished segment's file. Who calls this has marked the row first.
  ///
  /// - Throws: `Problem`; a file that is gone already is fine.
  public func delete(_ file: String, of camera: CameraID) throws {
    let parts = file.split(separator: "/")
    guard parts.count == 2, CivilDate(text: parts[0]) != nil, SegmentFileName(parts[1]) != nil else {
      throw Problem(.internalError, "\(file) is not a segment's file", next: "report this: nothing was deleted")
    }
    guard let media = try present({ try folder(camera, "media") }),
      let day = try present({ try Descriptor.open(String(parts[0]), in: media, .folder) })
    else { return }
    sittings.forget(camera)
    try day.delete(String(parts[1]))
  }

  /// Moves a file that failed its seals out of the way, never deleting it. Gone already is fine.
  public func setAside(_ file: String, of camera: CameraID) throws {
    let parts = file.split(separator: "/").map(String.init)
    guard parts.count == 3, parts[0] == "media" || parts[0] == "events",
      let part = try present({ try folder(camera, parts[0]) }),
      let day = try present({ try Descriptor.open(parts[1], in: part, .folder) }), day.contains(parts[2])
    else { return }
    try Descriptor.folder("set-aside", in: part).adopt(parts[2], from: day, as: "\(parts[1])-\(parts[2])")
  }
}

/// Reads what the catalog keeps of one camera's segments: header and closing box, not the footage between, unless a file
/// was not closed in order.
public struct SegmentInspector: Sendable {
  let media: Descriptor
  let key: CameraKey
  let installation: InstallationID

  /// - Parameter file: relative to `media`.
  /// - Throws: `SegmentFault` when the file is not this camera's or its seals do not hold; `Problem` for the disk.
  public func inspect(_ file: String) throws -> (segment: ReadSegment, bytes: UInt64) {
    let opened = try Descriptor.openBeneath(file, in: media)
    let size = try opened.size()
    let reader = SegmentReader(size: size) { try opened.read(at: $0, count: $1) }
    return (try reader.open(key: key, installation: installation), size)
  }
}

extension Vault {
  /// The volume that a camera's footage lies on: which one, and how much of it is free.
  public struct MediaVolume: Hashable, Sendable {
    /// Tells mounted volumes apart.
    public let device: UInt64
    public let free: UInt64
    public let total: UInt64
  }

  /// `nil` before the camera has recorded anything.
  public func mediaVolume(of camera: CameraID) throws -> MediaVolume? {
    guard let media = try present({ try folder(camera, "media") }) else { return nil }
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
    guard now - span.to < .seconds(600), let media = try present({ try folder(camera, "media") }) else { return [] }
    return try openPartials(media, camera: camera, stream: .main, span: span, known: nil).compactMap { segment in
      TimeSpan(from: segment.identity.start, to: segment.end).map { ($0, segment.identity.boot) }
    }
  }
}
