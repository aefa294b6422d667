import Domain
import RTSP
import Testing

@Suite struct DigestTests {
  private static func parameters(_ header: String) -> [String: String] {
    var found: [String: String] = [:]
    for part in header.dropFirst("Digest ".count).split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
      found[pair[0].trimmed] = pair[1].trimmed.trimming("\"")
    }
    return found
  }

  /// RFC 7616 section 3.9.1.
  @Test(arguments: [
    (DigestAlgorithm.md5, "8ca523f5e9506fed4657c9700eebdbec"),
    (.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
  ])
  func theExamplesOfRFC7616(_ algorithm: DigestAlgorithm, _ expected: String) {
    var challenge = DigestChallenge()
    challenge.realm = "http-auth@example.org"
    challenge.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    challenge.opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
    challenge.algorithmName = algorithm.rawValue
    challenge.qualities = ["auth", "auth-int"]
    let response = DigestResponse(
      challenge: challenge, algorithm: algorithm, user: "Mufasa", password: Secret("Circle of Life"),
      clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", count: 1)
    let sent = Self.parameters(response.header(method: "GET", uri: "/dir/index.html"))
    #expect(sent["response"] == expected)
    #expect(sent["username"] == "Mufasa" && sent["qop"] == "auth" && sent["nc"] == "00000001")
    #expect(sent["algorithm"] == algorithm.rawValue && sent["uri"] == "/dir/index.html")
    #expect(sent["opaque"] == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")
  }

  /// RFC 2617 section 3.5, and the form of RFC 2069 section 2.4 with the same values, computed by hand with `md5sum`.
  @Test func theExampleOfRFC2617() {
    var challenge = DigestChallenge()
    challenge.realm = "testrealm@host.com"
    challenge.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    challenge.qualities = ["auth"]
    func response(_ challenge: DigestChallenge) -> [String: String] {
      Self.parameters(
        DigestResponse(
          challenge: challenge, algorithm: .md5, user: "Mufasa", password: Secret("Circle Of Life"),
          clientNonce: "0a4f113b", count: 1
        ).header(method: "GET", uri: "/dir/index.html"))
    }
    #expect(response(challenge)["response"] == "6629fae49393a05397450978507c4ef1")
    challenge.qualities = []
    let plain = response(challenge)
    #expect(plain["response"] == "670fd8c2df070c60b045671b8b24ff02")
    #expect(plain["qop"] == nil && plain["cnonce"] == nil && plain["nc"] == nil && plain["algorithm"] == nil)
  }

  /// RFC 7616 section 3.9.2 asks by SHA-512-256: not known here, and told by its name.
  @Test func anUnknownAlgorithmIsToldByItsName() {
    var authenticator = Authenticator(user: "u", password: Secret("p"), policy: CredentialPolicy(), clientNonce: "c")
    let headers: RTSPHeaders = [
      "WWW-Authenticate":
        "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, nonce=\"5TsQ\", opaque=\"HRP\", charset=UTF-8, userhash=true"
    ]
    #expect(authenticator.challenged(by: headers, attempt: .none) == .unknown(["SHA-512-256"]))
    let negotiate: RTSPHeaders = ["WWW-Authenticate": "Negotiate, NTLM abc=="]
    #expect(authenticator.challenged(by: negotiate, attempt: .none) == .unknown(["Negotiate", "NTLM"]))
    #expect(authenticator.challenged(by: [:], attempt: .none) == .unknown([]))
    let noNonce: RTSPHeaders = ["WWW-Authenticate": "Digest realm=\"a\""]
    #expect(authenticator.challenged(by: noNonce, attempt: .none) == .unknown(["Digest without a nonce"]))
  }
}

@Suite struct ChallengeTests {
  @Test(arguments: [
    "Digest realm=\"a, b=c\", nonce=\"n\", stale=\"FALSE\", algorithm=\"MD5\"",
    "digest realm = \"a, b=c\" ,nonce = \"n\", algorithm=MD5", "DIGEST nonce=n,realm=\"a, b=c\",algorithm=md5",
    "Digest realm=\"a, b=c\" nonce=\"n\" algorithm=\"MD5\"", "Digest realm=\"a, b=c\"; nonce=\"n\"; algorithm=MD5",
    "Digest algorithm=MD5, domain=\"/ /x\", nonce=\"n\", qop=\"\", realm=\"a, b=c\",",
    "Digest realm=\"a, b=c\", nonce=\"n\", algorithm=\"MD5",
  ])
  func quotingAsCamerasDoIt(_ text: String) throws {
    let challenges = AuthenticationChallenge.all(in: ["WWW-Authenticate": text])
    guard case .digest(let challenge) = try #require(challenges.first) else { throw MessageError.notRTSP }
    #expect(challenges.count == 1)
    #expect(challenge.realm == "a, b=c" && challenge.nonce == "n" && challenge.algorithm == .md5)
    #expect(!challenge.isStale && challenge.qualities.isEmpty)
  }

  @Test(arguments: ["qop=\"auth,auth-int\"", "qop=auth,auth-int", "qop=\"auth-int, auth\"", "qop=auth-int,auth"])
  func qualitiesAreReadInAnyForm(_ text: String) throws {
    let challenges = AuthenticationChallenge.all(
      in: ["WWW-Authenticate": "Digest realm=\"r\", \(text), nonce=\"n\", Basic realm=\"r\""])
    guard case .digest(let challenge) = try #require(challenges.first) else { throw MessageError.notRTSP }
    #expect(Set(challenge.qualities) == ["auth", "auth-int"] && challenge.nonce == "n")
    #expect(challenges.last == .basic(realm: "r"))
  }

  @Test(arguments: ["sha-256", "SHA256", "SHA-256", "Sha-256-Sess", "SHA256-sess"])
  func algorithmsAreKnownInAnyCase(_ name: String) throws {
    let challenges = AuthenticationChallenge.all(
      in: ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"n\", algorithm=\(name)"])
    guard case .digest(let challenge) = try #require(challenges.first) else { throw MessageError.notRTSP }
    #expect(challenge.algorithm == (name.lowercased().hasSuffix("sess") ? .sha256Session : .sha256))
    #expect(challenge.algorithmName == name, "it is repeated as it was written")
  }

  private static let offers = [
    "Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"",
    "Digest realm=\"r\", nonce=\"2\", algorithm=MD5-sess",
    "Digest realm=\"r\", nonce=\"3\", algorithm=SHA-256, qop=\"auth\"",
    "Digest realm=\"r\", nonce=\"4\", algorithm=SHA-512-256",
  ]

  @Test func theStrongestKnownOfferIsTakenInEveryOrderAndInAnyNumberOfHeaders() throws {
    for order in Self.offers.permutations {
      for together in [false, true] {
        var headers = RTSPHeaders()
        if together {
          headers.append("WWW-Authenticate", order.joined(separator: ", "))
        } else {
          for offer in order { headers.append("www-authenticate", offer) }
        }
        var authenticator = Authenticator(
          user: "u", password: Secret("p"), policy: CredentialPolicy(), clientNonce: "c")
        #expect(authenticator.challenged(by: headers, attempt: .none) == .answer)
        let url = RequestURL(try .init(scheme: .rtsp, host: "10.0.0.1", port: 554, path: "/a"), host: "10.0.0.1")
        let made = authenticator.authorization(method: .describe, url: url)
        let sent = try #require(made)
        #expect(sent.attempt == .digest(nonce: "3", algorithm: .sha256), "\(order)")
        #expect(!sent.header.contains("p\"") && sent.header.hasPrefix("Digest "))
      }
    }
  }
}

