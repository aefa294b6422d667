extension API {
  /// When there are frames of a span.
  public struct Filmstrip: Codable, Hashable, Sendable {
    /// The camera's id.
    public var camera: String
    /// The moment of each; it names the frame.
    public var pictures: [String]

    public init(camera: String, pictures: [String]) {
      self.camera = camera
      self.pictures = pictures
    }
  }
}
