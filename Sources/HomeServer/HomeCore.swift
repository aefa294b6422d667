import Catalog
import Domain
import Files
public import Household
import Logging
import Seal
public import Settings
import Vault
import WorkerProtocol

/// Everything the home server decides and does, without a network: the API's requests come in as values and go out as
/// values. The server puts HTTP around it; a command that works on the data directory itself calls it directly.
public struct HomeCore: Sendable {
  public let surroundings: Surroundings
  let data: DataDirectory
  let catalog: Catalog
  public let household: Household
  let vault: Vault
  let folders: CameraFolders
  let cameras: Cameras
  let indexer: Indexer
  let alarms: Alarms
  /// Where the page is reached, for sign-in links; empty when nothing listens.
  let base: BaseAddress
  let openAPI: [UInt8]?

  /// Opens the databases and reads the camera folders. The caller holds the data directory's writer lock.
  ///
  /// A catalog that can't be used is moved aside and made anew: it is filled again from the folders. A household that
  /// can't be used stops the start, since nothing can make it again.
  ///
  /// - Throws: `Problem` that names the file and what to do.
  public static func open(
    _ data: DataDirectory, surroundings: Surroundings, openAPI: [UInt8]? = nil
  ) async throws -> HomeCore {
    let paths = data.databasePaths
    let catalog = try openCatalog(paths.catalog, in: data, surroundings)
    let household = try Household(path: paths.household, generator: SystemRandomNumberGenerator())
    let vault = Vault(camerasPath: data.camerasPath, installation: data.installation, masterKey: data.masterKey)
    let folders = CameraFolders(data: data)
    let cameras = Cameras(folders: folders, now: surroundings.now)
    try await cameras.reload()
    let core = HomeCore(
      surroundings: surroundings, data: data, catalog: catalog, household: household, vault: vault, folders: folders,
      cameras: cameras, indexer: Indexer(catalog: catalog, vault: vault, log: surroundings.log), alarms: Alarms(),
      base: BaseAddress(), openAPI: openAPI)
    try await core.finishDeletions()
    return core
  }

  private static func openCatalog(
    _ path: String, in data: DataDirectory, _ surroundings: Surroundings
  ) throws -> Catalog {
    do {
      return try Catalog(path: path)
    } catch let unusable as CatalogUnusable {
      let stamp = surroundings.now().milliseconds
      surroundings.log.error(
        "the catalog is unusable and is made again from the folders", metadata: ["cause": "\(unusable)"])
      for suffix in ["", "-wal", "-shm"] where data.folder.contains("catalog.sqlite\(suffix)") {
        try data.folder.renameNew("catalog.sqlite\(suffix)", to: "catalog.sqlite\(suffix).unusable-\(stamp)")
      }
      return try Catalog(path: path)
    }
  }

  // MARK: - Finding out who asks

  /// Who asks, or the answer 401.
  func principal(_ request: APIRequest) async throws -> Principal {
    guard let credential = request.credential,
      let principal = try await household.authenticate(credential, now: surroundings.now())
    else { throw APIFailure.notSignedIn }
    return principal
  }

  /// What the request showed; without anything nobody is looked up.
  func credential(_ request: APIRequest) throws -> Credential {
    guard let credential = request.credential else { throw APIFailure.notSignedIn }
    return credential
  }

  func owner(_ request: APIRequest) async throws -> Principal {
    let principal = try await principal(request)
    guard principal.isOwner else { throw APIFailure.refused }
    return principal
  }

  /// The cameras on which the principal has `right`, archived ones included.
  func allowed(_ principal: Principal, _ right: Rights) async throws -> Set<CameraID> {
    let existing = Set(await cameras.all.map(\.id))
    return try await household.camerasVisible(to: principal, needing: right).among(existing)
  }

  /// A camera that the principal has `right` on; unknown and refused are the same.
  func camera(_ text: String, _ principal: Principal, _ right: Rights) async throws -> CameraSettings {
    guard let id = CameraID(text: text), let settings = await cameras.settings(of: id),
      try await household.rights(of: principal, on: id).isSuperset(of: right)
    else { throw APIFailure.notFound }
    return settings
  }

  /// A camera by its id or by its name, for the owner's commands.
  func camera(named text: String) async throws -> CameraSettings {
    let all = await cameras.all
    if let id = CameraID(text: text), let found = all.first(where: { $0.id == id }) { return found }
    guard let found = all.first(where: { $0.name.lowercased() == text.lowercased() }) else {
      let names = all.filter { !$0.archived }.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw APIFailure(
        404, "no such camera", names.isEmpty ? "there is no camera yet: hearth camera add" : "the cameras are \(names)")
    }
    return found
  }

  // MARK: - Answering

  /// Answers one request. Never throws: every failure is an answer.
  public func respond(to request: APIRequest) async -> APIResponse {
    do {
      return try await route(request)
    } catch let failure as APIFailure {
      return .problem(failure)
    } catch let refusal as DoorRefusal {
      return .problem(await answer(refusal))
    } catch let problem as Problem {
      if problem.exit == .internalError || problem.exit == .inputOutput {
        surroundings.log.error("a request failed", metadata: ["what": "\(problem.what)"])
      }
      return .problem(APIFailure(problem))
    } catch let unusable as CatalogUnusable {
      surroundings.log.error("the catalog failed", metadata: ["cause": "\(unusable)"])
      return .problem(APIFailure(unusable.problem))
    } catch {
      surroundings.log.error("a request failed", metadata: ["error": "\(error)"])
      return .problem(APIFailure(500, "something went wrong", "look into the server's log"))
    }
  }

