@_spi(Household) import Domain
import Foundation
import MP4
import Seal
import Testing
@_spi(Deletion) import Vault
import VaultWriter

/// Two cameras with a segment and a thumbnail each, on the real disk.
final class TwoCameras {
  struct Camera {
    let id: CameraID
    let key: CameraKey
    let segment: SegmentLocation
    let event: Event
    let start: WallTime
  }

  let path: String
  let vault: Vault
  let porch: Camera
  let nursery: Camera
  private let installation: InstallationID

  init() throws {
    var generator = SystemRandomNumberGenerator()
    installation = .mint(using: &generator)
    let master = try #require(MasterKey(bytes: [UInt8](repeating: 9, count: 32)))
    path = NSTemporaryDirectory() + "/hearth-door-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    vault = Vault(camerasPath: path, installation: installation, masterKey: master)
    porch = try Self.record(in: path, installation, master, color: 0x11)
    nursery = try Self.record(in: path, installation, master, color: 0x22)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Frames whose bytes all have the camera's color, so that a byte of the wrong camera can't go unseen.
  private static func record(
    in path: String, _ installation: InstallationID, _ master: MasterKey, color: UInt8
  ) throws -> Camera {
    var generator = SystemRandomNumberGenerator()
    let id = CameraID.mint(using: &generator)
    let key = master.cameraKey(installation: installation, camera: id)
    return try record(in: "\(path)/\(id.text)", installation, key, color: color)
  }

  /// A stranger's footage, held apart for a camera.
  func recordApart(for camera: Camera, color: UInt8) throws -> Camera {
    try Self.record(
      in: "\(path)/\(camera.id.text)/quarantine", installation, camera.key.quarantine, color: color)
  }

  private static func record(
    in folder: String, _ installation: InstallationID, _ key: CameraKey, color: UInt8
  ) throws -> Camera {
    var generator = SystemRandomNumberGenerator()
    let id = key.camera
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let writer = try CameraVault(folder: folder, key: key, installation: installation)
    let sets = "000000016742c01eda0280bfe5c044000003000400000300c83c58ba800000000168ce0fc8"
    let video = try VideoConfiguration(codec: .h264, annexB: try #require(Hex.decode(sets)))
    let start = WallTime(seconds: 1_795_469_070)
    let identity = SegmentIdentity(
      installation: installation, segment: .mint(camera: id, using: &generator), stream: .main, start: start,
      monotonic: MonotonicTime(nanoseconds: 1), clock: .synchronised, boot: .mint(using: &generator), sequence: 1,
      codec: .h264, hasAudio: false)
    let segment = try SegmentWriter(
      in: writer, identity: identity,
      initialisation: FragmentedMP4.initialisation(tracks: [TrackDescription(video: video)]))
    for second in 0..<4 {
      let samples = (0..<10).map {
        FragmentSample(bytes: [UInt8](repeating: color, count: 100), duration: 9000, isSync: $0 == 0)
      }
      let fragment = try FragmentedMP4.fragment(
        sequence: UInt32(second + 1),
        tracks: [FragmentTrack(trackID: 1, baseDecodeTime: UInt64(second) * 90_000, samples: samples)])
      try segment.append(
        fragment.bytes, moofLength: fragment.moofLength, from: .zero + .seconds(second),
        to: .zero + .seconds(second + 1))
    }
    let finished = try segment.close()
    let event = Event(
      id: .mint(camera: id, using: &generator), start: start, end: start + .seconds(2), best: start, peak: 0.5,
      boxes: [],
      reasons: [], zones: [])
    _ = try writer.write(event)
    try writer.write(thumbnail: [0xff, 0xd8, 0xff, color, color, color, 0xff, 0xd9], of: event)
    let strip = FilmstripWriter(in: writer)
    for second in 0..<4 {
      try strip.append([0xff, 0xd8, 0xff, color, color, color, 0xff, 0xd9], at: start + .seconds(Int64(second)))
    }
    return Camera(
      id: id, key: key, segment: SegmentLocation(id: identity.segment, file: finished.file), event: event, start: start)
  }

  /// A grant, made as only the household may.
  func grant(
    _ camera: Camera, _ action: ViewAction = .playback, row: Int64 = 1, by person: PersonID? = nil
  ) -> ViewGrant {
    var generator = SystemRandomNumberGenerator()
    return ViewGrant(
      person: person ?? .mint(using: &generator), camera: camera.id, action: action,
      span: TimeSpan(from: camera.start, to: camera.start + .seconds(4)), viewLogRow: row)
  }

  /// For the filmstrip's pictures of some seconds.
  func strip(_ camera: Camera, _ seconds: Range<Int64> = 0..<4) -> ViewGrant {
    var generator = SystemRandomNumberGenerator()
    let (from, to) = (camera.start + .seconds(seconds.lowerBound), camera.start + .seconds(seconds.upperBound))
    return ViewGrant(
      person: .mint(using: &generator), camera: camera.id, action: .filmstrip, span: TimeSpan(from: from, to: to),
      viewLogRow: 1)
  }

  func media(_ camera: Camera) -> String { "\(path)/\(camera.id.text)/media/\(camera.segment.file)" }
  /// The one sheet of the filmstrip.
  func sheet(_ camera: Camera) throws -> String {
    let day = "\(path)/\(camera.id.text)/filmstrip/\(camera.start.day.text)"
    return "\(day)/\(try #require(try FileManager.default.contentsOfDirectory(atPath: day).first))"
  }
  func thumbnail(_ camera: Camera) -> String {
    "\(path)/\(camera.id.text)/events/\(camera.start.day.text)/\(camera.event.id.raw.text).jpg"
  }

  func replace(_ file: String, with other: String) throws {
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.copyItem(atPath: other, toPath: file)
  }
}

func isMismatch(_ error: any Error) -> Bool {
  if case .mismatch? = error as? DoorRefusal { true } else { false }
}

@Suite struct DoorTests {
  let house: TwoCameras
  init() throws { house = try TwoCameras() }

  @Test func theRightGrantOpensTheRightFootage() throws {
    let footage = try house.vault.open(
      house.grant(house.porch), stream: .main, segments: [house.porch.segment], includeOpen: false)
    #expect(footage.camera == house.porch.id)
    #expect(footage.segments.map(\.fragments.count) == [4])
    for index in 0..<4 {
      let bytes = try footage.read(segment: 0, fragment: index).bytes
      #expect(bytes.suffix(1000).allSatisfy { $0 == 0x11 })
    }
  }

  /// A player asks for range after range: the plan is made once, for its sitting alone, and for as long as the file stands.
  @Test func aSittingIsPlannedOnce() throws {
    var generator = SystemRandomNumberGenerator()
    let (person, other) = (PersonID.mint(using: &generator), PersonID.mint(using: &generator))
    let now = house.porch.start + .seconds(60)
    func plan(_ camera: TwoCameras.Camera, row: Int64 = 1, by person: PersonID, at time: WallTime? = nil) throws
      -> PlayableSpan?
    {
      try house.vault.playable(
        house.grant(camera, row: row, by: person), stream: .main, segments: [camera.segment], includeOpen: true,
        now: time ?? now)
    }
    let first = try #require(try plan(house.porch, by: person))
    #expect(try plan(house.porch, by: person)?.isSame(as: first) == true)
    #expect(try plan(house.porch, row: 2, by: person)?.isSame(as: first) == false, "another sitting")
    #expect(try plan(house.porch, by: other)?.isSame(as: first) == false, "another person")
    #expect(try plan(house.nursery, by: person)?.camera == house.nursery.id)
    #expect(try plan(house.porch, by: person)?.isSame(as: first) == true)
    #expect(try plan(house.porch, by: person, at: now + .seconds(31))?.isSame(as: first) == false, "long ago")
    let second = try #require(try plan(house.porch, by: person))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: house.media(house.porch)))
    try bytes.write(to: URL(fileURLWithPath: house.media(house.porch)))
    #expect(try plan(house.porch, by: person)?.isSame(as: second) == false, "the file was written to")
    // Another camera's file under this one's name is looked at, whatever is remembered.
    try house.replace(house.media(house.porch), with: house.media(house.nursery))
    #expect(performing: { try plan(house.porch, by: person) }, throws: isMismatch)
  }

  @Test func aRowOfAnotherCameraIsRefusedBeforeAnyFileIsOpened() {
    #expect(
      performing: {
        try house.vault.open(
          house.grant(house.porch), stream: .main, segments: [house.nursery.segment], includeOpen: false)
      }, throws: isMismatch)
  }

  @Test func anotherCamerasFileUnderTheRightNameIsRefused() throws {
    try house.replace(house.media(house.porch), with: house.media(house.nursery))
    #expect(
      performing: {
        try house.vault.open(
          house.grant(house.porch), stream: .main, segments: [house.porch.segment], includeOpen: false)
      }, throws: isMismatch)
  }

