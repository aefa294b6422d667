import Domain

/// Differences between settings, field by field, in words.
enum HouseDifference {
  static func fields(_ old: CameraSettings, _ new: CameraSettings) -> [String] {
    var fields: [String] = []
    func compare<Value: Equatable>(_ key: String, _ path: (CameraSettings) -> Value, _ shown: (Value) -> String) {
      let (before, after) = (path(old), path(new))
      if before != after { fields.append("\(key): \(shown(before)) -> \(shown(after))") }
    }
    compare("name", { $0.name }, { $0 })
    compare("source", { $0.main }, { $0.text })
    compare("detect", { $0.detect }, { $0?.text ?? "none" })
    compare("user", { $0.user }, { $0 ?? "none" })
    return fields + CameraOptions.all.flatMap { Self.fields($0, old.options, new.options) }
  }

  private static func fields(
    _ option: CameraOption, _ old: CameraOptions, _ new: CameraOptions, in block: String = ""
  ) -> [String] {
    let key = block + option.houseKey
    switch option.form {
    case .block(let inner): return inner.flatMap { fields($0, old, new, in: "\(key).") }
    case .retention(let path): return retention(old[keyPath: path], new[keyPath: path]).map { "\(key).\($0)" }
    default:
      guard !option.isSame(old, new) else { return [] }
      return ["\(key): \(text(option.form, old)) -> \(text(option.form, new))"]
    }
  }

  private static func text(_ form: CameraOption.Form, _ options: CameraOptions) -> String {
    switch form {
    case .zones(let path): zones(options[keyPath: path])
    case .shape(let path): options[keyPath: path]?.description ?? "any picture"
    default: form.scalar(options) ?? ""
    }
  }

  static func retention(_ old: RetentionSettings, _ new: RetentionSettings) -> [String] {
    let before = Dictionary(uniqueKeysWithValues: old.texts.map { ($0.key, $0.text) })
    let after = Dictionary(uniqueKeysWithValues: new.texts.map { ($0.key, $0.text) })
    return RetentionSettings.textKeys.filter { before[$0] != after[$0] }
      .map { "\($0): \(before[$0] ?? "not set") -> \(after[$0] ?? "not set")" }
  }

  static func word(_ value: Bool) -> String { value ? "true" : "false" }

  /// `live, playback until 2026-12-24T22:00:00.000Z at 18:00-23:00`.
  static func words(_ grant: HouseFile.Grant) -> String {
    var text = grant.rights.isEmpty ? "none" : grant.rights.joined(separator: ", ")
    if let until = grant.until { text += " until \(until)" }
    if let hours = grant.hours { text += " at \(hours)" }
    return text
  }

  private static func zones(_ zones: [Zone]) -> String {
    zones.isEmpty
      ? "whole picture" : zones.map { "\($0.name) (\(words($0)))" }.joined(separator: ", ")
  }

  private static func words(_ zone: Zone) -> String {
    var words = ["\(zone.polygon.count) corners"]
    if zone.kind != .include { words.append(zone.kind.rawValue) }
    if let sensitivity = zone.sensitivity { words.append("sensitivity \(sensitivity)") }
    if let size = zone.minimumSize { words.append("at least \(size)") }
    return words.joined(separator: ", ")
  }

  /// A name as it can be typed in a shell.
  static func shellWord(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
      default: false
      }
    }
    return plain && !text.isEmpty
      ? text : "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }
}
