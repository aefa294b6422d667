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
  /// Cost 6: 32 MiB for each hash, and about 0.1 s on a small computer.
  public static let standardCost: UInt = 6
  static let lengths = 8...1024

  private let cost: UInt
  /// What the password of an unknown or passwordless person is compared with: a setting without a hash, as costly to
  /// try as a real one, that nothing equals.
  private let dummy: String
  private let gate = HashGate(places: 2, waiting: 32)
  private let queue = DispatchQueue(label: "hearth.passwords", attributes: .concurrent)
  private let made = Atomic<Int>(0)

  init(cost: UInt, dummySalt: [UInt8]) throws {
    self.cost = cost
    dummy = try Self.setting(cost: cost, salt: dummySalt)
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
    return try await run(password, setting: try Self.setting(cost: cost, salt: salt))
  }

  /// Whether `password` gives `hash`. Without a hash the answer is no, after the same work.
  func verify(_ password: Secret, against hash: String?) async throws -> Bool {
    let setting = hash ?? dummy
    let found = try await run(password, setting: setting)
    // Compared without stopping at the first difference.
    let (left, right) = (Array(found.utf8), Array(setting.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func run(_ password: Secret, setting: String) async throws -> String {
    try await gate.enter()
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
      code: code)
  }
}

/// Lets a few in at a time, in the order of their coming.
private actor HashGate {
  private var places: Int
  private let limit: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(places: Int, waiting limit: Int) {
    self.places = places
    self.limit = limit
  }

  func enter() async throws {
    if places > 0 {
      places -= 1
      return
    }
    guard waiting.count < limit else {
      throw Problem(.unavailable, "too many people are signing in at once", next: "try again in a few seconds")
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// The place goes to the next in line, or becomes free.
  func leave() {
    if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
  }
}
