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
    // A picture that is long and thin may have fewer pixels across than a cell has: then it has one row or column.
    let down = min(side, height)
    let across = min(side, width)
    columns = width / across
    rows = height / down
    let used = columns * across
    let scale = 1 / Float(across * down)
    var cells = [Float](repeating: 0, count: columns * rows)
    var sums = [UInt32](repeating: 0, count: used)
    for row in 0..<rows {
      var line = sums.mutableSpan
      for inner in 0..<down {
        let start = (row * down + inner) * stride
        let source = pixels.extracting(start..<(start + used))
        if inner == 0 {
          for x in 0..<used { line[x] = UInt32(source[x]) }
        } else {
          for x in 0..<used { line[x] &+= UInt32(source[x]) }
        }
      }
      var x = 0
      for column in 0..<columns {
        var sum: UInt32 = 0
        for _ in 0..<across {
          sum &+= line[x]
          x &+= 1
        }
        cells[row * columns + column] = Float(sum) * scale
      }
    }
    self.cells = cells
  }
}
