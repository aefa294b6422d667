/// What a person sets of one camera beside its name and its streams.
///
/// An option is declared here and nowhere else: the property with its default, and its line in `all`. The settings' file,
/// house files, the API, validation, what is shown of a change and what a change asks of the worker follow the table.
public struct CameraOptions: Hashable, Sendable {
  public var transport = Transport.tcp
  public var record = RecordMode.continuous
  /// Whether audio is recorded.
  public var audio = false
  /// Whether the detection stream is recorded too, in segments of its own.
  public var recordDetect = true
  /// Whole seconds kept before motion.
  public var preRollSeconds = 5
  /// Whole seconds kept after motion.
  public var postRollSeconds = 10
  public var motion = DetectionSettings()
  /// Limits of this camera alone; what is `nil` follows the household.
  public var retention = RetentionSettings()

  /// Every option at its default.
  public init() {}

  /// All options, in the order in which a house file writes them.
  public static let all: [CameraOption] = [
    CameraOption("transport", .word(of: \.transport), onChange: .restart),
    CameraOption("record", .word(of: \.record), onChange: .restart, isAlwaysWritten: true),
    CameraOption("audio", .flag(\.audio), onChange: .restart),
    CameraOption("recordDetect", house: "record_detect", .flag(\.recordDetect), onChange: .restart),
    CameraOption("preRollSeconds", house: "pre_roll", .seconds(\.preRollSeconds, 0...60), onChange: .reload),
    CameraOption("postRollSeconds", house: "post_roll", .seconds(\.postRollSeconds, 0...120), onChange: .reload),
    CameraOption("motion", .block(DetectionSettings.all), onChange: .reload),
    CameraOption("retention", .retention(\.retention), onChange: .nothing),
  ]

  public var preRoll: Duration { .seconds(preRollSeconds) }
  public var postRoll: Duration { .seconds(postRollSeconds) }
}

/// Members of one JSON object: where they stand in another (a camera's settings), both share it.
extension CameraOptions: Codable {
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CameraOptionKey.self)
    for option in Self.all { try option.decode(&self, from: values) }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CameraOptionKey.self)
    for option in Self.all { try option.encode(self, to: &values) }
  }
}
