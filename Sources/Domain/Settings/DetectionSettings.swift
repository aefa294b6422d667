/// How motion is looked for in one camera, as a person sets it. Declared like `CameraOptions`: a property with its default,
/// and its line in `all`.
public struct DetectionSettings: Hashable, Sendable {
  public var enabled = true
  /// 0 to 100; 50 suits most cameras.
  public var sensitivity = 50
  /// The pictures that the zones were drawn on: on another shape they are not used. `nil` uses them on any.
  public var shape: PictureShape?
  /// Where motion counts, and how; the whole picture when empty.
  public var zones: [Zone] = []

  /// Everything at its default.
  public init() {}

  public init(sensitivity: Int) { self.sensitivity = sensitivity }

  /// All of them, in the order in which a house file writes them.
  public static let all: [CameraOption] = [
    CameraOption("enabled", .flag(\.motion.enabled), onChange: .reload),
    CameraOption("sensitivity", .whole(\.motion.sensitivity, 0...100), onChange: .reload),
    CameraOption("shape", house: "drawn_on", .shape(\.motion.shape), onChange: .reload),
    CameraOption("zones", .zones(\.motion.zones), onChange: .reload),
  ]
}

extension DetectionSettings: Codable {
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CameraOptionKey.self)
    var options = CameraOptions()
    for option in Self.all { try option.decode(&options, from: values) }
    self = options.motion
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CameraOptionKey.self)
    var options = CameraOptions()
    options.motion = self
    for option in Self.all { try option.encode(options, to: &values) }
  }
}