  /// A mismatch is answered with fixed words, counted, shown to the owner, and its file set aside.
  func answer(_ refusal: DoorRefusal) async -> APIFailure {
    guard case .mismatch(let camera, let file, let fault) = refusal else { return .notFound }
    surroundings.log.critical(
      "identity mismatch: nothing was sent", metadata: ["camera": "\(camera)", "file": "\(file)", "fault": "\(fault)"])
    await alarms.raise(
      Alarm(
        at: surroundings.now(), camera: camera, what: "footage that did not belong to the camera was refused: \(fault)",
        file: file))
    do { try vault.setAside(file, of: camera) } catch {
      surroundings.log.error("a refused file could not be set aside", metadata: ["error": "\(error)"])
    }
    return .mismatch
  }

  // swift-format-ignore: one table of all addresses, read from top to bottom
  private func route(_ request: APIRequest) async throws -> APIResponse {
    var method = request.method
    if method == "HEAD" { method = "GET" }
    let path = request.path
    if path == ["api", "openapi.json"], method == "GET", let openAPI {
      return APIResponse(
        200, headers: [("content-type", "application/json"), ("cache-control", "no-cache")], body: .bytes(openAPI))
    }
    guard path.starts(with: ["api", "v1"]) else { throw APIFailure.notFound }
    let rest = Array(path.dropFirst(2))
    switch (method, rest.first ?? "", rest.count) {
    case ("GET", "health", 1): return try .json(["status": "ok"])
    case ("GET", "session", 1): return try await session(request)
    case ("POST", "session", 1): return try await signIn(request)
    case ("DELETE", "session", 1): return try await signOut(request)
    case ("POST", "setup", 1): return try await setUp(request)
    case ("GET", "cameras", 1): return try await listCameras(request)
    case ("POST", "cameras", 1): return try await addCamera(request)
    case ("GET", "cameras", 2): return try await showCamera(request, rest[1])
    case ("PATCH", "cameras", 2): return try await changeCamera(request, rest[1])
    case ("POST", "cameras", 3) where rest[2] == "archive": return try await archiveCamera(request, rest[1])
    case ("GET", "cameras", 3) where rest[2] == "video.mp4": return try await video(request, rest[1])
    case ("GET", "cameras", 3) where rest[2] == "snapshot.jpg": return try await snapshot(request, rest[1])
    case ("GET", "cameras", 3) where rest[2] == "coverage": return try await coverage(request, rest[1])
    case ("GET", "events", 1): return try await listEvents(request)
    case ("GET", "events", 2): return try await showEvent(request, rest[1])
    case ("GET", "events", 3) where rest[2] == "clip.mp4": return try await clip(request, rest[1])
    case ("GET", "events", 3) where rest[2] == "thumbnail.jpg": return try await thumbnail(request, rest[1])
    case ("GET", "people", 1): return try await listPeople(request)
    case ("POST", "people", 1): return try await addPerson(request)
    case ("PUT", "people", 3) where rest[2] == "grants": return try await grant(request, rest[1])
    case ("DELETE", "people", 4) where rest[2] == "grants": return try await revoke(request, rest[1], rest[3])
    case ("PUT", "people", 3) where rest[2] == "password": return try await changePassword(request, rest[1])
    case ("POST", "tokens", 1): return try await createToken(request)
    case ("POST", "links", 1): return try await createLink(request)
    case ("GET", "views", 1): return try await listViews(request)
    case ("GET", "retention", 1): return try await showRetention(request)
    case ("PUT", "retention", 1): return try await changeRetention(request)
    case ("GET", "retention", 2) where rest[1] == "plan": return try await planRetention(request)
    case ("POST", "retention", 2) where rest[1] == "apply": return try await applyRetention(request)
    case ("GET", "house", 1): return try await exportHouse(request)
    case ("POST", "house", 2) where rest[1] == "plan": return try await planHouse(request)
    case ("POST", "house", 2) where rest[1] == "apply": return try await applyHouse(request)
    case ("GET", "check", 1): return try await check(request)
    case ("GET", "storage", 1): return try await storage(request)
    case ("GET", "alarms", 1): return try await listAlarms(request)
    default: throw APIFailure.notFound
    }
  }
}

/// Where the page is reached; known once the server listens.
actor BaseAddress {
  private(set) var url: String?
  func set(_ url: String) { self.url = url }
}

/// Something the owner must see.
struct Alarm: Sendable {
  let at: WallTime
  let camera: CameraID
  let what: String
  let file: String
}

/// The alarms since the server started, newest last.
actor Alarms {
  private(set) var all: [Alarm] = []
  private(set) var count = 0

  func raise(_ alarm: Alarm) {
    count += 1
    all.append(alarm)
    if all.count > 200 { all.removeFirst() }
  }
}
