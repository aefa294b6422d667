public import Domain

extension RetentionSettings {
  /// The keys of `texts`, in their order.
  static let textKeys = [
    "continuous", "motion", "detect.continuous", "detect.motion", "minimum", "maximum", "budget", "reserve",
  ]

  /// What is set, in the words of a house file: `detect.motion` and `90d`.
  public var texts: [(key: String, text: String)] {
    let age = HouseQuantity.ageText
    let all: [(String, String?)] = [
      ("continuous", continuousSeconds.map(age)), ("motion", motionSeconds.map(age)),
      ("detect.continuous", detectContinuousSeconds.map(age)), ("detect.motion", detectMotionSeconds.map(age)),
      ("minimum", minimumSeconds.map(age)), ("maximum", maximumSeconds.map(age)),
      ("budget", budgetBytes.map(HouseQuantity.bytesText) ?? budgetPercent.map { "\($0)%" }),
      ("reserve", reserveSeconds.map(age)),
    ]
    return all.compactMap { key, text in text.map { (key, $0) } }
  }
}
