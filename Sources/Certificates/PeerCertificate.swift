internal import CGnuTLS
internal import Domain
internal import Glibc

/// Which certificate a device shows at a TLS port.
///
/// libav's TLS keeps the peer's certificate to itself, so this is a connection of its own that ends after the handshake,
/// before anything is asked or said. Nobody vouches for what a camera signs itself: the certificate is no proof of who it
/// is, but another one is a sign of another device.
public enum PeerCertificate {
  /// The SHA-256 of the certificate (DER) in hexadecimal digits, or `nil` when there is none to be had within `patience`.
  ///
  /// - Parameters:
  ///   - host: a numeric address that the caller has found to be private.
  ///   - mayGoOn: asked about ten times a second; `false` ends it.
  public static func fingerprint(
    of host: String, port: UInt16, patience: Duration, mayGoOn: () -> Bool
  ) -> String? {
    let clock = ContinuousClock()
    let deadline = clock.now + patience
    guard let descriptor = connect(host, port) else { return nil }
    defer { close(descriptor) }
    /// Waits until the socket can be read or written.
    func wait(_ events: Int32) -> Bool {
      while clock.now < deadline, mayGoOn() {
        var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        if poll(&polled, 1, 100) > 0 { return true }
      }
      return false
    }
    guard wait(POLLOUT) else { return nil }
    return handshake(over: descriptor, wait: wait)
  }

  private static func handshake(over descriptor: Int32, wait: (Int32) -> Bool) -> String? {
    var made: gnutls_session_t?
    guard gnutls_init(&made, UInt32(GNUTLS_CLIENT.rawValue | GNUTLS_NONBLOCK.rawValue)) == 0, let session = made else {
      return nil
    }
    defer { gnutls_deinit(session) }
    var credentials: gnutls_certificate_credentials_t?
    guard gnutls_certificate_allocate_credentials(&credentials) == 0, let credentials else { return nil }
    defer { gnutls_certificate_free_credentials(credentials) }
    guard gnutls_set_default_priority(session) == 0,
      gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials)) == 0
    else { return nil }
    gnutls_transport_set_int2(session, descriptor, descriptor)
    while true {
      let code = gnutls_handshake(session)
      if code == 0 { break }
      guard gnutls_error_is_fatal(code) == 0 else { return nil }
      if code == GNUTLS_E_AGAIN, !wait(gnutls_record_get_direction(session) == 1 ? POLLOUT : POLLIN) { return nil }
    }
    defer { gnutls_bye(session, GNUTLS_SHUT_WR) }
    var count: UInt32 = 0
    // The list belongs to the session; the first is the peer's own.
    guard let list = gnutls_certificate_get_peers(session, &count), count > 0 else { return nil }
    var digest = [UInt8](repeating: 0, count: 32)
    var size = digest.count
    guard gnutls_fingerprint(GNUTLS_DIG_SHA256, list, &digest, &size) == 0, size == digest.count else { return nil }
    return Hex.encode(digest)
  }

  /// A socket that is being connected, without waiting.
  private static func connect(_ host: String, _ port: UInt16) -> Int32? {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let found else { return nil }
    defer { freeaddrinfo(found) }
    let descriptor = socket(
      found.pointee.ai_family,
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    guard Glibc.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 || errno == EINPROGRESS else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
