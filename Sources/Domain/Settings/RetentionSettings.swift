/// How long footage is kept; `nil` where nothing is said here.
public struct RetentionSettings: Hashable, Sendable, Codable {
  /// Seconds that footage without motion is kept.
  public var continuousSeconds: Int64?
  /// Seconds that events and their footage are kept.
  public var motionSeconds: Int64?
  /// The same of the detection stream, where it is kept longer or shorter than the main one.
  public var detectContinuousSeconds: Int64?
  public var detectMotionSeconds: Int64?
  /// Seconds that no budget cuts short.
  public var minimumSeconds: Int64?
  /// Seconds after which nothing is kept that is not protected.
  public var maximumSeconds: Int64?
  /// The most bytes that may be used.
  public var budgetBytes: Int64?
  /// The most hundredths of the volume that may be used.
  public var budgetPercent: Int64?
  /// Seconds of writing that a volume always has room for; of the household alone.
  public var reserveSeconds: Int64?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case continuousSeconds, motionSeconds, detectContinuousSeconds, detectMotionSeconds, minimumSeconds, maximumSeconds
    case budgetBytes, budgetPercent, reserveSeconds
  }

  /// As they stand in files.
  public static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

  public init(
    continuousSeconds: Int64? = nil, motionSeconds: Int64? = nil, detectContinuousSeconds: Int64? = nil,
    detectMotionSeconds: Int64? = nil, minimumSeconds: Int64? = nil, maximumSeconds: Int64? = nil,
    budgetBytes: Int64? = nil, budgetPercent: Int64? = nil, reserveSeconds: Int64? = nil
  ) {
    self.continuousSeconds = continuousSeconds
    self.motionSeconds = motionSeconds
    self.detectContinuousSeconds = detectContinuousSeconds
    self.detectMotionSeconds = detectMotionSeconds
    self.minimumSeconds = minimumSeconds
    self.maximumSeconds = maximumSeconds
    self.budgetBytes = budgetBytes
    self.budgetPercent = budgetPercent
    self.reserveSeconds = reserveSeconds
  }

  /// The values that are set, with their keys.
  public var values: [(key: String, value: Int64)] {
    let all: [(CodingKeys, Int64?)] = [
      (.continuousSeconds, continuousSeconds), (.motionSeconds, motionSeconds),
      (.detectContinuousSeconds, detectContinuousSeconds), (.detectMotionSeconds, detectMotionSeconds),
      (.minimumSeconds, minimumSeconds), (.maximumSeconds, maximumSeconds), (.budgetBytes, budgetBytes),
      (.budgetPercent, budgetPercent), (.reserveSeconds, reserveSeconds),
    ]
    return all.compactMap { key, value in value.map { (key.rawValue, $0) } }
  }

  /// What contradicts itself: the key of a house file that is wrong, what is wrong with it, and what to do.
  public var contradiction: (key: String, what: String, next: String)? {
    let ages = [
      ("continuous", continuousSeconds), ("motion", motionSeconds), ("detect.continuous", detectContinuousSeconds),
      ("detect.motion", detectMotionSeconds), ("maximum", maximumSeconds),
    ]
    for case (let key, let age?) in ages {
      if let minimumSeconds, age < minimumSeconds {
        return (key, "\(key) is shorter than the minimum age", "raise it, or lower minimum")
      }
      if let maximumSeconds, age > maximumSeconds {
        return (key, "\(key) is longer than the maximum age", "lower it, or raise maximum")
      }
    }
    if budgetBytes != nil, budgetPercent != nil {
      return ("budget", "there are two budgets", "give bytes, or a share of the volume")
    }
    if let budgetPercent, !(1...95).contains(budgetPercent) {
      return ("budget", "a budget of \(budgetPercent)% of the volume", "use 1% to 95%")
    }
    return nil
  }

  /// Checks what the types alone don't hold.
  ///
  /// - Throws: `Problem` (exit 65) that names the setting.
  public func validate() throws {
    for (key, value) in values where value < 0 {
      throw Problem(.data, "retention.\(key) is below zero", next: "use 0 or more, or leave it out")
    }
    if let contradiction { throw Problem(.data, contradiction.what, next: contradiction.next) }
  }
}
