public import Domain
import Files
public import Seal

/// The filmstrip behind the door: read from the camera's folder each time, where the hours are the names of files and the
/// pictures' heads say when they were taken. There is no index of it.
extension Vault {
  /// When pictures were taken in the grant's span, in order of time: the first of each part, when the span is cut into
  /// `most` parts.
  ///
  /// - Throws: `DoorRefusal` when a file among them is not the grant's camera's.
  public func filmstrip(_ grant: borrowing ViewGrant, most: Int) throws -> [WallTime] {
    try Self.check(grant, isFor: [.filmstrip])
    guard let span = grant.span else { throw DoorRefusal.absent }
    let part = max(1, span.duration.nanoseconds / Int64(max(1, most)))
    var first: [Int64: WallTime] = [:]
    try sheets(grant.camera, in: span) { _, pictures in
      for time in pictures.map(\.time) where span.contains(time) {
        let index = (time.nanoseconds - span.from.nanoseconds) / part
        first[index] = min(first[index] ?? time, time)
      }
    }
    return first.values.sorted()
  }

  /// Opens the picture of the grant's span, which names one moment of the list: to the millisecond, as times are told.
  ///
  /// - Throws: `DoorRefusal`.
  public func openFilmstrip(_ grant: borrowing ViewGrant) throws -> VerifiedPicture {
    try Self.check(grant, isFor: [.filmstrip])
    guard let span = grant.span else { throw DoorRefusal.absent }
    let camera = grant.camera
    var found: VerifiedPicture?
    try sheets(camera, in: span) { reader, pictures in
      guard found == nil, let picture = pictures.first(where: { span.contains($0.time) }) else { return }
      // The bytes that were verified are the bytes that are sent.
      found = VerifiedPicture(camera: camera, time: picture.time, bytes: try reader.bytes(of: picture))
    }
    guard let found else {
      try failIfAway(camera)
      throw DoorRefusal.absent
    }
    return found
  }

  /// Reads the heads of all sheets of the hours that `span` touches.
  private func sheets(
    _ camera: CameraID, in span: TimeSpan, _ body: (SheetReader, [FilmstripPicture]) throws -> Void
  ) throws {
    let strips = try folders(camera, "filmstrip")
    for sheet in try sheets(of: camera, touching: span) {
      guard let file = try find(sheet.file, in: strips) else { continue }
      do {
        let reader = try reader(of: sheet, file)
        try body(reader, try reader.pictures())
      } catch let fault as SheetFault {
        throw DoorRefusal.mismatch(camera: camera, file: "filmstrip/\(sheet.file)", fault: "\(fault)")
      }
    }
  }

  private func reader(of sheet: FilmstripSheet, _ file: Descriptor) throws -> SheetReader {
    guard let seal = FilmstripSeal(sheet, key: key(sheet.camera)) else { throw SheetFault.otherIdentity }
    return SheetReader(seal, size: try file.size()) { try file.read(at: $0, count: $1) }
  }
}

/// Housekeeping: facts about files, never their pictures.
extension Vault {
  /// The sheets of a camera: those whose hour shares time with `span`, or all, on all volumes that are there.
  public func sheets(of camera: CameraID, touching span: TimeSpan? = nil) throws -> [FilmstripSheet] {
    var sheets: [FilmstripSheet] = []
    for strip in try folders(camera, "filmstrip") {
      for name in try strip.names() {
        guard let day = CivilDate(text: name), span.map({ $0.from.day <= day && day <= $0.to.day }) ?? true,
          let folder = try present({ try Descriptor.open(name, in: strip, .folder) })
        else { continue }
        sheets += try folder.names().compactMap { FilmstripSheet(file: "\(name)/\($0)", of: camera) }
      }
    }
    return sheets.filter { sheet in span.map { sheet.start < $0.to && $0.from < sheet.end } ?? true }
  }

  /// Verifies every picture of a sheet.
  ///
  /// - Returns: how many there are, how long the file is, and how many bytes follow the last whole picture; `nil` when
  ///   the sheet is gone.
  /// - Throws: `SheetFault` when one is not this camera's or was altered.
  public func inspect(_ sheet: FilmstripSheet) throws -> (pictures: Int, bytes: UInt64, torn: UInt64)? {
    guard let file = try find(sheet.file, in: folders(sheet.camera, "filmstrip")) else { return nil }
    let (reader, size) = (try reader(of: sheet, file), try file.size())
    let pictures = try reader.pictures()
    for picture in pictures { _ = try reader.bytes(of: picture) }
    let end = pictures.last?.end ?? 0
    return (pictures.count, size, size > end ? size - end : 0)
  }

  /// Length in bytes; `nil` when it is gone.
  public func bytes(of sheet: FilmstripSheet) throws -> UInt64? {
    try find(sheet.file, in: folders(sheet.camera, "filmstrip"))?.size()
  }

  /// Deletes a sheet, whose footage is gone; gone already is fine.
  @_spi(Deletion) public func delete(_ sheet: FilmstripSheet) throws {
    for strip in try folders(sheet.camera, "filmstrip") {
      guard let day = try present({ try Descriptor.open(sheet.day.text, in: strip, .folder) }) else { continue }
      try day.delete(sheet.name)
    }
  }
}
