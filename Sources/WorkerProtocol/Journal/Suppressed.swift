public import Domain

/// Something changed in a camera's pictures and was not reported as motion: a line of the day's file that the worker writes
/// and the server reads. Kept for a day, so that tuning is not guessing.
public struct SuppressedLine: Hashable, Sendable, Codable {
  /// UTC in milliseconds: when it was first and last seen.
  public var from: Int64
  public var to: Int64
  /// A word for programs, such as `light`, `fast` or `outside`.
  public var cause: String
  /// The cause in words with numbers.
  public var why: String
  /// Where it was when it was largest, and the share of the picture, 0 to 1, that it covered then.
  public var box: RelativeBox
  public var share: Double
  /// How many smaller ones with the same cause were seen in the same seconds and are not written down.
  public var more: Int

  public init(from: WallTime, to: WallTime, cause: String, why: String, box: RelativeBox, share: Double, more: Int) {
    self.from = from.milliseconds
    self.to = to.milliseconds
    self.cause = cause
    self.why = why
    self.box = box
    self.share = share
    self.more = more
  }

  /// For how long lines are kept.
  public static let kept = Duration.seconds(86400)

  /// What follows the day in the name of a day's file, in the camera's journal folder.
  public static let ending = ".suppressed"
}