  @Test func aRowThatNamesAnotherSegmentOfTheSameCameraIsRefused() throws {
    var generator = SystemRandomNumberGenerator()
    let wrong = SegmentLocation(id: .mint(camera: house.porch.id, using: &generator), file: house.porch.segment.file)
    #expect(
      performing: {
        try house.vault.open(house.grant(house.porch), stream: .main, segments: [wrong], includeOpen: false)
      }, throws: isMismatch)
  }

  @Test func theMainStreamIsNeverServedAsTheDetectionStream() throws {
    #expect(
      performing: {
        try house.vault.open(
          house.grant(house.porch), stream: .detect, segments: [house.porch.segment], includeOpen: false)
      }, throws: isMismatch)
  }

  @Test func aFlippedBitInTheMediaStopsThatFragmentAndNoOther() throws {
    let file = house.media(house.porch)
    let footage = try house.vault.open(
      house.grant(house.porch), stream: .main, segments: [house.porch.segment], includeOpen: false)
    let place = footage.segments[0].fragments[2].end - 10
    let handle = try #require(FileHandle(forUpdatingAtPath: file))
    try handle.seek(toOffset: place)
    try handle.write(contentsOf: Data([0x12]))
    try handle.close()
    #expect(try footage.read(segment: 0, fragment: 1).bytes.last == 0x11)
    #expect(performing: { try footage.read(segment: 0, fragment: 2) }, throws: isMismatch)
    #expect(try footage.read(segment: 0, fragment: 3).bytes.last == 0x11)
  }

  @Test func footageThatIsBeingReadSurvivesItsDeletion() throws {
    let footage = try house.vault.open(
      house.grant(house.porch), stream: .main, segments: [house.porch.segment], includeOpen: false)
    try house.vault.delete(house.porch.segment.file, of: house.porch.id)
    #expect(try footage.read(segment: 0, fragment: 3).bytes.last == 0x11)
    #expect(!FileManager.default.fileExists(atPath: house.media(house.porch)))
  }

  @Test func aSymbolicLinkIsNotFollowed() throws {
    let file = house.media(house.porch)
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: house.media(house.nursery))
    #expect(throws: (any Error).self) {
      try house.vault.open(house.grant(house.porch), stream: .main, segments: [house.porch.segment], includeOpen: false)
    }
  }

  @Test(arguments: ["../../../../etc/passwd", "/etc/passwd", "2026-11-23/../../settings/camera.json"])
  func aPathThatLeavesTheFolderIsRefused(_ file: String) throws {
    let location = SegmentLocation(id: house.porch.segment.id, file: file)
    #expect(throws: (any Error).self) {
      let footage = try house.vault.open(
        house.grant(house.porch), stream: .main, segments: [location], includeOpen: false)
      if footage.segments.isEmpty { throw DoorRefusal.absent }
    }
  }

  @Test func thumbnailsOpenOnlyForTheirOwnCameraAndEvent() throws {
    let porch = house.porch
    let picture = try house.vault.openThumbnail(
      house.grant(porch, .thumbnail), of: porch.event.id, day: porch.start.day)
    #expect(picture.camera == porch.id)
    #expect(
      performing: {
        try house.vault.openThumbnail(house.grant(porch, .thumbnail), of: house.nursery.event.id, day: porch.start.day)
      }, throws: isMismatch)
    try house.replace(house.thumbnail(porch), with: house.thumbnail(house.nursery))
    #expect(
      performing: {
        try house.vault.openThumbnail(house.grant(porch, .thumbnail), of: porch.event.id, day: porch.start.day)
      }, throws: isMismatch)
  }

  @Test func theFilmstripIsListedAndOpensForItsOwnCameraAlone() throws {
    let (porch, nursery) = (house.porch, house.nursery)
    #expect(
      try house.vault.filmstrip(house.strip(porch), most: 100) == (0..<4).map { porch.start + .seconds(Int64($0)) })
    #expect(try house.vault.filmstrip(house.strip(porch), most: 2).count == 2)
    #expect(try house.vault.filmstrip(house.strip(porch, 1..<3), most: 100).count == 2)
    for (camera, color) in [(porch, UInt8(0x11)), (nursery, 0x22)] {
      let picture = try house.vault.openFilmstrip(house.strip(camera, 2..<3))
      #expect(picture.camera == camera.id && picture.time == camera.start + .seconds(2))
      #expect(picture.bytes.suffix(6) == [0xff, color, color, color, 0xff, 0xd9])
    }
    #expect(throws: DoorRefusal.self) { try house.vault.openFilmstrip(house.strip(porch, 4..<5)) }

    // Under this one's name, and beside this one's under its own.
    try house.replace(house.sheet(porch), with: house.sheet(nursery))
    #expect(performing: { try house.vault.filmstrip(house.strip(porch), most: 100) }, throws: isMismatch)
    #expect(performing: { try house.vault.openFilmstrip(house.strip(porch, 2..<3)) }, throws: isMismatch)
    let sheet = try #require(try house.vault.sheets(of: porch.id).first)
    #expect(throws: SheetFault.otherIdentity) { try house.vault.inspect(sheet) }
    try house.vault.setAside("filmstrip/\(sheet.file)", of: porch.id)
    #expect(try house.vault.filmstrip(house.strip(porch), most: 100).isEmpty)
  }

  @Test func aFlippedBitStopsThatPictureOfTheFilmstripAndNoOther() throws {
    let file = try house.sheet(house.porch)
    let handle = try #require(FileHandle(forUpdatingAtPath: file))
    let length = try handle.seekToEnd()
    try handle.seek(toOffset: length / 4 * 3 - 3)
    try handle.write(contentsOf: Data([0x12]))
    try handle.close()
    #expect(try house.vault.openFilmstrip(house.strip(house.porch, 1..<2)).bytes.suffix(3) == [0x11, 0xff, 0xd9])
    #expect(performing: { try house.vault.openFilmstrip(house.strip(house.porch, 2..<3)) }, throws: isMismatch)
    #expect(try house.vault.openFilmstrip(house.strip(house.porch, 3..<4)).bytes.suffix(3) == [0x11, 0xff, 0xd9])
  }

  @Test func snapshotsAndLiveMessagesPassOnlyUnderTheirOwnKey() throws {
    let identity = PictureIdentity(camera: house.nursery.id, kind: .snapshot, time: house.nursery.start)
    let picture = try #require(
      PictureSeal.seal([0xff, 0xd8, 0xff, 1, 0xff, 0xd9], as: identity, key: house.nursery.key))
    #expect(try house.vault.admit(snapshot: picture, house.grant(house.nursery, .snapshot)).camera == house.nursery.id)
    #expect(
      performing: { try house.vault.admit(snapshot: picture, house.grant(house.porch, .snapshot)) }, throws: isMismatch)
    let message = LiveMessage(kind: .fragment, camera: house.nursery.id, generation: 1, sequence: 1, body: [1])
    let payload = LiveSeal(key: house.nursery.key).seal(message)
    #expect(try house.vault.openLive(house.grant(house.nursery, .live)).admit(payload) != nil)
    #expect(try house.vault.openLive(house.grant(house.porch, .live)).admit(payload) == nil)
  }

  /// The view log says what a grant was asked for; so it opens nothing else, on its own camera either.
  @Test(arguments: ViewAction.allCases)
  func aGrantOpensOnlyWhatItWasAskedFor(_ action: ViewAction) throws {
    let (porch, vault) = (house.porch, house.vault)
    func isOpen(_ open: () throws -> Void) throws -> Bool {
      do { try open() } catch let problem as Problem {
        #expect(problem.exit == .internalError)
        return false
      }
      return true
    }
    let picture = try #require(
      PictureSeal.seal(
        [0xff, 0xd8, 0xff, 1, 0xff, 0xd9],
        as: PictureIdentity(camera: porch.id, kind: .snapshot, time: porch.start), key: porch.key))
    let footage = try isOpen {
      _ = try vault.open(house.grant(porch, action), stream: .main, segments: [porch.segment], includeOpen: false)
    }
    let thumbnail = try isOpen {
      _ = try vault.openThumbnail(house.grant(porch, action), of: porch.event.id, day: porch.start.day)
    }
    let snapshot = try isOpen { _ = try vault.admit(snapshot: picture, house.grant(porch, action)) }
    let live = try isOpen { _ = try vault.openLive(house.grant(porch, action)) }
    let strip = try isOpen { _ = try vault.openFilmstrip(house.grant(porch, action)) }
    let times = try isOpen { _ = try vault.filmstrip(house.grant(porch, action), most: 1) }
    let asked: Set<ViewAction> = [action]
    #expect(footage == !asked.isDisjoint(with: [.playback, .export]))
    #expect(thumbnail == (action == .thumbnail))
    #expect(snapshot == (action == .snapshot))
    #expect(live == (action == .live))
    #expect(strip == (action == .filmstrip) && times == strip)
  }

  @Test func whatIsHeldApartNeverPassesForTheCamerasOwn() throws {
    let apart = try house.recordApart(for: house.porch, color: 0x33)
    let held = try house.vault.heldApart(of: house.porch.id)
    #expect(held.map(\.id) == [apart.segment.id])
    #expect(try house.vault.heldApart(of: house.nursery.id).isEmpty)
    let footage = try house.vault.openHeldApart(house.grant(house.porch, .export), held[0])
    #expect(try footage.read(segment: 0, fragment: 0).bytes.contains(0x33))
    #expect(
      performing: { try house.vault.openHeldApart(house.grant(house.nursery, .export), held[0]) }, throws: isMismatch)

    // Put where the camera's footage lies, under the row's very name: refused.
    try house.replace(
      house.media(house.porch), with: "\(house.path)/\(house.porch.id.text)/quarantine/media/\(apart.segment.file)")
    #expect(
      performing: {
        try house.vault.open(
          house.grant(house.porch), stream: .main, segments: [house.porch.segment], includeOpen: false)
      }, throws: isMismatch)
    let asItself = SegmentLocation(id: apart.segment.id, file: house.porch.segment.file)
    let opened = try? house.vault.open(
      house.grant(house.porch), stream: .main, segments: [asItself], includeOpen: false)
    #expect(opened?.segments.allSatisfy(\.fragments.isEmpty) ?? true, "not one fragment verifies")

    try house.vault.deleteHeldApart(apart.segment.file, of: house.porch.id)
    #expect(try house.vault.heldApart(of: house.porch.id).isEmpty)
    #expect(throws: Problem.self) { try house.vault.deleteHeldApart("../media/x.mp4", of: house.porch.id) }
  }

  @Test func aFileThatFailedIsSetAsideAndKept() throws {
    try house.vault.setAside("media/\(house.porch.segment.file)", of: house.porch.id)
    #expect(!FileManager.default.fileExists(atPath: house.media(house.porch)))
    let aside = "\(house.path)/\(house.porch.id.text)/media/set-aside"
    #expect(try FileManager.default.contentsOfDirectory(atPath: aside).count == 1)
  }

  @Test func onlySegmentsCanBeDeleted() {
    for file in ["", "x", "../settings/camera.json", "2026-11-23/camera.json", "2026-11-23/../../x.mp4"] {
      #expect(throws: Problem.self) { try house.vault.delete(file, of: house.porch.id) }
    }
  }
}
