public import Domain
import Files
public import Seal

/// Where a row of the catalog says a segment lies.
public struct SegmentLocation: Hashable, Sendable {
  public let id: SegmentID
  /// Relative to the camera's `media` folder.
  public let file: String

  public init(id: SegmentID, file: String) {
    self.id = id
    self.file = file
  }
}

/// Why the door stayed shut although somebody had a grant.
public enum DoorRefusal: Error, Sendable {
  /// Bytes, row, folder and grant do not agree: nothing was sent. `file` is relative to the camera's folder.
  case mismatch(camera: CameraID, file: String, fault: String)
  /// There is no such footage (any more).
  case absent
}

/// The cameras' media as the server may see them: the one place where footage, thumbnails, snapshots and live pictures
/// come through.
///
/// Every opening takes a `ViewGrant`, and every step uses the *grant's* camera: its folder, its key. A file, a row or a
/// message of another camera can't verify, whatever any map, row or path said.
public final class Vault: Sendable {
  let root: String
  let installationID: InstallationID
  private let masterKey: MasterKey
  private let volumes: @Sendable (CameraID) -> MediaRoots
  let sittings = SittingMemory()

  /// - Parameters:
  ///   - camerasPath: the folder that holds a folder for each camera.
  ///   - volumes: where else a camera's footage lies at the moment.
  public init(
    camerasPath: String, installation: InstallationID, masterKey: MasterKey,
    volumes: @escaping @Sendable (CameraID) -> MediaRoots = { _ in MediaRoots() }
  ) {
    root = camerasPath
    installationID = installation
    self.masterKey = masterKey
    self.volumes = volumes
  }

  func key(_ camera: CameraID) -> CameraKey { masterKey.cameraKey(installation: installationID, camera: camera) }

  func folder(_ camera: CameraID, _ part: String) throws -> Descriptor {
    let folder = try Descriptor.open("\(root)/\(camera.text)", .folder)
    return try Descriptor.open(part, in: folder, .folder)
  }

  /// The folders that hold a part of the camera: on its volumes that are there, and beside its settings.
  func folders(_ camera: CameraID, _ part: String) throws -> [Descriptor] {
    var found: [Descriptor] = []
    for case .there(_, let root) in volumes(camera).all {
      let onVolume = try present {
        let cameras = try Descriptor.open("cameras", in: root, .folder)
        return try Descriptor.open(part, in: Descriptor.open(camera.text, in: cameras, .folder), .folder)
      }
      if let onVolume { found.append(onVolume) }
    }
    if let home = try present({ try folder(camera, part) }) { found.append(home) }
    return found
  }

  /// The file with that name in one of the folders: names are random, so it is in one at most.
  func find(_ name: String, in folders: [Descriptor]) throws -> Descriptor? {
    for folder in folders {
      if let file = try present({ try Descriptor.openBeneath(name, in: folder) }) { return file }
    }
    return nil
  }

  /// Where a camera's footage lies besides the data directory.
  func roots(of camera: CameraID) -> MediaRoots { volumes(camera) }

  /// Why some of the camera's footage can't be reached at the moment; `nil` when all of it can.
  public func away(_ camera: CameraID) -> String? { volumes(camera).away }

  /// What isn't found may be on a volume that is away: then it is not gone.
  func failIfAway(_ camera: CameraID) throws {
    guard let cause = away(camera) else { return }
    throw Problem(.unavailable, cause, next: "what was recorded is there again as soon as the volume is")
  }

  // MARK: - The door

  /// Opens footage of the grant's camera: every segment's identity and sample table are verified here, every fragment
  /// before its bytes are handed out.
  ///
  /// - Parameters:
  ///   - segments: the rows found for the asked span, in order of time.
  ///   - includeOpen: whether the segment that is still being written may take part, as far as it is durable.
  /// - Throws: `DoorRefusal`; nothing of any file was handed out then.
  public func open(
    _ grant: borrowing ViewGrant, stream: StreamRole, segments: [SegmentLocation], includeOpen: Bool
  ) throws -> OpenFootage {
    try Self.check(grant, isFor: [.playback, .export])
    let camera = grant.camera
    guard let span = grant.span else { throw DoorRefusal.absent }
    let media = try folders(camera, "media")
    if media.isEmpty {
      try failIfAway(camera)
      throw DoorRefusal.absent
    }
    var opened: [OpenSegment] = []
    for location in segments {
      // A row that names another camera's segment is the very mix-up this door exists for.
      guard location.id.camera == camera else {
        throw DoorRefusal.mismatch(
          camera: camera, file: "media/\(location.file)", fault: "the row names another camera")
      }
      guard let file = try find(location.file, in: media) else {
        // A part would pass for all there is.
        try failIfAway(camera)
        continue
      }
      opened.append(try open(file, name: location.file, camera: camera, stream: stream, expected: location.id))
    }
    let partials =
      includeOpen ? try openPartials(media, camera: camera, stream: stream, span: span, known: segments) : []
    return OpenFootage(camera: camera, segments: opened + partials, isFinished: partials.isEmpty)
  }

