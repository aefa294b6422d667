internal import CFFmpeg

/// Shrinks a picture by averaging the box of pixels under each new one, and spreads limited range to full on the way:
/// a JPEG's samples are full range, and blacks would be grey otherwise.
enum PictureScaler {
  /// Fills `frame` (yuvj420p, buffer taken).
  static func scale(_ picture: Picture, into frame: FrameHandle) throws(FFmpegError) {
    let layout = try picture.layout()
    let target = frame.pointer.pointee
    let (width, height) = (Int(target.width), Int(target.height))
    let half = (width: (width + 1) / 2, height: (height + 1) / 2)
    guard let luma = target.data.0, let blue = target.data.1, let red = target.data.2 else {
      throw FFmpegError(.other, operation: "shrink picture", text: "there is no room for the planes")
    }
    shrink(
      try picture.plane(0, layout), shift: layout.shift, isWide: layout.depth > 8,
      into: luma, stride: Int(target.linesize.0), width: width, height: height,
      map: picture.isFullRange ? identity : brightness)
    let map = picture.isFullRange ? identity : colour
    for (index, data, stride) in [(1, blue, target.linesize.1), (2, red, target.linesize.2)] {
      if layout.chroma == nil {
        for y in 0..<half.height { (data + y * Int(stride)).update(repeating: 128, count: half.width) }
      } else {
        shrink(
          try picture.plane(index, layout), shift: layout.shift, isWide: layout.depth > 8,
          into: data, stride: Int(stride), width: half.width, height: half.height, map: map)
      }
    }
    withExtendedLifetime((picture, frame)) {}
  }

  private static let identity: [UInt8] = (0...255).map { (value: Int) in UInt8(value) }

  /// 16...235 to 0...255.
  private static let brightness: [UInt8] = (0...255).map { (value: Int) in
    let spread: Int = (max(value - 16, 0) * 255 + 109) / 219
    return UInt8(min(spread, 255))
  }

  /// 16...240 around 128 to 1...255 around 128.
  private static let colour: [UInt8] = (0...255).map { (value: Int) in
    let spread: Int = (abs(value - 128) * 255 + 112) / 224
    return UInt8(min(max(value < 128 ? 128 - spread : 128 + spread, 0), 255))
  }

  private static func shrink(
    _ source: Picture.Plane, shift: Int, isWide: Bool, into target: UnsafeMutablePointer<UInt8>, stride: Int,
    width: Int, height: Int, map: [UInt8]
  ) {
    var sums = [UInt32](repeating: 0, count: source.width)
    // A colour plane may be smaller than what it becomes (odd sizes): a box is at least one pixel.
    let columns = edges(of: source.width, in: width)
    let rows = edges(of: source.height, in: height)
    for y in 0..<height {
      let box = rows[y]
      for index in sums.indices { sums[index] = 0 }
      for line in box {
        if isWide {
          source.row(line).withMemoryRebound(to: UInt16.self, capacity: source.width) { row in
            add(UnsafeBufferPointer(start: row, count: source.width), to: &sums)
          }
        } else {
          add(UnsafeBufferPointer(start: source.row(line), count: source.width), to: &sums)
        }
      }
      let out = target + y * stride
      for x in 0..<width {
        var sum: UInt32 = 0
        for column in columns[x] { sum &+= sums[column] }
        let count = UInt32(columns[x].count * box.count)
        out[x] = map[Int(min(((sum + count / 2) / count) >> UInt32(shift), 255))]
      }
    }
  }

  private static func add(_ row: UnsafeBufferPointer<some FixedWidthInteger & UnsignedInteger>, to sums: inout [UInt32])
  {
    for x in 0..<min(row.count, sums.count) { sums[x] &+= UInt32(truncatingIfNeeded: row[x]) }
  }

  private static func edges(of length: Int, in parts: Int) -> [Range<Int>] {
    (0..<parts).map { part in
      let start = min(part * length / parts, length - 1)
      return start..<max(start + 1, min((part + 1) * length / parts, length))
    }
  }
}
