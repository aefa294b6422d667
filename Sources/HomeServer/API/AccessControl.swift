import Catalog
import Domain
import Household
import Housekeeping
import Settings

/// Finds out who asks and what they may do: what every controller holds, and the only way in which most of them reach
/// accounts.
struct AccessControl: Sendable {
  private let household: Household
  private let registry: CameraRegistry
  private let catalog: Catalog
  private let now: @Sendable () -> WallTime

  init(household: Household, registry: CameraRegistry, catalog: Catalog, now: @escaping @Sendable () -> WallTime) {
    self.household = household
    self.registry = registry
    self.catalog = catalog
    self.now = now
  }

  // MARK: - Who asks

  /// Who asks.
  ///
  /// - Throws: `APIFailure` 401 when no valid credential came with the request.
  func principal(_ request: APIRequest) async throws -> Principal {
    guard let credential = request.credential,
      let principal = try await household.authenticate(credential, now: now())
    else { throw APIFailure.notSignedIn }
    return principal
  }

  /// The credential that came with the request; without one nothing is looked up.
  func credential(_ request: APIRequest) throws -> Credential {
    guard let credential = request.credential else { throw APIFailure.notSignedIn }
    return credential
  }

  func owner(_ request: APIRequest) async throws -> Principal {
    let principal = try await principal(request)
    guard principal.isOwner else { throw APIFailure.refused }
    return principal
  }

  /// One who may manage their own account: signed in, at the console, or an owner by token. A token that leaked must not
  /// show or end its person's sessions.
  func accountHolder(_ request: APIRequest) async throws -> Principal {
    let principal = try await principal(request)
    if case .token = principal.credential, !principal.isOwner { throw APIFailure.refused }
    return principal
  }

  // MARK: - What they may

  /// A camera that the principal has `right` on; unknown and refused are the same, and take the same steps.
  func camera(_ text: String, _ principal: Principal, _ right: Rights) async throws -> CameraSettings {
    guard let id = CameraID(text: text) else { throw APIFailure.notFound }
    let rights = try await household.rights(of: principal, on: id, now: now())
    guard let settings = await registry.settings(of: id), rights.isSuperset(of: right) else {
      throw APIFailure.notFound
    }
    return settings
  }

  /// A camera that the principal may see at all, and what they may do with it.
  func visibleCamera(_ text: String, _ principal: Principal) async throws -> (CameraSettings, Rights) {
    guard let id = CameraID(text: text) else { throw APIFailure.notFound }
    let rights = try await household.rights(of: principal, on: id, now: now())
    guard let camera = await registry.settings(of: id), !rights.isEmpty else { throw APIFailure.notFound }
    return (camera, rights)
  }

  /// What the principal may do with each of the cameras; those without any right are left out.
  func rights(of principal: Principal, among cameras: [CameraID]) async throws -> [CameraID: Rights] {
    try await household.rights(of: principal, among: cameras, now: now())
  }

  /// An event that the principal may play back; unknown and refused are the same, and take the same steps.
  func event(_ text: String, _ principal: Principal) async throws -> (Event, CameraSettings) {
    guard let id = EventID(text: text) else { throw APIFailure.notFound }
    let rights = try await household.rights(of: principal, on: id.camera, now: now())
    let found = try await catalog.event(id, among: rights.contains(.playback) ? [id.camera] : [])
    guard let found, let settings = await registry.settings(of: id.camera) else { throw APIFailure.notFound }
    return (found, settings)
  }

  /// Those of the cameras whose events the request may list, each with its row in the access log.
  func listing(_ request: APIRequest, of cameras: [CameraID], span: TimeSpan?) async throws -> Set<CameraID> {
    try await household.listing(try credential(request), of: cameras, span: span, from: request.peer, now: now())
  }

  // MARK: - People

  /// A person by name or id.
  func person(_ text: String) async throws -> Person {
    if let id = PersonID(text: text), let found = try await household.person(id) { return found }
    if let found = try await household.person(named: text) { return found }
    throw APIFailure(404, "no such person", "hearth person list shows who there is")
  }

  /// For one who is no owner, only they themselves exist: others and unknown ones are the same refusal.
  func person(_ text: String, seenBy principal: Principal) async throws -> Person {
    guard !principal.isOwner else { return try await person(text) }
    let byName = try await household.person(named: text)
    let byID: Person? = if let id = PersonID(text: text) { try await household.person(id) } else { nil }
    guard let found = byID ?? byName, found.id == principal.person else { throw APIFailure.refused }
    return found
  }
}
