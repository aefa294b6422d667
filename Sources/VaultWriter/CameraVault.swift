public import Domain
public import Files
public import Seal

/// The worker's part of one camera's folder, opened once: `media`, `events` and `journal`. Everything that a worker
/// writes goes through here.
public final class CameraVault: Sendable {
  public let key: CameraKey
  public let installation: InstallationID
  /// `media`, with a folder for each UTC day.
  public let media: Descriptor
  let events: Descriptor
  let journal: Descriptor
  let folder: Descriptor

  public var camera: CameraID { key.camera }

  /// - Parameter folder: the camera's folder, `…/cameras/<id>`; must exist.
  public convenience init(folder path: String, key: CameraKey, installation: InstallationID) throws {
    try self.init(in: Descriptor.open(path, .folder), key: key, installation: installation)
  }

  /// - Parameter folder: the camera's folder, in the data directory or on a volume.
  public init(in folder: Descriptor, key: CameraKey, installation: InstallationID) throws {
    self.key = key
    self.installation = installation
    self.folder = folder
    media = try Descriptor.folder("media", in: folder)
    events = try Descriptor.folder("events", in: folder)
    journal = try Descriptor.folder("journal", in: folder)
  }

  /// `filmstrip`, with a folder for each UTC day; made when it is missing. A quarantine never gets one.
  func filmstrip() throws -> Descriptor { try Descriptor.folder("filmstrip", in: folder) }

  /// The sequence for the next segment: one more than any name in the media folder has, finished or not.
  public func nextSequence() throws -> UInt64 { try Self.highestSequence(in: media) + 1 }

  static func highestSequence(in media: Descriptor) throws -> UInt64 {
    var highest: UInt64 = 0
    // Days sort by name; sequences grow with time but the clock may have stepped back, so all days count. Names only.
    for day in try media.names() where CivilDate(text: day) != nil {
      for name in try Descriptor.open(day, in: media, .folder).names() {
        let plain = name.hasSuffix(".partial") ? String(name.dropLast(8)) : name
        if let parsed = SegmentFileName(plain) { highest = max(highest, parsed.sequence) }
      }
    }
    return highest
  }

  /// Writes an event's record in place of its earlier one, durable. The day is the one its start lies in.
  public func write(_ event: Event) throws -> String {
    guard let bytes = try EventRecord.seal(event, key: key) else {
      throw Problem(
        .internalError, "an event of another camera was about to be written", next: "report this: nothing was written")
    }
    let folder = try Descriptor.folder(event.start.day.text, in: events)
    try folder.replace("\(event.id.raw.text).json", with: bytes)
    return "\(event.start.day.text)/\(event.id.raw.text).json"
  }

  /// Writes an event's thumbnail, sealed, in place of its earlier one.
  public func write(thumbnail jpeg: [UInt8], of event: Event) throws {
    let identity = PictureIdentity(camera: camera, kind: .thumbnail(event.id), time: event.best)
    guard let sealed = PictureSeal.seal(jpeg, as: identity, key: key) else {
      throw Problem(.internalError, "a thumbnail could not be sealed", next: "report this: nothing was written")
    }
    let folder = try Descriptor.folder(event.start.day.text, in: events)
    try folder.replace("\(event.id.raw.text).jpg", with: sealed)
  }

  /// The events that no end was written for: a worker ended while they ran.
  public func openEvents() throws -> [Event] {
    var open: [Event] = []
    for day in try events.names().suffix(3) where CivilDate(text: day) != nil {
      let folder = try Descriptor.open(day, in: events, .folder)
      for name in try folder.names() where name.hasSuffix(".json") && !name.hasPrefix(".") {
        let bytes = try Descriptor.open(name, in: folder, .read).readAll(limit: 1 << 20)
        if let event = EventRecord.open(bytes, key: key), event.end == nil { open.append(event) }
      }
    }
    return open
  }

  /// Adds one line (without its newline) to the day's journal, durable.
  ///
  /// - Returns: the journal's file name.
  @discardableResult
  public func note(_ line: String, at time: WallTime) throws -> String {
    let name = "\(time.day.text).jsonl"
    let isNew = !journal.contains(name)
    let isTorn = isNew ? false : try endsWithinLine(name)
    let file = try Descriptor.open(name, in: journal, .append)
    try file.append((isTorn ? [0x0a] : []) + Array(line.utf8) + [0x0a])
    try file.syncData()
    if isNew { try journal.sync() }
    return name
  }

  /// Whether a power cut or a full disk left half a line at the end: what is added must not become a part of it.
  private func endsWithinLine(_ name: String) throws -> Bool {
    let file = try Descriptor.open(name, in: journal, .read)
    let size = try file.size()
    return size > 0 ? try file.read(at: size - 1, count: 1) != [0x0a] : false
  }
}

extension CameraVault {
  /// Adds whole lines to a file in the journal's folder that is read once and kept for a day: nothing is promised of it, so
  /// the disk need not be waited for.
  public func add(_ lines: [UInt8], toDayFile name: String) throws {
    try Descriptor.open(name, in: journal, .append).append(lines)
  }
}
