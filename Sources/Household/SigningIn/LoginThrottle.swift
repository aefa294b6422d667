public import Domain

/// Slows the guessing of passwords, by account and by address. A value: time is an argument, nothing is kept on disk.
///
/// Five attempts are free. Before the one after them stand 2 s, then 4 s, doubling up to 15 minutes; attempts during
/// the wait are turned away and don't lengthen it, so that nobody can be shut out for good. An attempt counts as failed
/// from its beginning: many at once gain nothing.
public struct LoginThrottle: Sendable {
  static let free = 5
  static let longest = Duration.seconds(900)
  /// After this long without an attempt it is as if there was none.
  static let memory = Duration.seconds(86400)

  private struct Tally {
    var attempts: Int
    var last: WallTime

    func wait(_ now: WallTime) -> Duration {
      guard attempts >= LoginThrottle.free else { return .zero }
      let doublings = min(attempts - LoginThrottle.free + 1, 10)
      let needed = min(Duration.seconds(1 << doublings), LoginThrottle.longest)
      return needed - (now - last)
    }
  }

  private var accounts: [String: Tally] = [:]
  private var addresses: [String: Tally] = [:]
  private let capacity: Int

  /// - Parameter capacity: how many accounts and how many addresses are remembered; beyond, the longest unused goes.
  public init(capacity: Int = 10_000) { self.capacity = capacity }

  /// An address as it is counted: of IPv6 the /64 network alone, since a client that has one address of it has them all.
  static func key(_ address: String) -> String {
    guard let number = IPAddress(address) else { return address }
    return number.isIPv4 ? "\(number)" : Hex.encode(number.bytes[..<8])
  }

  /// Begins an attempt, and counts it.
  ///
  /// - Returns: how long to wait instead; `nil` when it may go on.
  public mutating func begin(account: String, address: String, now: WallTime) -> Duration? {
    let address = Self.key(address)
    // A clock that was set back makes no wait longer than it was.
    if let last = accounts[account]?.last, last > now { accounts[account]?.last = now }
    if let last = addresses[address]?.last, last > now { addresses[address]?.last = now }
    let wait = max(
      Self.current(accounts[account], now)?.wait(now) ?? .zero,
      Self.current(addresses[address], now)?.wait(now) ?? .zero)
    guard wait <= .zero else { return wait }
    Self.count(account, in: &accounts, now, capacity)
    Self.count(address, in: &addresses, now, capacity)
    return nil
  }

  /// The attempt was right: the account begins anew, and the address gets this one attempt back. Not more: who has an
  /// account of their own can't use it to go on guessing others'.
  public mutating func succeeded(account: String, address: String) {
    let address = Self.key(address)
    accounts[account] = nil
    guard let tally = addresses[address] else { return }
    addresses[address] = tally.attempts > 1 ? Tally(attempts: tally.attempts - 1, last: tally.last) : nil
  }

  private static func current(_ tally: Tally?, _ now: WallTime) -> Tally? {
    tally.flatMap { now - $0.last < memory ? $0 : nil }
  }

  private static func count(_ key: String, in tallies: inout [String: Tally], _ now: WallTime, _ capacity: Int) {
    let before = current(tallies[key], now)?.attempts ?? 0
    if tallies[key] == nil, tallies.count >= capacity, let oldest = tallies.min(by: { $0.value.last < $1.value.last }) {
      tallies[oldest.key] = nil
    }
    tallies[key] = Tally(attempts: before + 1, last: now)
  }
}
