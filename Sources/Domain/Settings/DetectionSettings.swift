/// How motion is looked for in one camera, as a person sets it.
public struct DetectionSettings: Hashable, Sendable, Codable {
  public var enabled: Bool
  /// 0 to 100; 50 suits most cameras.
  public var sensitivity: Int
  /// Where motion counts, and how; the whole picture when empty.
  public var zones: [Zone]
  /// The pictures that the zones were drawn on: on another shape they are not used. `nil` uses them on any.
  public var shape: PictureShape?

  public init(enabled: Bool = true, sensitivity: Int = 50, zones: [Zone] = [], shape: PictureShape? = nil) {
    self.enabled = enabled
    self.sensitivity = sensitivity
    self.zones = zones
    self.shape = shape
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    enabled = try container.decodeIfPresent(Bool.self, forKey: .enabled) ?? true
    sensitivity = try container.decodeIfPresent(Int.self, forKey: .sensitivity) ?? 50
    zones = try container.decodeIfPresent([Zone].self, forKey: .zones) ?? []
    shape = try container.decodeIfPresent(PictureShape.self, forKey: .shape)
  }
}
