import Crypto
import Foundation

/// The bytes that a log's row is hashed over: each field with its length or a fixed width, so that no two rows that
/// differ give the same bytes.
struct ChainedRow {
  private var bytes: Data

  /// - Parameters:
  ///   - log: keeps the chains of different logs apart.
  ///   - previous: the hash of the row before; `ChainedRow.start` for the first.
  init(log: String, previous: Data) {
    bytes = Data()
    add(log)
    bytes.append(previous)
  }

  static let start = Data(repeating: 0, count: 32)

  mutating func add(_ number: Int64) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ number: Int64?) {
    bytes.append(number == nil ? 0 : 1)
    if let number { add(number) }
  }

  mutating func add(_ text: String) { add(Data(text.utf8)) }

  mutating func add(_ data: Data) {
    add(Int64(data.count))
    bytes.append(data)
  }

  var hash: Data { Data(SHA256.hash(data: bytes)) }
}
