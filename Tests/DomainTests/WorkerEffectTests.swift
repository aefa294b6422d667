import Domain
import Testing

/// What each setting asks of a running worker, spelt out: a new one has to be added here too, after some thought.
@Suite struct WorkerEffectTests {
  private static let options: [String: WorkerEffect] = [
    "transport": .restart, "record": .restart, "audio": .restart, "recordDetect": .restart,
    "preRollSeconds": .reload, "postRollSeconds": .reload, "motion": .reload, "retention": .nothing,
  ]
  private static let fields: [String: WorkerEffect] = [
    "id": .restart, "name": .reload, "main": .restart, "detect": .restart, "user": .restart, "archived": .restart,
    "media": .restart, "earlierMedia": .nothing,
  ]

  private func settings() throws -> CameraSettings {
    CameraSettings(
      id: try #require(CameraID(text: String(repeating: "1", count: 32))), name: "Porch",
      main: try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 554, path: "/"))
  }

  private func names(_ value: some Any) -> Set<String> { Set(Mirror(reflecting: value).children.compactMap(\.label)) }

  @Test func everyStoredSettingHasItsLineInItsTable() throws {
    let settings = try settings()
    #expect(names(settings) == Set(CameraSettings.fields.map(\.name)).union(["options"]))
    #expect(names(settings.options) == Set(CameraOptions.all.map(\.key)))
    #expect(names(settings.motion) == Set(DetectionSettings.all.map(\.key)))
  }

  @Test func theTableSaysOfEachWhatIsExpected() {
    #expect(Dictionary(uniqueKeysWithValues: CameraOptions.all.map { ($0.key, $0.effect) }) == Self.options)
    #expect(Dictionary(uniqueKeysWithValues: CameraSettings.fields.map { ($0.name, $0.effect) }) == Self.fields)
    #expect(DetectionSettings.all.allSatisfy { $0.effect == .reload })
  }

  /// Each option of the table, changed alone.
  @Test(arguments: CameraOptions.all.map(\.key))
  func anOptionThatChangesAloneAsksForWhatItsLineSays(_ key: String) throws {
    let old = try settings()
    for option in CameraOptions.all where option.key == key {
      for changed in changes(option.form, old.options) {
        var new = old
        new.options = changed
        #expect(old.effect(of: new) == Self.options[key], "\(key)")
        #expect(new.effect(of: old) == Self.options[key], "\(key)")
      }
    }
  }

  /// Options that differ from `options` in one value of this form.
  private func changes(_ form: CameraOption.Form, _ options: CameraOptions) -> [CameraOptions] {
    var new = options
    switch form {
    case .flag(let path): new[keyPath: path].toggle()
    case .whole(let path, let range), .seconds(let path, let range):
      new[keyPath: path] = new[keyPath: path] == range.upperBound ? range.lowerBound : range.upperBound
    case .choice(let choice):
      for word in choice.words where word != choice.word(options) {
        let isSet = choice.set(&new, word)
        #expect(isSet)
      }
    case .zones(let path): new[keyPath: path] = [Zone(name: "path", polygon: [])]
    case .shape(let path): new[keyPath: path] = PictureShape(width: 640, height: 360)
    case .retention(let path): new[keyPath: path].motionSeconds = 60
    case .block(let inner): return inner.flatMap { changes($0.form, options) }
    }
    #expect(new != options)
    return [new]
  }

  @Test func otherSettingsAskForTheMostOfTheirChanges() throws {
    let old = try settings()
    #expect(old.effect(of: old) == .nothing)
    var new = old
    new.earlierMedia = [
      MediaPlace(path: "/mnt/a", volume: try #require(RandomID(text: String(repeating: "a", count: 32))))
    ]
    new.retention.motionSeconds = 60
    #expect(old.effect(of: new) == .nothing)
    new.name = "Back door"
    #expect(old.effect(of: new) == .reload)
    new.user = "recorder"
    #expect(old.effect(of: new) == .restart)
  }

  /// The defaults, written down once more so that none changes by mistake.
  @Test func optionsHaveTheirDefaults() {
    let options = CameraOptions()
    #expect(options.transport == .tcp && options.record == .continuous && !options.audio && options.recordDetect)
    #expect(options.preRollSeconds == 5 && options.postRollSeconds == 10)
    #expect(options.motion.enabled && options.motion.sensitivity == 50)
    #expect(options.motion.zones == [] && options.motion.shape == nil && options.retention == RetentionSettings())
  }
}
