import Domain
import Seal
import Testing

/// The bytes of the format, field by field, as they were laid out by hand from the description in SegmentSeal: big-endian, times
/// in nanoseconds. Segments of every version are read by every later one.
@Suite struct SegmentFormatTests {
  private func seal() throws -> SegmentSeal {
    func bytes(_ value: UInt8) -> [UInt8] { [UInt8](repeating: value, count: 16) }
    let installation = InstallationID(raw: try #require(RandomID(bytes: bytes(0x11))))
    let camera = try #require(CameraID(bytes: bytes(0x22)))
    let identity = SegmentIdentity(
      installation: installation, segment: SegmentID(camera: camera, raw: try #require(RandomID(bytes: bytes(0x33)))),
      stream: .detect, start: WallTime(nanoseconds: 1_795_469_070_123_456_789),
      monotonic: MonotonicTime(nanoseconds: 12_345_678_901), clock: .unsynchronised,
      boot: try #require(RandomID(bytes: bytes(0x44))), sequence: 12, codec: .h265, hasAudio: true)
    let master = try #require(MasterKey(bytes: [UInt8](repeating: 7, count: 32)))
    let key = master.cameraKey(installation: installation, camera: camera)
    return try #require(SegmentSeal(identity: identity, initialisation: header, key: key))
  }

  @Test func anIdentityBoxIsTheseBytes() throws {
    let box = try seal().identityBox
    #expect(
      Hex.encode(box)
        == "00000098757569644865617274682e6964656e7469747931020102011111111111111111111111111111111122222222"
        + "2222222222222222222222223333333333333333333333333333333318eac99b41e8d91500000002dfdc1c3544444444"
        + "444444444444444444444444000000000000000c683236356a01892e0a4263f338ae5c5fc3cfe4a4518989be29e648c5"
        + "1a241ad512d0d98e")
  }

  @Test func aFootersFieldsAreTheseBytes() throws {
    let seal = try seal()
    let bytes = [UInt8](repeating: 9, count: 300)
    let fragment = try bytes.withUnsafeBytes {
      try seal.seal(
        $0, index: 3, offset: 4096, moofLength: 100, from: MediaTime(nanoseconds: 1_600_000_001),
        to: MediaTime(nanoseconds: 2_400_000_002), previous: .none)
    }
    let footer = seal.footer(of: fragment, previous: .none)
    #expect(
      Hex.encode(footer)
        == "0000005d757569644865617274682e667261676d656e743102000000030000000000001000000000000000012c000000"
        + "005f5e1001000000008f0d180200000000000000000000000000000000" + Hex.encode(fragment.tag.bytes))
  }

  @Test func aMomentOfASegmentIsUTC() throws {
    let identity = try seal().identity
    #expect(identity.wall(at: .zero) == identity.start)
    #expect(identity.wall(at: .zero + .milliseconds(800)) == identity.start + .milliseconds(800))
  }
}
