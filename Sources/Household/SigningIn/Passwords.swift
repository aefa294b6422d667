import CCrypt
import Crypto
import Dispatch
import Domain
import Foundation
import Glibc
import Synchronization

/// Hashes passwords with the system's yescrypt, off the threads that serve requests.
///
/// Each hash takes tens of milliseconds and tens of megabytes on purpose. So at most two are made at a time, and no
/// more than a few dozen wait: a flood of sign-ins slows sign-ins, not recording.
public final class PasswordHasher: Sendable {
  static let lengths = 8...1024
  /// 16 MiB for each hash: what the system itself hashes its passwords with at least.
  static let lowestCost: UInt = 5
  /// 64 MiB for each hash: two at a time are still no burden for a small computer.
  static let highestCost: UInt = 7
  /// Dear enough for who guesses, and still a sign-in that nobody waits for: on two cores, two at a time, recording
  /// goes on beside it.
  static let target = Duration.milliseconds(250)

  private let cost: UInt
  /// What hashes of a lower cost begin with.
  private let weaker: Set<String>
  /// What the password of an unknown or passwordless person is compared with: a setting without a hash, as costly to
  /// try as a real one, that nothing equals.
  private let dummy: String
  private let gate = HashGate(places: 2, waiting: 32)
  private let queue = DispatchQueue(label: "hearth.passwords", attributes: .concurrent)
  private let made = Atomic<Int>(0)

  init(cost: UInt, dummySalt: [UInt8]) throws {
    self.cost = cost
    dummy = try Self.setting(cost: cost, salt: dummySalt)
    weaker = Set(
      try (1..<cost).map { try Self.beginning(of: Self.setting(cost: $0, salt: dummySalt)) })
  }

  /// The highest cost within the bounds whose hash takes no longer than the target.
  ///
  /// - Parameter time: how long one hash of a cost takes; asked three times for the lowest, of which the best counts.
  package static func calibrated(by time: (UInt) throws -> Duration) rethrows -> UInt {
    let lowest = try min(time(lowestCost), time(lowestCost), time(lowestCost))
    var cost = lowestCost
    while cost < highestCost, lowest * (1 << (cost + 1 - lowestCost)) <= target { cost += 1 }
    return cost
  }

  /// What one hash takes of a processor: other programs' work doesn't count.
  static func processorTime(of cost: UInt) throws -> Duration {
    func now() -> Duration {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let setting = try setting(cost: cost, salt: [UInt8](repeating: 7, count: 16))
    let began = now()
    _ = try crypt("a password to measure with", setting)
    return now() - began
  }

  /// Whether a hash was made at a lower cost than new ones are.
  func isWeak(_ hash: String) -> Bool { weaker.contains(Self.beginning(of: hash)) }

  /// `$y$` and the cost's own text.
  private static func beginning(of setting: String) -> String {
    setting.split(separator: "$", omittingEmptySubsequences: false).prefix(3).joined(separator: "$")
  }

  /// How many hashes were made since the start.
  package var hashesMade: Int { made.load(ordering: .relaxed) }

  /// - Throws: `Problem` (exit 64) when the password is too short or too long; (exit 69) when too many wait.
  func hash(_ password: Secret, salt: [UInt8]) async throws -> String {
    guard Self.lengths.contains(password.reveal().utf8.count) else {
      throw Problem(
        .usage, "a password has 8 to 1024 bytes; this one has \(password.reveal().utf8.count)",
        next: "choose another; a few words in a row are easy to keep in mind")
    }
    // Only those who proved who they are get here: no crowd of strangers keeps the owner from setting a password.
    return try await run(password, setting: try Self.setting(cost: cost, salt: salt), first: true)
  }

  /// Whether `password` gives `hash`. Without a hash the answer is no, after the same work.
  func verify(_ password: Secret, against hash: String?) async throws -> Bool {
    let setting = hash ?? dummy
    let found = try await run(password, setting: setting, first: false)
    // Compared without stopping at the first difference.
    let (left, right) = (Array(found.utf8), Array(setting.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func run(_ password: Secret, setting: String, first: Bool) async throws -> String {
    try await gate.enter(first: first)
    made.add(1, ordering: .relaxed)
    let phrase = Self.phrase(password)
    let result = await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: Result { try Self.crypt(phrase, setting) }) }
    }
    await gate.leave()
    return try result.get()
  }

  /// crypt(3) reads to the first zero byte and no more than 511 bytes; a digest gives each byte of a password its
  /// weight. In NFC, since keyboards differ in how they compose letters.
  private static func phrase(_ password: Secret) -> String {
    let text = "hearth password 1\n" + password.reveal().precomposedStringWithCanonicalMapping
    return Hex.encode(SHA256.hash(data: Data(text.utf8)))
  }

  private static func setting(cost: UInt, salt: [UInt8]) throws -> String {
    let salt = salt.map { CChar(bitPattern: $0) }
    return try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CRYPT_GENSALT_OUTPUT_SIZE)) { output in
      guard
        let text = crypt_gensalt_rn(
          "$y$", cost, salt, CInt(salt.count), output.baseAddress, CInt(output.count))
      else { throw unavailable(errno) }
      return String(cString: text)
    }
  }

  private static func crypt(_ phrase: String, _ setting: String) throws -> String {
    let size = MemoryLayout<crypt_data>.size
    let area = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    defer { area.deallocate() }
    area.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    guard let text = crypt_rn(phrase, setting, area, CInt(size)) else { throw unavailable(errno) }
    return String(cString: text)
  }

  private static func unavailable(_ code: CInt) -> Problem {
    Problem(
      .internalError, "the system's yescrypt failed", next: "check that libcrypt is 4.4 or newer and memory is free",
      code: .system(code))
  }
}

/// Lets a few in at a time, in the order of their coming; some go before all others.
private actor HashGate {
  private var places: Int
  private let limit: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(places: Int, waiting limit: Int) {
    self.places = places
    self.limit = limit
  }

  func enter(first: Bool) async throws {
    if places > 0 {
      places -= 1
      return
    }
    guard first || waiting.count < limit else {
      throw Problem(.unavailable, "too many people are signing in at once", next: "try again in a few seconds")
    }
    await withCheckedContinuation { waiting.insert($0, at: first ? 0 : waiting.count) }
  }

  /// The place goes to the next in line, or becomes free.
  func leave() {
    if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
  }
}
