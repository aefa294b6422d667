extension FragmentedMP4 {
  /// Reads a `moov` box (with its header) that Hearth wrote.
  ///
  /// - Throws: `MP4Error` for anything else.
  /// - Returns: the tracks in the order of their ids, each with its sample entry as it stands in the file.
  public static func parse(moov: [UInt8]) throws(MP4Error) -> [TrackDescription] {
    var outer = BoxReader(moov, name: "moov")
    guard var box = try outer.nextBox(), box.type == "moov", outer.isAtEnd else { throw MP4Error(.malformed, "moov") }
    var tracks: [TrackDescription] = []
    while var child = try box.payload.nextBox() {
      guard child.type == "trak" else { continue }
      let track = try track(&child.payload)
      guard tracks.count < 8, !tracks.contains(where: { $0.id == track.id }) else {
        throw MP4Error(.malformed, "tracks of moov")
      }
      tracks.append(track)
    }
    guard !tracks.isEmpty else { throw MP4Error(.missing, "trak") }
    return tracks.sorted { $0.id < $1.id }
  }

  private static func track(_ trak: inout BoxReader) throws(MP4Error) -> TrackDescription {
    var id: UInt32?
    var timescale: UInt32?
    var entry: [UInt8]?
    while var box = try trak.nextBox() {
      switch box.type {
      case "tkhd":
        try skipTimes(&box.payload)
        id = try box.payload.u32()
      case "mdia":
        while var inner = try box.payload.nextBox() {
          switch inner.type {
          case "mdhd":
            try skipTimes(&inner.payload)
            timescale = try inner.payload.u32()
          case "minf": entry = try sampleEntry(&inner.payload)
          default: break
          }
        }
      default: break
      }
    }
    guard let id, id > 0 else { throw MP4Error(.missing, "track id") }
    guard let timescale, timescale > 0 else { throw MP4Error(.missing, "timescale of the track") }
    guard let entry else { throw MP4Error(.missing, "stsd") }
    var reader = BoxReader(entry, name: "stsd")
    guard let box = try reader.nextBox() else { throw MP4Error(.missing, "sample entry") }
    let media = try SampleEntry.parse(box.type, box.payload)
    return TrackDescription(id: id, timescale: timescale, media: media, sampleEntry: entry)
  }

  /// Version, flags, creation and modification time.
  private static func skipTimes(_ box: inout BoxReader) throws(MP4Error) {
    let version = try box.u32() >> 24
    try box.skip(version == 1 ? 16 : 8)
  }

  private static func sampleEntry(_ minf: inout BoxReader) throws(MP4Error) -> [UInt8]? {
    while var box = try minf.nextBox() {
      guard box.type == "stbl" else { continue }
      while var table = try box.payload.nextBox() {
        guard table.type == "stsd" else { continue }
        try table.payload.skip(4)
        guard try table.payload.u32() == 1 else { throw MP4Error(.unsupported, "number of sample entries") }
        var rest = table.payload
        let bytes = [UInt8](rest.rest())
        guard bytes.count <= 256 << 10 else { throw MP4Error(.tooLarge, "sample entry") }
        return bytes
      }
    }
    return nil
  }
}
