import Glibc

/// Columns of text for a terminal.
package struct Table {
  private var rows: [[String]]

  package init(_ head: String...) { rows = [head] }

  package init(head: [String]) { rows = [head] }

  package var isEmpty: Bool { rows.count == 1 }

  package mutating func add(_ cells: String...) { rows.append(cells) }

  package mutating func add(_ cells: [String]) { rows.append(cells) }

  /// Each column as wide as its widest cell; the last one as it is.
  package var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

/// Numbers in words for people.
package enum Words {
  /// `1.5 GB`; decimal units, as disks are sold.
  package static func bytes(_ count: UInt64) -> String {
    let units: [(UInt64, String)] = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")]
    guard let (unit, name) = units.first(where: { count >= $0.0 }) else { return "\(count) B" }
    return "\(decimal(Double(count) / Double(unit), 1)) \(name)"
  }

  /// With at most `places` decimals and no zeros at the end.
  package static func decimal(_ value: Double, _ places: Int) -> String {
    var factor = 1.0
    for _ in 0..<places { factor *= 10 }
    let scaled = Int64((value * factor).rounded())
    let whole = scaled / Int64(factor)
    var rest = String(abs(scaled % Int64(factor)))
    rest = String(repeating: "0", count: max(0, places - rest.count)) + rest
    while rest.hasSuffix("0") { rest.removeLast() }
    let sign = scaled < 0 && whole == 0 ? "-" : ""
    return rest.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }

  /// `45 s`, `3 min`, `2 h 5 min`.
  package static func duration(seconds: Int64) -> String {
    switch seconds {
    case ..<90: "\(seconds) s"
    case ..<5400: "\((seconds + 30) / 60) min"
    case ..<172_800: seconds % 3600 < 60 ? "\(seconds / 3600) h" : "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: "\(seconds / 86_400) d"
    }
  }
}

/// Standard error and output, without the C library's shared streams.
enum Output {
  /// Writes `text` to standard error as it is, in one piece where the system allows.
  static func error(_ text: String) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes { write(2, $0.baseAddress.map { $0 + done }, bytes.count - done) }
      // There is nowhere left to complain.
      guard put > 0 || errno == EINTR else { return }
      done += max(put, 0)
    }
  }

  /// Gives the numbers 0, 1 and 2 to something when this process was started without them: the next file to be opened
  /// would get one, and be written to as if it were a terminal.
  static func fillStandardDescriptors() {
    var number = open("/dev/null", O_RDWR)
    while (0...2).contains(number) { number = open("/dev/null", O_RDWR) }
    if number > 2 { close(number) }
  }

  /// What was printed goes out now: somebody may wait for it at the other end of a pipe.
  static func flush() { fflush(nil) }
}
