import Domain
import FoundationEssentials
import Glibc
import Settings

/// A folder of its own for one test, deleted when the test lets go of it.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "hearth-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path): \(error)") }
  }

  func write(_ text: String, to name: String, mode: Int = 0o600) throws {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")), as: UTF8.self)
  }

  /// The file's number on its volume: another one after it was replaced.
  func inode(_ name: String) throws -> UInt64 {
    var status = stat()
    guard stat("\(path)/\(name)", &status) == 0 else {
      throw Problem(.data, "\(name) is not there", next: "write it first")
    }
    return UInt64(status.st_ino)
  }

  /// The file's permission bits.
  func mode(_ name: String) throws -> Int {
    var status = stat()
    guard stat("\(path)/\(name)", &status) == 0 else {
      throw Problem(.data, "\(name) is not there", next: "write it first")
    }
    return Int(status.st_mode & 0o777)
  }
}

/// Counts up, so that ids in tests are literal.
struct Counting: RandomNumberGenerator {
  var value: UInt64 = 0
  mutating func next() -> UInt64 {
    value += 1
    return value
  }
}

func cameraID(_ digit: Character) throws -> CameraID {
  guard let id = CameraID(text: String(repeating: digit, count: 32)) else {
    throw Problem(.internalError, "not a digit", next: "use a hex digit")
  }
  return id
}

func settings(_ digit: Character, _ name: String) throws -> CameraSettings {
  CameraSettings(
    id: try cameraID(digit), name: name,
    main: try CameraAddress(
      scheme: .rtsp, host: "192.168.1.2\(digit.isNumber ? String(digit) : "0")", port: 554, path: "/main"))
}
