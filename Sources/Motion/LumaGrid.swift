/// A picture shrunk to cells by box average: what every decision is made on.
///
/// Cells are whole squares of pixels, so that a cell's noise is the same everywhere; pixels that don't fill a cell at the
/// right and bottom edges are left out. The longer side has at most `longestSide` cells.
package struct LumaGrid: Sendable, Equatable {
  package static let longestSide = 192

  package let columns: Int
  package let rows: Int
  /// Mean luma of each cell, 0 to 255, row by row.
  package var cells: [Float]

  package init(columns: Int, rows: Int, cells: [Float]) {
    precondition(columns > 0 && rows > 0 && cells.count == columns * rows)
    self.columns = columns
    self.rows = rows
    self.cells = cells
  }

  /// Pixels along a cell's side for a picture of this size.
  package static func cellSide(width: Int, height: Int) -> Int {
    max(1, (max(width, height) + longestSide - 1) / longestSide)
  }

  /// `nil` when the plane is smaller than the size says.
  package init?(_ pixels: Span<UInt8>, width: Int, height: Int, stride: Int) {
    // The first three keep the product from overflowing, whatever a damaged stream says.
    guard width > 0, height > 0, stride >= width, stride <= pixels.count, height <= pixels.count,
      pixels.count >= (height - 1) * stride + width
    else { return nil }
    let side = Self.cellSide(width: width, height: height)
    // The sums of a cell's column stay below 65,536.
    guard side <= 256 else { return nil }
    // A picture that is long and thin may have fewer pixels across than a cell has: then it has one row or column.
    let down = min(side, height)
    let across = min(side, width)
    columns = width / across
    rows = height / down
    let used = columns * across
    let scale = 1 / Float(across * down)
    if across == 4, down == 4, columns % 8 == 0 {
      cells = Self.averageFours(pixels.bytes, stride: stride, columns: columns, rows: rows)
      return
    }
    var cells = [Float](repeating: 0, count: columns * rows)
    var sums = [UInt16](repeating: 0, count: used)
    var line = sums.mutableSpan
    for row in 0..<rows {
      for inner in 0..<down {
        // Bounds that follow from `line.count` leave the loops: one check for each row of pixels.
        let start = (row * down + inner) * stride
        let source = pixels.extracting(start..<(start + line.count))
        if inner == 0 {
          for x in 0..<line.count { line[x] = UInt16(source[x]) }
        } else {
          for x in 0..<line.count { line[x] &+= UInt16(source[x]) }
        }
      }
      Self.sum(line.span, across, scale, into: &cells, from: row * columns, columns)
    }
    self.cells = cells
  }

  /// The usual size, four pixels square: eight cells at a time, a third cheaper than two at a time.
  private static func averageFours(_ pixels: RawSpan, stride: Int, columns: Int, rows: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: columns * rows) { buffer, filled in
      var out = MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(buffer))
      for row in 0..<rows {
        for column in Swift.stride(from: 0, to: columns, by: 8) {
          let top = row &* 4 &* stride &+ column &* 4
          // Sums of two neighbours in four lines, in 16 bits each: at most 2040.
          let twos =
            sumTwos(pixels, top) &+ sumTwos(pixels, top &+ stride) &+ sumTwos(pixels, top &+ 2 &* stride)
            &+ sumTwos(pixels, top &+ 3 &* stride)
          let fours = (twos & 0x0000_ffff_0000_ffff) &+ (twos &>> 16 & 0x0000_ffff_0000_ffff)
          let cells = Eight(unsafeBitCast(fours, to: SIMD8<Int32>.self)) * (1 / 16)
          out.storeBytes(of: cells, toByteOffset: (row &* columns &+ column) &* 4, as: Eight.self)
        }
      }
      filled = columns * rows
    }
  }

  /// The sums of each two neighbours of the 32 pixels from here on.
  @inline(__always) private static func sumTwos(_ pixels: RawSpan, _ at: Int) -> SIMD4<UInt64> {
    let words = pixels.unsafeLoadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self)
    return (words & 0x00ff_00ff_00ff_00ff) &+ (words &>> 8 & 0x00ff_00ff_00ff_00ff)
  }

  /// Adds up each `across` neighbours. The usual sizes have loops of their own, which the compiler unrolls.
  private static func sum(
    _ line: Span<UInt16>, _ across: Int, _ scale: Float, into cells: inout [Float], from start: Int, _ columns: Int
  ) {
    var out = cells.mutableSpan
    switch across {
    case 1:
      for column in 0..<columns { out[start + column] = Float(line[column]) * scale }
    case 2:
      for column in 0..<columns {
        let x = column * 2
        out[start + column] = Float(UInt32(line[x]) &+ UInt32(line[x + 1])) * scale
      }
    case 4:
      for column in 0..<columns {
        let x = column * 4
        let left = UInt32(line[x]) &+ UInt32(line[x + 1])
        out[start + column] = Float(left &+ UInt32(line[x + 2]) &+ UInt32(line[x + 3])) * scale
      }
    default:
      for column in 0..<columns {
        var sum: UInt32 = 0
        for x in column * across..<(column + 1) * across { sum &+= UInt32(line[x]) }
        out[start + column] = Float(sum) * scale
      }
    }
  }
}
