public import Domain
import FoundationEssentials

/// A change of a camera's settings, as a JSON merge patch (RFC 7396) of what is stored: `{"motion":{"sensitivity":70}}`
/// changes the number and leaves the zones, `{"detect":null}` takes the detection stream out, `{"preRollSeconds":null}`
/// returns to the default. Beside the settings it may hold `password`, which is stored apart and never told.
public struct CameraPatch: Sendable {
  /// What becomes of the password.
  public let password: CameraFolders.PasswordChange
  private let patch: JSONMergePatch

  /// - Throws: `Problem` (exit 65) when it is no JSON object, or the password is no text.
  public init(json: [UInt8]) throws {
    guard case .object(var members)? = try? JSONDecoder().decode(JSONValue.self, from: Data(json)) else {
      throw Problem(.data, "the change is not a JSON object", next: #"send only what is to change: {"audio":true}"#)
    }
    switch members.removeValue(forKey: "password") {
    case nil: password = .keep
    case .null: password = .remove
    case .string(let text): password = .set(Secret(text))
    default: throw Problem(.data, "the password is not a text", next: "send it in quotes, or null to remove it")
    }
    patch = JSONMergePatch(.object(members))
  }

  /// The settings after the change. What they may be is not checked here: see `CameraSettings.validate`.
  ///
  /// - Throws: `Problem` (exit 65) that names the member that is not known, has the wrong type, or can't be changed.
  public func applied(to settings: CameraSettings) throws -> CameraSettings {
    do {
      let merged = patch.applied(to: try StrictJSON.tree(settings))
      try StrictJSON.check(merged, CameraFolders.shape, of: "the change")
      let changed = try JSONDecoder().decode(CameraSettings.self, from: try JSONEncoder().encode(merged))
      try Self.check(settings, changed)
      return changed
    } catch let problem as Problem {
      throw Problem(.data, problem.what, next: problem.next)
    } catch {
      throw Problem(
        .data, "the change can't be used: \(StrictJSON.describe(error))", next: "see /api/openapi.json for its type")
    }
  }

  /// What a change of settings may name, but only as it is.
  private static func check(_ before: CameraSettings, _ after: CameraSettings) throws {
    let fixed: [(String, Bool, String)] = [
      ("id", before.id == after.id, "a camera keeps its id"),
      ("archived", before.archived == after.archived, "archive it with: hearth camera archive"),
      ("media", before.media == after.media, "set it with: hearth camera set --media"),
      ("earlierMedia", before.earlierMedia == after.earlierMedia, "set it with: hearth house set --forget-media"),
    ]
    for (key, isSame, next) in fixed where !isSame {
      throw Problem(.data, "\"\(key)\" can't be changed with the other settings", next: next)
    }
  }
}
