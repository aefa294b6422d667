import Foundation
import RTSP

/// The JSON that a caller keeps.
enum JSONText {
  static func encode(_ learned: LearnedCamera) throws -> String {
    String(decoding: try JSONEncoder().encode(learned), as: UTF8.self)
  }

  static func decode(_ text: String) throws -> LearnedCamera {
    try JSONDecoder().decode(LearnedCamera.self, from: Data(text.utf8))
  }
}