  /// The one seekable file that a span of footage makes, planned once for all requests of a sitting.
  ///
  /// - Parameters:
  ///   - segments: the rows found for the grant's span, in order of time.
  ///   - includeOpen: whether the segment that is still being written may take part, as far as it is durable.
  /// - Returns: `nil` when there is nothing to show in the span.
  /// - Throws: `DoorRefusal`; nothing of any file was handed out then.
  public func playable(
    _ grant: borrowing ViewGrant, stream: StreamRole, segments: [SegmentLocation], includeOpen: Bool, now: WallTime
  ) throws -> PlayableSpan? {
    try Self.check(grant, isFor: [.playback, .export])
    guard let span = grant.span else { throw DoorRefusal.absent }
    let sitting = SittingMemory.Sitting(
      row: grant.viewLogRow, person: grant.person, camera: grant.camera, stream: stream, span: span, segments: segments)
    if let plan = sittings.plan(for: sitting, now: now) {
      guard plan.camera == grant.camera else {
        throw DoorRefusal.mismatch(camera: grant.camera, file: "media", fault: "the plan is another camera's")
      }
      if try plan.footage.stands(in: folders(grant.camera, "media")) { return plan }
    }
    let footage = try open(grant, stream: stream, segments: segments, includeOpen: includeOpen)
    guard let plan = try PlayableSpan(footage, span: span) else {
      try failIfAway(grant.camera)
      return nil
    }
    // What is still being written makes another file at the next request.
    if footage.isFinished, span.to < now { sittings.keep(plan, for: sitting, now: now) }
    return plan
  }

  /// Lets go of files that nobody has asked for lately.
  public func tidy(now: WallTime) { sittings.tidy(now: now) }

  private func open(
    _ file: Descriptor, name: String, camera: CameraID, stream: StreamRole, expected: SegmentID?
  ) throws -> OpenSegment {
    let reader = SegmentReader(size: try file.size()) { try file.read(at: $0, count: $1) }
    do {
      let segment = try reader.open(key: key(camera), installation: installationID, expected: expected)
      guard segment.identity.stream == stream else { throw SegmentFault.otherIdentity }
      return try OpenSegment(file: file, name: name, segment: segment)
    } catch let fault as SegmentFault {
      throw DoorRefusal.mismatch(camera: camera, file: "media/\(name)", fault: "\(fault)")
    }
  }

  /// The segments still being written that reach into `span`, and with `known` also finished ones among the newest that
  /// the catalog has not taken in yet. Between a listing and the opening the worker may finish one: then its final name
  /// is taken.
  func openPartials(
    _ media: [Descriptor], camera: CameraID, stream: StreamRole, span: TimeSpan, known: [SegmentLocation]?
  ) throws -> [OpenSegment] {
    var opened: [OpenSegment] = []
    let knownIDs = known.map { Set($0.map(\.id)) }
    let days = Set([span.from.day, span.to.day]).sorted()
    for (media, day) in media.flatMap({ media in days.map { (media, $0) } }) {
      guard let folder = try present({ try Descriptor.open(day.text, in: media, .folder) }) else { continue }
      var candidates: [(name: String, parsed: SegmentFileName)] = []
      for name in try folder.names() {
        let plain = name.hasSuffix(".partial") ? String(name.dropLast(8)) : name
        if let parsed = SegmentFileName(plain), parsed.stream == stream { candidates.append((name, parsed)) }
      }
      // Names sort by sequence, so the newest are last.
      let newest = Set(candidates.suffix(3).map(\.name))
      for (name, parsed) in candidates {
        let isPartial = name.hasSuffix(".partial")
        let isUnknown = knownIDs.map { !$0.contains(SegmentID(camera: camera, raw: parsed.raw)) } ?? false
        guard isPartial || (isUnknown && newest.contains(name)) else { continue }
        guard
          let file = try present({ try Descriptor.openBeneath("\(day.text)/\(name)", in: media) })
            ?? present({ try Descriptor.openBeneath("\(day.text)/\(parsed.text)", in: media) })
        else { continue }
        do {
          let header = try SegmentReader(size: file.size(), read: { try file.read(at: $0, count: $1) }).header()
          guard header.identity.start < span.to else { continue }
        } catch is SegmentFault {
          // A header that is not on the disk yet, or a leftover that recovery has not looked at.
          continue
        }
        let segment = try open(file, name: "\(day.text)/\(name)", camera: camera, stream: stream, expected: nil)
        if segment.end > span.from, !segment.fragments.isEmpty { opened.append(segment) }
      }
    }
    return opened.sorted { $0.identity.start < $1.identity.start }
  }

