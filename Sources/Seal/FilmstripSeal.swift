import Crypto
public import Domain

/// One file of a camera's filmstrip: the pictures that one worker took in one hour of UTC, one sealed JPEG after another.
/// Players take such a file for Motion JPEG.
public struct FilmstripSheet: Hashable, Sendable {
  public let camera: CameraID
  public let raw: RandomID
  /// Hours since 1970-01-01T00:00Z.
  public let hour: Int64

  public static func mint(
    camera: CameraID, at time: WallTime, using generator: inout some RandomNumberGenerator
  ) -> FilmstripSheet {
    FilmstripSheet(camera: camera, raw: .mint(using: &generator), hour: time.seconds.floorDivided(by: 3600))
  }

  private init(camera: CameraID, raw: RandomID, hour: Int64) {
    self.camera = camera
    self.raw = raw
    self.hour = hour
  }

  /// Reads a path relative to the camera's `filmstrip` folder, `2026-11-26/09-<32 hex>.mjpeg`; a label, never proof of
  /// what is inside.
  public init?(file: some StringProtocol, of camera: CameraID) {
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let day = CivilDate(text: parts[0]), parts[1].hasSuffix(".mjpeg") else { return nil }
    let name = parts[1].dropLast(6).split(separator: "-", omittingEmptySubsequences: false)
    guard name.count == 2, name[0].utf8.count == 2, let hour = Int64(name[0]), (0..<24).contains(hour),
      let raw = RandomID(text: name[1])
    else { return nil }
    self.init(camera: camera, raw: raw, hour: day.daysSinceEpoch * 24 + hour)
  }

  public var day: CivilDate { CivilDate(daysSinceEpoch: hour.floorDivided(by: 24)) }
  public var start: WallTime { WallTime(seconds: hour * 3600) }
  public var end: WallTime { WallTime(seconds: (hour + 1) * 3600) }
  public func contains(_ time: WallTime) -> Bool { start <= time && time < end }

  /// Within its day's folder.
  public var name: String {
    let ofDay = hour - day.daysSinceEpoch * 24
    return "\(ofDay < 10 ? "0" : "")\(ofDay)-\(raw.text).mjpeg"
  }

  /// Relative to the camera's `filmstrip` folder.
  public var file: String { "\(day.text)/\(name)" }
}

/// One picture of a sheet, as its head says.
public struct FilmstripPicture: Hashable, Sendable {
  public let index: UInt32
  /// Where it begins in the sheet, in bytes.
  public let offset: UInt64
  /// In bytes, with its seal.
  public let length: UInt32
  public let time: WallTime
  public let previous: Tag
  public let tag: Tag

  public var end: UInt64 { offset + UInt64(length) }
}

/// Why a sheet is not what it should be.
public enum SheetFault: Error, Hashable, Sendable {
  /// A picture says that it is another camera's, another sheet's or another hour's, or is not the next one.
  case otherIdentity
  /// A picture's seal does not hold.
  case altered
}

/// Seals and checks the pictures of one sheet, each in an APP9 segment as `PictureSeal` does, bound to its sheet, its
/// place there, its time and the picture before it. The key is of installation, camera and sheet.
public struct FilmstripSeal: Sendable {
  public let sheet: FilmstripSheet
  private let key: DerivedKey

  private static let name = Array("Hearth.picture.1".utf8)
  private static let kind: UInt8 = 3
  private static let payloadLength = name.count + 16 + 1 + 16 + 8 + 4 + 4 + Tag.length * 2
  /// What stands before a picture's own bytes: enough to know it by, and where the next one begins.
  static let headLength = 6 + payloadLength
  /// No picture of a filmstrip is longer.
  static let mostBytes = 256 << 10

  /// - Returns: `nil` when `key` is another camera's.
  public init?(_ sheet: FilmstripSheet, key: CameraKey) {
    guard key.camera == sheet.camera else { return nil }
    self.sheet = sheet
    self.key = DerivedKey(key: key.derive("filmstrip", sheet.raw.bytes))
  }

