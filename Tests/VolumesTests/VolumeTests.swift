import Domain
import Files
import Foundation
import Testing
import Volumes

/// A folder that stands for a mounted volume.
private final class Folder {
  let path: String
  var generator = SystemRandomNumberGenerator()
  let owner: VolumeOwner
  let place: MediaPlace

  init(marked: Bool = true) throws {
    path = NSTemporaryDirectory() + "/hearth-volume-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    owner = VolumeOwner(installation: .mint(using: &generator), keyCheck: "0011223344556677")
    place = MediaPlace(path: path, volume: .mint(using: &generator))
    if marked { try marker().write(in: root()) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func root() throws -> Descriptor { try Descriptor.open(path, .folder) }
  func names() throws -> [String] { try root().names() }

  func marker(installation: String? = nil, volume: String? = nil, keyCheck: String? = nil) -> VolumeMarker {
    VolumeMarker(
      installation: installation ?? owner.installation.raw.text, volume: volume ?? place.volume.text,
      keyCheck: keyCheck ?? owner.keyCheck)
  }
}

@Suite struct VolumeTests {
  @Test func aVolumeIsKnownByItsMarkerAndNothingElse() throws {
    let folder = try Folder()
    let other = String(repeating: "a", count: 32)
    func fault(_ marker: VolumeMarker?, _ owner: VolumeOwner? = nil) -> String? {
      VolumeMarker.fault(marker, at: folder.place, of: owner ?? folder.owner)
    }
    #expect(fault(folder.marker()) == nil)
    #expect(fault(nil) == "the volume at \(folder.path) is not mounted")
    #expect(fault(folder.marker(installation: other)) == "the volume at \(folder.path) belongs to another Hearth")
    #expect(fault(folder.marker(volume: other)) == "another volume is mounted at \(folder.path)")
    #expect(fault(folder.marker(keyCheck: "ff")) == "the volume at \(folder.path) was set up with another key")
    // A worker never sees the key.
    #expect(fault(folder.marker(keyCheck: "ff"), VolumeOwner(installation: folder.owner.installation)) == nil)
  }

  @Test func lookingFindsWhatIsThereAndLeavesNothing() throws {
    let folder = try Folder()
    let look = MediaVolume.look(at: folder.place, of: folder.owner, probing: true)
    guard case .ready = look.state else { return #expect(Bool(false), "\(look.state)") }
    #expect(look.root != nil)
    #expect(try folder.names() == ["hearth-volume.json"])
    // The same mounting has the same number.
    #expect(MediaVolume.look(at: folder.place, of: folder.owner, probing: false).state == look.state)
  }

  @Test func nothingIsMadeWhereAVolumeIsAway() throws {
    let folder = try Folder(marked: false)
    let camera = CameraID.mint(using: &folder.generator)
    #expect(
      MediaVolume.look(at: folder.place, of: folder.owner, probing: true).state
        == .away("the volume at \(folder.path) is not mounted"))
    #expect(throws: Problem.self) { try MediaVolume.folder(of: camera, at: folder.place, of: folder.owner) }
    #expect(try folder.names() == [])
    try FileManager.default.removeItem(atPath: folder.path)
    #expect(
      MediaVolume.look(at: folder.place, of: folder.owner, probing: true).state
        == .away("the volume at \(folder.path) is not mounted: there is no such folder"))
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func aDamagedMarkerIsNoMarkerToWriteBy() throws {
    let folder = try Folder(marked: false)
    for text in ["", "{}", "no marker\n", #"{"version":2,"installation":"","volume":""}"#] {
      try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/hearth-volume.json"))
      guard case .away(let cause) = MediaVolume.look(at: folder.place, of: folder.owner, probing: true).state else {
        return #expect(Bool(false), "\(text)")
      }
      #expect(cause.contains("can't be read"), "\(cause)")
    }
  }

  @Test func aLookThatTakesTooLongIsNoLook() throws {
    let folder = try Folder()
    let look = MediaVolume.look(at: folder.place, of: folder.owner, probing: false)
    func judged(_ newest: VolumeLook?, _ lasting: Duration?) -> VolumeState? {
      VolumeWatch.judge(newest, lasting: lasting, folder.place)?.state
    }
    #expect(judged(nil, .seconds(1)) == nil)
    #expect(judged(look, nil) == look.state)
    #expect(judged(look, VolumeWatch.patience) == look.state)
    let silent = VolumeState.silent("the volume at \(folder.path) does not answer")
    #expect(judged(look, VolumeWatch.patience + .milliseconds(1)) == silent)
    #expect(judged(nil, .seconds(60)) == silent)
  }

  @Test func aWatchNoticesGoingAndComing() async throws {
    let folder = try Folder()
    let watches = VolumeWatches(of: folder.owner, probes: true)
    watches.keep([folder.place])
    watches.settle()
    func state() -> VolumeState? { watches.look(at: folder.place)?.state }
    let ready = state()
    guard case .ready? = ready else { return #expect(Bool(false), "\(String(describing: ready))") }
    let away = folder.path + "-away"
    try FileManager.default.moveItem(atPath: folder.path, toPath: away)
    defer { try? FileManager.default.removeItem(atPath: away) }
    while state()?.cause == nil { try await Task.sleep(for: .milliseconds(20)) }
    #expect(watches.look(at: folder.place)?.root == nil)
    try FileManager.default.moveItem(atPath: away, toPath: folder.path)
    while state()?.cause != nil { try await Task.sleep(for: .milliseconds(20)) }
    #expect(state() == ready)
    watches.keep([])
    #expect(state() == nil)
  }

  @Test func aFolderThatIsNoVolumeOfItsOwnIsRefused() throws {
    let folder = try Folder(marked: false)
    let data = try folder.root()
    var generator = SystemRandomNumberGenerator()
    for (path, words) in [
      ("usb", "not an absolute path"), ("/", "not an absolute path"), (folder.path + "/none", "No such file"),
      (folder.path, "no volume of its own"),
    ] {
      do {
        _ = try MediaVolume.setUp(path, of: folder.owner, besides: data, using: &generator)
        #expect(Bool(false), "\(path) was taken")
      } catch let problem as Problem { #expect(problem.what.contains(words), "\(problem.what)") }
    }
    #expect(try folder.names() == [])
  }

  @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm")))
  func settingUpKeepsAMarkerOfOursAndRefusesAnothers() throws {
    let (folder, other) = (try Folder(marked: false), try Folder(marked: false))
    let path = "/dev/shm/hearth-volume-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var generator = SystemRandomNumberGenerator()
    let data = try folder.root()
    let place = try MediaVolume.setUp(path, of: folder.owner, besides: data, using: &generator)
    #expect(place.path == path)
    guard case .ready = MediaVolume.look(at: place, of: folder.owner, probing: true).state else {
      return #expect(Bool(false))
    }
    #expect(try MediaVolume.setUp(path, of: folder.owner, besides: data, using: &generator) == place)
    #expect(throws: Problem.self) {
      try MediaVolume.setUp(path, of: other.owner, besides: data, using: &generator)
    }
    let camera = CameraID.mint(using: &generator)
    #expect(
      try MediaVolume.folder(of: camera, at: place, of: folder.owner).path == "\(path)/cameras/\(camera.text)")
  }

  @Test func networkFileSystemsAreKnownByTheirNumbers() {
    let network: [UInt32: String] = [0x6969: "NFS", 0xff53_4d42: "SMB", 0xfe53_4d42: "SMB", 0x517b: "SMB"]
    for (number, name) in network { #expect(Descriptor.networkFileSystem(number) == name) }
    // ext4, xfs, btrfs, tmpfs, overlay, and FUSE, which doesn't tell.
    for number in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x6573_5546] as [UInt32] {
      #expect(Descriptor.networkFileSystem(number) == nil)
    }
  }
}