  /// Opens an event's thumbnail. `day` is the UTC day of the event's start.
  public func openThumbnail(_ grant: borrowing ViewGrant, of event: EventID, day: CivilDate) throws -> VerifiedPicture {
    try Self.check(grant, isFor: [.thumbnail])
    let camera = grant.camera
    let name = "\(day.text)/\(event.raw.text).jpg"
    guard event.camera == camera else {
      throw DoorRefusal.mismatch(camera: camera, file: "events/\(name)", fault: "the event is another camera's")
    }
    guard let file = try find(name, in: folders(camera, "events")) else {
      try failIfAway(camera)
      throw DoorRefusal.absent
    }
    let bytes = try file.readAll(limit: 8 << 20)
    guard let identity = PictureSeal.verify(bytes, key: key(camera)), identity.kind == .thumbnail(event) else {
      throw DoorRefusal.mismatch(camera: camera, file: "events/\(name)", fault: "the picture's seal does not hold")
    }
    return VerifiedPicture(camera: camera, time: identity.time, bytes: bytes)
  }

  /// Lets a worker's snapshot through when it is the grant's camera's.
  public func admit(snapshot bytes: [UInt8], _ grant: borrowing ViewGrant) throws -> VerifiedPicture {
    try Self.check(grant, isFor: [.snapshot])
    guard let identity = PictureSeal.verify(bytes, key: key(grant.camera)), identity.kind == .snapshot else {
      throw DoorRefusal.mismatch(camera: grant.camera, file: "snapshot", fault: "the picture's seal does not hold")
    }
    return VerifiedPicture(camera: grant.camera, time: identity.time, bytes: bytes)
  }

  /// The way for live messages of the grant's camera.
  public func openLive(_ grant: borrowing ViewGrant) throws -> LiveDoor {
    try Self.check(grant, isFor: [.live])
    return LiveDoor(key: key(grant.camera))
  }

  /// A grant opens what it was asked for, and what the view log says: who may see a camera live may not for that see
  /// its recordings.
  static func check(_ grant: borrowing ViewGrant, isFor actions: Set<ViewAction>) throws {
    let action = grant.action
    guard actions.contains(action) else {
      throw Problem(
        .internalError, "a grant for \(action.rawValue) was held out for something else",
        next: "report this: nothing was opened")
    }
  }

  /// Runs `body`; a missing file or folder becomes `nil`.
  func present<Value>(_ body: () throws -> Value) throws -> Value? {
    do { return try body() } catch let problem as Problem where problem.isNotFound { return nil }
  }
}

/// A picture whose seal held under the grant's camera. Only `Vault` makes one.
public struct VerifiedPicture: Sendable {
  public let camera: CameraID
  public let time: WallTime
  public let bytes: [UInt8]

  init(camera: CameraID, time: WallTime, bytes: [UInt8]) {
    self.camera = camera
    self.time = time
    self.bytes = bytes
  }
}

/// Lets one camera's live messages through, nobody else's.
public struct LiveDoor: Sendable {
  private let seal: LiveSeal
  public let camera: CameraID

  init(key: CameraKey) {
    seal = LiveSeal(key: key)
    camera = key.camera
  }

  /// `nil` when the message is not this camera's.
  public func admit(_ payload: [UInt8]) -> VerifiedMessage? { seal.open(payload).map(VerifiedMessage.init) }
}

/// A live message whose seal held under the grant's camera. Only a `LiveDoor` makes one.
public struct VerifiedMessage: Sendable {
  private let message: LiveMessage

  public var kind: LiveMessage.Kind { message.kind }
  /// 29 bytes, as the browser gets them.
  public var head: [UInt8] { message.head }
  public var body: [UInt8] { message.body }

  init(_ message: LiveMessage) { self.message = message }
}
