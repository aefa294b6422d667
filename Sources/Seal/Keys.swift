import Crypto
public import Domain

/// The installation's master key: 32 random bytes that never leave the server and the command line. Every camera's key
/// comes from it.
public struct MasterKey: Sendable {
  private let key: SymmetricKey

  /// `nil` unless there are exactly 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// What the volume keeps to notice a wrong key: 8 bytes that say nothing about the key itself.
  public func checkValue(installation: InstallationID) -> [UInt8] {
    Array(
      HMAC<SHA256>.authenticationCode(for: Array("hearth/check/1".utf8) + installation.raw.bytes, using: key).prefix(8))
  }

  /// HKDF-SHA256 (RFC 5869) over installation and camera.
  public func cameraKey(installation: InstallationID, camera: CameraID) -> CameraKey {
    let info = Array("hearth/camera/1".utf8) + installation.raw.bytes + camera.bytes
    return CameraKey(
      camera: camera, key: HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: info, outputByteCount: 32))
  }
}

/// One camera's key. It carries its camera, so that nothing of one camera can be sealed or opened under another's name.
public struct CameraKey: Sendable {
  public let camera: CameraID
  private let key: SymmetricKey

  init(camera: CameraID, key: SymmetricKey) {
    self.camera = camera
    self.key = key
  }

  /// The worker's side of `hexadecimal`: `nil` unless 64 lower-case hex digits.
  public init?(camera: CameraID, hexadecimal: Secret) {
    guard let bytes = Hex.decode(hexadecimal.reveal()), bytes.count == 32 else { return nil }
    self.init(camera: camera, key: SymmetricKey(data: bytes))
  }

  /// For the pipe to the camera's own worker, nothing else.
  public var hexadecimal: Secret { Secret(Hex.encode(key.withUnsafeBytes { Array($0) })) }

  /// The key of what is held apart: footage of a device that looks like another camera. Nothing sealed with it can pass
  /// for the camera's own, wherever its file is put.
  public var quarantine: CameraKey { CameraKey(camera: camera, key: derive("quarantine", [])) }

  func derive(_ purpose: String, _ subject: [UInt8]) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, info: Array("hearth/\(purpose)/1".utf8) + camera.bytes + subject, outputByteCount: 32)
  }
}

/// A seal's 16 bytes: an HMAC-SHA256 cut to that length, or a fragment's one-time tag.
public struct Tag: Hashable, Sendable {
  public static let length = 16
  /// What the first fragment names as its predecessor.
  public static let none = Tag(bytes: [UInt8](repeating: 0, count: length)[...])
  public let bytes: [UInt8]

  init(bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes.prefix(Tag.length)) }

  /// Computes a tag over several pieces without joining them.
  static func over(key: SymmetricKey, _ head: [UInt8], _ body: UnsafeRawBufferPointer) -> Tag {
    var code = HMAC<SHA256>(key: key)
    head.withUnsafeBytes { code.update(data: $0) }
    code.update(data: body)
    return Tag(bytes: Array(code.finalize())[...])
  }

  static func over(key: SymmetricKey, _ head: [UInt8], _ body: [UInt8] = []) -> Tag {
    body.withUnsafeBytes { over(key: key, head, $0) }
  }

  /// A fragment's tag: AES-256-GMAC (NIST SP 800-38D) of `body` under a key that is this message's alone, the HMAC-SHA256
  /// of `head`.
  ///
  /// Footage is verified each time it is shown, and hashing was more than half of what showing it cost: processors without
  /// instructions for SHA-256 (most home servers') hash 0.4 GB/s, those with them 1.2, and both do 5 to 10 times that with
  /// GMAC. What makes GMAC fragile, a key and nonce used for two messages, can't happen where each message has its own key.
  static func once(key: SymmetricKey, _ head: [UInt8], _ body: UnsafeRawBufferPointer) throws -> Tag {
    let own = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: head, using: key))
    let nonce = try AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 12))
    let sealed = try AES.GCM.seal([UInt8](), using: own, nonce: nonce, authenticating: body)
    return Tag(bytes: Array(sealed.tag)[...])
  }

  /// Compares without stopping at the first difference.
  func matches(_ other: Tag) -> Bool {
    var difference: UInt8 = 0
    for (left, right) in zip(bytes, other.bytes) { difference |= left ^ right }
    return bytes.count == other.bytes.count && difference == 0
  }
}

/// Keeps the crypto library's type out of public signatures.
struct DerivedKey: Sendable {
  let key: SymmetricKey
}
