import Domain
import Foundation
import Seal
import Testing

/// A house with two cameras, their keys and a folder for files.
struct House {
  let installation: InstallationID
  let master: MasterKey
  let first: CameraID
  let second: CameraID

  init() throws {
    var generator = SystemRandomNumberGenerator()
    installation = .mint(using: &generator)
    master = try #require(MasterKey(bytes: [UInt8](repeating: 7, count: 32)))
    first = .mint(using: &generator)
    second = .mint(using: &generator)
  }

  func key(_ camera: CameraID) -> CameraKey { master.cameraKey(installation: installation, camera: camera) }

  func identity(_ camera: CameraID, sequence: UInt64 = 1) -> SegmentIdentity {
    var generator = SystemRandomNumberGenerator()
    return SegmentIdentity(
      installation: installation, segment: .mint(camera: camera, using: &generator), stream: .main,
      start: WallTime(seconds: 1_795_469_070), monotonic: .seconds(12), clock: .synchronised,
      boot: .mint(using: &generator), sequence: sequence, codec: .h264, hasAudio: false)
  }
}

func box(_ type: String, _ payload: [UInt8]) -> [UInt8] {
  let size = UInt32(8 + payload.count)
  return [UInt8(size >> 24), UInt8(size >> 16 & 255), UInt8(size >> 8 & 255), UInt8(size & 255)] + Array(type.utf8)
    + payload
}

let header = box("ftyp", Array("iso6....".utf8)) + box("moov", [UInt8](repeating: 1, count: 64))

@Suite struct KeyTests {
  @Test func aKeyIsBoundToInstallationAndCamera() throws {
    let house = try House()
    var generator = SystemRandomNumberGenerator()
    let other = InstallationID.mint(using: &generator)
    #expect(house.key(house.first).hexadecimal != house.key(house.second).hexadecimal)
    #expect(
      house.key(house.first).hexadecimal != house.master.cameraKey(installation: other, camera: house.first).hexadecimal
    )
    #expect(house.key(house.first).hexadecimal == house.key(house.first).hexadecimal)
  }

  @Test func aMasterKeyHas32Bytes() {
    #expect(MasterKey(bytes: [UInt8](repeating: 1, count: 31)) == nil)
    #expect(MasterKey(bytes: []) == nil)
  }

  @Test func theKeyTravelsAsHexadecimalAndComesBackTheSame() throws {
    let house = try House()
    let key = try #require(CameraKey(camera: house.first, hexadecimal: house.key(house.first).hexadecimal))
    #expect(key.hexadecimal == house.key(house.first).hexadecimal)
    #expect(CameraKey(camera: house.first, hexadecimal: Secret("00")) == nil)
  }
}

@Suite struct SegmentNameTests {
  @Test func namesSayStreamAndOrder() throws {
    let raw = try #require(RandomID(text: "00112233445566778899aabbccddeeff"))
    #expect(
      SegmentFileName(sequence: 12, stream: .main, raw: raw).text == "0000000012-00112233445566778899aabbccddeeff.mp4")
    let detect = SegmentFileName(sequence: 12, stream: .detect, raw: raw)
    #expect(detect.text == "0000000012-detect-00112233445566778899aabbccddeeff.mp4")
    #expect(SegmentFileName(detect.text) == detect)
  }

  @Test(arguments: [
    "", "x.mp4", "1-2.mp4", "0000000012-00112233445566778899aabbccddeeff.jpg",
    "../0000000012-00112233445566778899aabbccddeeff.mp4",
  ])
  func foreignNamesAreNotOurs(_ name: String) { #expect(SegmentFileName(name) == nil) }
}

@Suite struct PictureSealTests {
  let jpeg: [UInt8] = [0xff, 0xd8, 0xff, 0xdb, 1, 2, 3, 4, 5, 0xff, 0xd9]

  @Test func aPictureProvesWhoseItIs() throws {
    let house = try House()
    var generator = SystemRandomNumberGenerator()
    let event = EventID.mint(camera: house.first, using: &generator)
    let identity = PictureIdentity(camera: house.first, kind: .thumbnail(event), time: WallTime(seconds: 5))
    let sealed = try #require(PictureSeal.seal(jpeg, as: identity, key: house.key(house.first)))
    #expect(sealed.starts(with: [0xff, 0xd8, 0xff, 0xe9]))
    #expect(PictureSeal.verify(sealed, key: house.key(house.first)) == identity)
    #expect(PictureSeal.verify(sealed, key: house.key(house.second)) == nil)
  }

  @Test func everyFlippedBitIsNoticed() throws {
    let house = try House()
    let identity = PictureIdentity(camera: house.first, kind: .snapshot, time: WallTime(seconds: 5))
    let sealed = try #require(PictureSeal.seal(jpeg, as: identity, key: house.key(house.first)))
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 0x10
      #expect(PictureSeal.verify(changed, key: house.key(house.first)) == nil, "byte \(index)")
    }
  }

  @Test func anotherCamerasKeyCanNotSeal() throws {
    let house = try House()
    let identity = PictureIdentity(camera: house.first, kind: .snapshot, time: WallTime(seconds: 5))
    #expect(PictureSeal.seal(jpeg, as: identity, key: house.key(house.second)) == nil)
    #expect(PictureSeal.seal([1, 2, 3], as: identity, key: house.key(house.first)) == nil)
  }
}

@Suite struct LiveSealTests {
  @Test func aMessageOfAnotherCameraDoesNotPass() throws {
    let house = try House()
    let message = LiveMessage(kind: .fragment, camera: house.first, generation: 3, sequence: 9, body: [1, 2, 3])
    let payload = LiveSeal(key: house.key(house.first)).seal(message)
    let opened = try #require(LiveSeal(key: house.key(house.first)).open(payload))
    #expect(opened.body == [1, 2, 3])
    #expect(opened.generation == 3)
    #expect(opened.sequence == 9)
    #expect(LiveSeal(key: house.key(house.second)).open(payload) == nil)
    for index in payload.indices {
      var changed = payload
      changed[index] ^= 1
      #expect(LiveSeal(key: house.key(house.first)).open(changed) == nil, "byte \(index)")
    }
    #expect(LiveSeal(key: house.key(house.first)).open([]) == nil)
  }
}

@Suite struct EventRecordTests {
  @Test func anEventComesBackOnlyUnderItsOwnKey() throws {
    let house = try House()
    var generator = SystemRandomNumberGenerator()
    let event = Event(
      id: .mint(camera: house.first, using: &generator), start: WallTime(seconds: 100), end: WallTime(seconds: 110),
      best: WallTime(seconds: 105), peak: 0.125, boxes: [RelativeBox(x: 0.25, y: 0.5, width: 0.125, height: 0.25)],
      reasons: ["moved 0.4 of the picture's width"], zones: ["path"])
    let bytes = try #require(try EventRecord.seal(event, key: house.key(house.first)))
    #expect(EventRecord.open(bytes, key: house.key(house.first)) == event)
    #expect(EventRecord.open(bytes, key: house.key(house.second)) == nil)
    #expect(try EventRecord.seal(event, key: house.key(house.second)) == nil)
    var changed = bytes
    changed[10] ^= 1
    #expect(EventRecord.open(changed, key: house.key(house.first)) == nil)
    #expect(EventRecord.open(Array("{}".utf8), key: house.key(house.first)) == nil)
  }
}