@Suite struct AuthenticatorTests {
  private static let basic: RTSPHeaders = ["WWW-Authenticate": "Basic realm=\"r\""]
  private static func digest(_ nonce: String, stale: Bool = false) -> RTSPHeaders {
    ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"\(nonce)\", qop=\"auth\", stale=\(stale)"]
  }
  private static func url() throws -> RequestURL {
    RequestURL(try CameraAddress(scheme: .rtsp, host: "10.0.0.1", port: 554, path: "/a"), host: "10.0.0.1")
  }
  private func make(_ policy: CredentialPolicy = CredentialPolicy(), user: String? = "u") -> Authenticator {
    Authenticator(user: user, password: Secret("Canary"), policy: policy, clientNonce: "c")
  }

  @Test func basicIsAnsweredOnlyWhereDigestWasNeverAsked() throws {
    var authenticator = make()
    #expect(authenticator.challenged(by: Self.basic, attempt: .none) == .answer)
    // RFC 7617 section 2's kind of value: base64 of "u:Canary".
    #expect(try authenticator.authorization(method: .play, url: Self.url())?.header == "Basic dTpDYW5hcnk=")
    #expect(authenticator.challenged(by: Self.basic, attempt: .basic) == .rejected)
    var before = make(CredentialPolicy(hasAskedByDigest: true))
    #expect(before.challenged(by: Self.basic, attempt: .none) == .downgraded)
    var strict = make(CredentialPolicy(allowsBasic: false))
    #expect(strict.challenged(by: Self.basic, attempt: .none) == .basicNotAllowed)
    var session = make()
    #expect(session.challenged(by: Self.digest("1"), attempt: .none) == .answer)
    #expect(session.challenged(by: Self.basic, attempt: .none) == .downgraded)
    var unknownBeside = make()
    let both: RTSPHeaders = ["WWW-Authenticate": "Basic realm=\"r\", Digest realm=\"r\", nonce=\"1\", algorithm=SHA-3"]
    #expect(unknownBeside.challenged(by: both, attempt: .none) == .unknown(["SHA-3"]))
    #expect(unknownBeside.hasAskedByDigest)
  }

  @Test func aNewNonceIsANewTryOnlyWhenThePasswordIsNotToBlame() throws {
    var authenticator = make()
    #expect(authenticator.challenged(by: Self.digest("1"), attempt: .none) == .answer)
    let first = Authenticator.Attempt.digest(nonce: "1", algorithm: .md5)
    #expect(authenticator.challenged(by: Self.digest("2"), attempt: first) == .rejected)
    #expect(authenticator.challenged(by: Self.digest("2", stale: true), attempt: first) == .answer)
    #expect(authenticator.challenged(by: Self.digest("1", stale: true), attempt: first) == .rejected, "the same nonce")
    #expect(authenticator.challenged(by: Self.digest("3", stale: true), attempt: first, retries: 2) == .rejected)
    authenticator.accepted()
    #expect(authenticator.challenged(by: Self.digest("4"), attempt: first) == .answer)
    #expect(authenticator.challenged(by: Self.digest("4"), attempt: .digest(nonce: "4", algorithm: .md5)) == .rejected)
  }

  @Test func theCountGoesUpWithEachRequestAndBeginsAgainWithANonce() throws {
    var authenticator = make()
    func count() throws -> String {
      let sent = try authenticator.authorization(method: .describe, url: Self.url())
      let header = try #require(sent).header
      return try #require(header.split(separator: " ").first { $0.hasPrefix("nc=") }).dropFirst(3).prefix(8).description
    }
    _ = authenticator.challenged(by: Self.digest("1"), attempt: .none)
    #expect([try count(), try count()] == ["00000001", "00000002"])
    _ = authenticator.challenged(by: Self.digest("2"), attempt: .none)
    #expect(try count() == "00000001")
  }

  @Test func withoutAUserNothingIsSent() throws {
    var authenticator = make(user: nil)
    #expect(authenticator.challenged(by: Self.digest("1"), attempt: .none) == .needsCredentials)
    #expect(try authenticator.authorization(method: .describe, url: Self.url()) == nil)
    #expect(authenticator.realm == "r" && authenticator.scheme == "Digest", "it is evidence all the same")
  }

  @Test func usersWithQuotesStayInTheirQuotes() throws {
    var authenticator = Authenticator(
      user: "a\"b\\c\r\nX: y", password: Secret("p"), policy: CredentialPolicy(), clientNonce: "c")
    _ = authenticator.challenged(by: Self.digest("1"), attempt: .none)
    let sent = try authenticator.authorization(method: .describe, url: Self.url())
    let header = try #require(sent).header
    #expect(header.hasPrefix("Digest username=\"a\\\"b\\\\c  X: y\", realm=\"r\""))
  }

  @Test func aPasswordThatWasTakenBeforeIsTriedAgainSeldom() {
    var retry = PasswordRetry()
    let waits = (0..<6).map { _ in retry.refused(tookItBefore: true) }
    let hour = PasswordRetry.Decision.retry(after: .seconds(3600))
    #expect(
      waits == [
        .retry(after: .seconds(5)), .retry(after: .seconds(30)), .retry(after: .seconds(300)), hour, hour, hour,
      ])
    retry.accepted()
    #expect(retry.refused(tookItBefore: true) == .retry(after: .seconds(5)))
    var never = PasswordRetry()
    #expect(never.refused(tookItBefore: false) == .hold)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

extension String {
  fileprivate func trimming(_ mark: Character) -> String {
    var text = self[...]
    if text.first == mark { text.removeFirst() }
    if text.last == mark { text.removeLast() }
    return String(text)
  }
}