  /// - Parameter previous: the picture before it in the sheet; `nil` for the first.
  /// - Returns: the bytes to append and what they are; `nil` when `jpeg` is no JPEG, too long, or of another hour.
  public func seal(
    _ jpeg: [UInt8], at time: WallTime, after previous: FilmstripPicture?
  ) -> (picture: FilmstripPicture, bytes: [UInt8])? {
    guard jpeg.count > 4, jpeg[0] == 0xff, jpeg[1] == 0xd8, sheet.contains(time),
      jpeg.count + Self.headLength <= Self.mostBytes
    else { return nil }
    let (index, before) = (previous.map { $0.index + 1 } ?? 0, previous?.tag ?? .none)
    let length = UInt32(jpeg.count - 2 + Self.headLength)
    let head = head(index: index, length: length, time: time, previous: before)
    let tag = Tag.over(key: key.key, head, Array(jpeg[2...]))
    let segment = Self.payloadLength + 2
    let bytes =
      [0xff, 0xd8, 0xff, 0xe9, UInt8(segment >> 8), UInt8(segment & 0xff)] + head + tag.bytes + jpeg[2...]
    let picture = FilmstripPicture(
      index: index, offset: previous?.end ?? 0, length: length, time: time, previous: before, tag: tag)
    return (picture, bytes)
  }

  private func head(index: UInt32, length: UInt32, time: WallTime, previous: Tag) -> [UInt8] {
    var out = ByteWriter()
    out.put(Self.name)
    out.put(sheet.camera.bytes)
    out.u8(Self.kind)
    out.put(sheet.raw.bytes)
    out.i64(time.nanoseconds)
    out.u32(index)
    out.u32(length)
    out.put(previous.bytes)
    return out.bytes
  }

  /// Reads the head of the picture after `previous`.
  ///
  /// - Parameter bytes: as many bytes as a head has, or fewer at the file's end.
  /// - Returns: `nil` when there is no whole head of a picture: the sheet ends here.
  /// - Throws: `SheetFault.otherIdentity` when it is another sheet's, or not the next one.
  func picture(_ bytes: [UInt8], after previous: FilmstripPicture?) throws(SheetFault) -> FilmstripPicture? {
    var input = ByteReader(bytes)
    guard bytes.count == Self.headLength, input.take(4) == [0xff, 0xd8, 0xff, 0xe9], let high = input.u8(),
      let low = input.u8(), Int(high) << 8 | Int(low) == Self.payloadLength + 2,
      input.take(Self.name.count) == Self.name, let camera = input.take(16), let kind = input.u8(),
      let raw = input.take(16), let time = input.i64(),
      let index = input.u32(), let length = input.u32(), let before = input.take(Tag.length),
      let tag = input.take(Tag.length)
    else { return nil }
    let picture = FilmstripPicture(
      index: index, offset: previous?.end ?? 0, length: length, time: WallTime(nanoseconds: time),
      previous: Tag(bytes: before[...]), tag: Tag(bytes: tag[...]))
    guard camera == sheet.camera.bytes, kind == Self.kind, raw == sheet.raw.bytes, sheet.contains(picture.time),
      index == previous.map({ $0.index + 1 }) ?? 0, picture.previous == previous?.tag ?? .none,
      (Self.headLength + 2...Self.mostBytes).contains(Int(length))
    else { throw .otherIdentity }
    return picture
  }

  /// Whether `bytes` are this picture: the check that stands before every byte that leaves. No byte of the head is taken
  /// on trust, the tag is made anew over it as it must be.
  public func verifies(_ bytes: [UInt8], as picture: FilmstripPicture) -> Bool {
    guard bytes.count == Int(picture.length), bytes.count > Self.headLength else { return false }
    let head = head(index: picture.index, length: picture.length, time: picture.time, previous: picture.previous)
    guard Array(bytes[6..<6 + head.count]) == head else { return false }
    return Tag.over(key: key.key, head, Array(bytes[Self.headLength...])).matches(picture.tag)
  }
}

/// Reads a sheet, which may still be growing, by its pictures' heads.
public struct SheetReader {
  private let seal: FilmstripSeal
  private let size: UInt64
  private let read: (_ offset: UInt64, _ count: Int) throws -> [UInt8]

  public init(_ seal: FilmstripSeal, size: UInt64, read: @escaping (UInt64, Int) throws -> [UInt8]) {
    self.seal = seal
    self.size = size
    self.read = read
  }

  /// The pictures that are there whole, in the order in which they were written. What follows the last whole one was cut
  /// off while it was written, or is just being written.
  ///
  /// - Throws: `SheetFault` when a picture is not this sheet's.
  public func pictures() throws -> [FilmstripPicture] {
    var pictures: [FilmstripPicture] = []
    while let next = try seal.picture(
      try read(pictures.last?.end ?? 0, FilmstripSeal.headLength), after: pictures.last), next.end <= size
    { pictures.append(next) }
    return pictures
  }

  /// One picture's bytes, verified.
  ///
  /// - Throws: `SheetFault.altered` when its seal does not hold.
  public func bytes(of picture: FilmstripPicture) throws -> [UInt8] {
    let bytes = try read(picture.offset, Int(picture.length))
    guard seal.verifies(bytes, as: picture) else { throw SheetFault.altered }
    return bytes
  }
}
