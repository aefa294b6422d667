import Domain

extension HouseFile {
  /// The household as a house file's text. Reading it back and applying it changes nothing; passwords are never in it.
  public var yaml: String {
    var lines = ["# A household of Hearth. See it compared with:  hearth house apply --dry-run THIS-FILE"]
    if !cameras.isEmpty { lines.append("cameras:") }
    for camera in cameras { lines += Self.lines(camera) }
    if !people.isEmpty { lines.append("people:") }
    for person in people { lines += Self.lines(person) }
    if let retention, retention != RetentionSettings() {
      lines.append("retention: \(Self.retention(retention))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ camera: Camera) -> [String] {
    var lines = ["  - name: \(scalar(camera.name))", "    source: \(scalar(camera.source.text))"]
    if let detect = camera.detect { lines.append("    detect: \(scalar(detect.text))") }
    if let user = camera.user { lines.append("    user: \(scalar(user))") }
    for option in CameraOptions.all { lines += Self.lines(option, camera.options, indent: "    ") }
    return lines
  }

  /// Nothing for what is the default: a camera in a house file is declared whole.
  private static func lines(_ option: CameraOption, _ options: CameraOptions, indent: String) -> [String] {
    guard option.isAlwaysWritten || !option.isSame(options, CameraOptions()) else { return [] }
    let head = "\(indent)\(option.houseKey):"
    switch option.form {
    case .block(let inner): return [head] + inner.flatMap { lines($0, options, indent: indent + "  ") }
    case .zones(let path): return [head] + options[keyPath: path].map { "\(indent)  - {\(keys($0))}" }
    case .retention(let path): return ["\(head) \(retention(options[keyPath: path]))"]
    default: return option.form.scalar(options).map { ["\(head) \($0)"] } ?? []
    }
  }

  private static func keys(_ zone: Zone) -> String {
    let corners = zone.polygon.map { "[\($0.x), \($0.y)]" }.joined(separator: ", ")
    var keys = ["name: \(scalar(zone.name))", "polygon: [\(corners)]"]
    if zone.kind != .include { keys.append("kind: \(zone.kind.rawValue)") }
    if let sensitivity = zone.sensitivity { keys.append("sensitivity: \(sensitivity)") }
    if let size = zone.minimumSize { keys.append("minimum_size: \(size)") }
    return keys.joined(separator: ", ")
  }

  private static func lines(_ person: Person) -> [String] {
    var lines = ["  - name: \(scalar(person.name))"]
    if let owner = person.owner { lines.append("    owner: \(owner)") }
    guard let grants = person.grants else { return lines }
    lines.append(grants.isEmpty ? "    grants: []" : "    grants:")
    for grant in grants {
      var keys = ["camera: \(scalar(grant.camera))", "rights: [\(grant.rights.joined(separator: ", "))]"]
      if let until = grant.until { keys.append("until: \(scalar(until))") }
      if let hours = grant.hours { keys.append("hours: \(scalar(hours))") }
      lines.append("      - {\(keys.joined(separator: ", "))}")
    }
    return lines
  }

  private static func retention(_ retention: RetentionSettings) -> String {
    let texts = retention.texts
    let detect = texts.filter { $0.key.hasPrefix("detect.") }.map { "\($0.key.dropFirst(7)): \($0.text)" }
    var parts = texts.filter { !$0.key.hasPrefix("detect.") }.map { "\($0.key): \($0.text)" }
    if !detect.isEmpty { parts.append("detect: {\(detect.joined(separator: ", "))}") }
    return "{\(parts.joined(separator: ", "))}"
  }

  /// Plain where no reader of YAML could take it for anything but text, in double quotes otherwise.
  static func scalar(_ text: String) -> String {
    let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
    let letters = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x20, 0x2d, 0x5f: true
      default: false
      }
    }
    let begins = text.utf8.first.map { ($0 >= 0x41 && $0 <= 0x5a) || ($0 >= 0x61 && $0 <= 0x7a) } ?? false
    if letters, begins, text.utf8.last != 0x20, !words.contains(text.lowercased()) { return text }
    // An address stands in a block mapping only, where ":" and "/" mean nothing unless a space follows.
    if text.hasPrefix("rtsp"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x23 && $0 != 0x22 }) {
      return text.hasSuffix(":") ? "\"\(text)\"" : text
    }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _
      where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        || scalar.value == 0x2028 || scalar.value == 0x2029:
        let hex = String(scalar.value, radix: 16)
        quoted += "\\U" + String(repeating: "0", count: 8 - hex.count) + hex
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension CameraOption.Form {
  /// The value as a house file writes it in one word; `nil` when it takes more, or there is none.
  func scalar(_ options: CameraOptions) -> String? {
    switch self {
    case .flag(let path): HouseDifference.word(options[keyPath: path])
    case .whole(let path, _): "\(options[keyPath: path])"
    case .seconds(let path, _): "\(options[keyPath: path])s"
    case .choice(let choice): choice.word(options)
    case .shape(let path): options[keyPath: path]?.description
    case .zones, .retention, .block: nil
    }
  }
}
