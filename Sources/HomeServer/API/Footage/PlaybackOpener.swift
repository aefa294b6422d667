import Catalog
import Domain
import Household
import Housekeeping
import Logging
import Vault

/// The one way from a request to footage: authorise, write into the access log, find the rows, verify, and answer with one
/// seekable file. Playing, exporting, replaying and looking into quarantine all go through it.
struct PlaybackOpener: Sendable {
  let environment: ServerEnvironment
  let household: Household
  let catalog: Catalog
  let vault: Vault
  let views: ViewLogBatcher
  let watch: AccessWatch
  let refusals: MediaRefusals

  /// Footage that was opened for one request.
  struct Opened: Sendable {
    let file: PlayableSpan
    /// The view's row in the access log.
    fileprivate let row: Int64
    fileprivate let credential: Credential
    fileprivate let camera: CameraID
    fileprivate let action: ViewAction
  }

  /// Opens what was recorded of a camera in a span.
  ///
  /// - Throws: `APIFailure` 404 when the request may not, or when there is no footage.
  func open(
    _ request: APIRequest, of camera: CameraID, _ stream: StreamRole, _ span: TimeSpan, for action: ViewAction
  ) async throws -> Opened {
    guard let credential = request.credential else { throw APIFailure.notSignedIn }
    guard
      let grant = try await household.authorise(
        credential, camera: camera, action: action, span: span, from: request.peer, now: environment.now())
    else { throw APIFailure.notFound }
    let rows = try await catalog.segments(of: camera, stream: stream, overlapping: span)
    let now = environment.now()
    let found = try vault.playable(
      grant, stream: stream, segments: rows.map { SegmentLocation(id: $0.id, file: $0.file) },
      includeOpen: now - span.to < .seconds(600), now: now)
    guard let file = found else {
      throw APIFailure(404, "no footage", "nothing was recorded in this span; coverage says why")
    }
    return Opened(file: file, row: grant.viewLogRow, credential: credential, camera: camera, action: action)
  }

  /// Opens what another device sent while it answered for the camera.
  ///
  /// - Throws: `APIFailure` 404 when the request may not, or when there is no footage.
  func open(_ request: APIRequest, _ held: HeldFootage, of camera: CameraID) async throws -> Opened {
    guard let credential = request.credential else { throw APIFailure.notSignedIn }
    guard
      let grant = try await household.authorise(
        credential, camera: camera, action: .export, span: held.span, from: request.peer, now: environment.now()),
      case let row = grant.viewLogRow,
      let file = try PlayableSpan(try vault.openHeldApart(grant, held), span: held.span)
    else { throw APIFailure.notFound }
    return Opened(file: file, row: row, credential: credential, camera: camera, action: .export)
  }

  /// A part of it to send. The view is in the log since before the first byte; only how it ended is added.
  ///
  /// - Parameter watched: whether it ends when the right does; not for what this process reads itself and at once.
  func stream(_ opened: Opened, _ range: Range<UInt64>, watched: Bool = true) -> MediaStream {
    opened.file.stream(range, refused: { await refusals.handle($0) }) {
      await views.note(row: opened.row, bytes: $0)
    } untilRefused: {
      if watched { await watch.whileAllowed(opened.credential, opened.camera, opened.action) }
    }
  }
}
