/// Numbers in words for reasons, without Foundation.
enum Text {
  /// One decimal; none from 10 on.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    let held = min(max(value, -1e9), 1e9)
    if abs(held) >= 10 { return String(Int(held.rounded())) }
    let tenths = Int((held * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(sign)\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  static func percent(_ share: Double) -> String {
    share > 0 && share < 0.001 ? "less than 0.1 %" : "\(number(share * 100)) %"
  }
}
