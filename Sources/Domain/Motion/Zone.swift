/// A rectangle in relative coordinates: 0 to 1 of the picture's width and height.
public struct RelativeBox: Hashable, Sendable, Codable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// A point in relative coordinates: 0 to 1 of the picture's width and height.
public struct RelativePoint: Hashable, Sendable, Codable {
  public var x: Double
  public var y: Double

  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A named part of the picture in which motion counts in another way than elsewhere.
public struct Zone: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Motion counts here; with at least one such zone, nowhere else.
    case include
    /// What moves in here only does not count: the street that people also cross on their way in.
    case exclude
    /// What changes here never counts: a clock in the picture, a screen.
    case mask
  }

  public var name: String
  /// At least three corners.
  public var polygon: [RelativePoint]
  public var kind: Kind
  /// 0 to 100 in this zone alone; `nil` follows the camera. Where zones overlap the later one decides.
  public var sensitivity: Int?
  /// The least share of the picture, 0 to 1, that something must have covered to count here; `nil` follows the sensitivity.
  public var minimumSize: Double?

  public init(
    name: String, polygon: [RelativePoint], kind: Kind = .include, sensitivity: Int? = nil, minimumSize: Double? = nil
  ) {
    self.name = name
    self.polygon = polygon
    self.kind = kind
    self.sensitivity = sensitivity
    self.minimumSize = minimumSize
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      polygon: try values.decode([RelativePoint].self, forKey: .polygon),
      kind: try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .include,
      sensitivity: try values.decodeIfPresent(Int.self, forKey: .sensitivity),
      minimumSize: try values.decodeIfPresent(Double.self, forKey: .minimumSize))
  }
}

/// The pictures that zones were drawn on. Relative coordinates mean the same in each size of one shape, and something else
/// when the camera was turned upright or gives another part of what it sees.
public struct PictureShape: Hashable, Sendable, Codable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Whether a picture of this size has the same shape. Streams round their sizes, to whole blocks of 16 pixels at worst.
  public func isShape(ofWidth otherWidth: Int, height otherHeight: Int) -> Bool {
    guard width > 0, height > 0, otherWidth > 0, otherHeight > 0 else { return false }
    let ratio = Double(width) * Double(otherHeight) / (Double(height) * Double(otherWidth))
    return ratio > 0.94 && ratio < 1.06
  }
}

extension PictureShape: CustomStringConvertible {
  public var description: String { "\(width)x\(height)" }

  /// Reads `640x360`; `nil` for anything else.
  public init?(text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]), Self.sides.contains(width),
      Self.sides.contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  /// What a picture's side may be.
  public static let sides = 1...16384
}
