import Catalog
import Domain
import Files
import HomeAPI
public import Household
import Logging
import Seal
public import Settings
import Vault
import Volumes

/// Everything the home server decides and does, without a network: the API's requests come in as values and go out as
/// values. The server puts HTTP around it; a command that works on the data directory itself calls it directly.
public struct HomeCore: Sendable {
  public let surroundings: Surroundings
  let data: DataDirectory
  let catalog: Catalog
  public let household: Household
  let vault: Vault
  let volumes: MediaVolumes
  let folders: CameraFolders
  let cameras: Cameras
  let indexer: Indexer
  let alarms: Alarms
  let whereabouts = Whereabouts()
  let space = SpaceWatch()
  let clock: ClockKeeper
  let reach: Reach
  let viewEnds: ViewEnds
  let rebuild: Rebuild
  /// One change of a camera's marks at a time.
  let markTurns = Turns()
  let replays = Replays()
  /// Why the catalog was made anew when it was opened; `nil` when the old one could be used.
  public let catalogWasLost: String?
  /// Where the page is reached, for sign-in links; empty when nothing listens.
  let base: BaseAddress
  let openAPI: [UInt8]?

  /// Opens the databases and reads the camera folders. The caller holds the data directory's writer lock.
  ///
  /// A catalog that can't be used, or is another installation's, is moved aside and made anew: `fillCatalog` fills it from
  /// the folders. A household that is damaged is restored from its newest backup that is whole; without one it stops the
  /// start, since nothing can make it again.
  ///
  /// - Throws: `Problem` that names the file and what to do.
  public static func open(
    _ data: DataDirectory, surroundings: Surroundings, openAPI: [UInt8]? = nil
  ) async throws -> HomeCore {
    let paths = data.databasePaths
    let (catalog, lost) = try openCatalog(paths.catalog, in: data, surroundings)
    let (household, restored) = try await HouseholdBackups(data: data).open(now: surroundings.now())
    let volumes = MediaVolumes(of: data)
    let vault = Vault(
      camerasPath: data.camerasPath, installation: data.installation, masterKey: data.masterKey,
      volumes: { volumes.roots(of: $0) })
    let folders = CameraFolders(data: data)
    let cameras = Cameras(folders: folders, volumes: volumes, now: surroundings.now)
    try await cameras.reload()
    volumes.settle()
    let alarms = Alarms()
    if let restored {
      surroundings.log.critical("the household was restored from a backup", metadata: ["what": "\(restored)"])
      await alarms.raise(Alarm(at: surroundings.now(), camera: nil, what: restored, file: "household.sqlite"))
    }
    let indexer = Indexer(catalog: catalog, vault: vault, log: surroundings.log) { camera, file, fault in
      let what = "a file that did not belong to the camera was found in its folder and set aside: \(fault)"
      let alarm = Alarm(at: surroundings.now(), camera: camera, what: what, file: file)
      await alarms.raise(alarm)
      await cameras.publish(.alarm(alarm))
    }
    let core = HomeCore(
      surroundings: surroundings, data: data, catalog: catalog, household: household, vault: vault,
      volumes: volumes, folders: folders,
      cameras: cameras, indexer: indexer, alarms: alarms, clock: ClockKeeper(folder: data.folder),
      reach: Reach(try HouseStore(data: data).network()),
      viewEnds: ViewEnds(household: household, surroundings: surroundings), rebuild: Rebuild(),
      catalogWasLost: lost,
      base: BaseAddress(), openAPI: openAPI)
    try await core.resumeDeletions()
    return core
  }

  /// Writes down what waits to be written: before the process ends.
  public func settle() async { await viewEnds.write() }

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
    return try await household.camerasVisible(to: principal, needing: right, now: surroundings.now()).among(existing)
  }

  /// A camera that the principal has `right` on; unknown and refused are the same, and take the same steps.
  func camera(_ text: String, _ principal: Principal, _ right: Rights) async throws -> CameraSettings {
    guard let id = CameraID(text: text) else { throw APIFailure.notFound }
    let rights = try await household.rights(of: principal, on: id, now: surroundings.now())
    guard let settings = await cameras.settings(of: id), rights.isSuperset(of: right) else {
      throw APIFailure.notFound
    }
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
    await withTaskExecutorPreference(patience) { await answer(request) }
  }

  /// Where what touches footage is run; the usual pool while all of it lies in the data directory.
  var patience: PatientThreads? { volumes.isEmpty ? nil : .shared }

  private func answer(_ request: APIRequest) async -> APIResponse {
    do {
      return try await route(request)
    } catch let failure as APIFailure {
      return .problem(failure)
    } catch let refusal as PolicyRefusal {
      return .problem(refusal.failure, plan: API.RetentionPlan(refusal.plan))
    } catch let refusal as DoorRefusal {
      return .problem(await answer(refusal))
    } catch let problem as Problem {
      if problem.exit == .internalError || problem.exit == .inputOutput {
        surroundings.log.error("a request failed", metadata: ["what": "\(problem.what)"])
      }
      return .problem(APIFailure(problem))
    } catch let unusable as CatalogUnusable {
      surroundings.log.error("the catalog failed", metadata: ["cause": "\(unusable)"])
      return .problem(
        APIFailure(
          503, "the list of footage is damaged and is being made again",
          "try again in a minute: no footage is lost, and recording goes on"))
    } catch {
      surroundings.log.error("a request failed", metadata: ["error": "\(error)"])
      return .problem(APIFailure(500, "something went wrong", "look into the server's log"))
    }
  }

  /// Counts an alarm, and tells the owners who have the page open.
  func raise(_ alarm: Alarm) async {
    await alarms.raise(alarm)
    await cameras.publish(.alarm(alarm))
  }

  /// A mismatch is answered with fixed words, counted, shown to the owner, and its file set aside.
  func answer(_ refusal: DoorRefusal) async -> APIFailure {
    guard case .mismatch(let camera, let file, let fault) = refusal else { return .notFound }
    surroundings.log.critical(
      "identity mismatch: nothing was sent", metadata: ["camera": "\(camera)", "file": "\(file)", "fault": "\(fault)"])
    let alarm = Alarm(
      at: surroundings.now(), camera: camera, what: "footage that did not belong to the camera was refused: \(fault)",
      file: file)
    await raise(alarm)
    do { try vault.setAside(file, of: camera) } catch {
      surroundings.log.error("a refused file could not be set aside", metadata: ["error": "\(error)"])
    }
    return .mismatch
  }

  private func route(_ request: APIRequest) async throws -> APIResponse {
    guard request.path.first == "api" else { throw APIFailure.notFound }
    let method = request.method == "HEAD" ? "GET" : request.method
    let path = request.path.dropFirst()
    for route in Routes.all where route.method == method {
      if let texts = route.match(path) { return try await route.answer(self, request, texts) }
    }
    throw APIFailure.notFound
  }

  func health(_ request: APIRequest) async throws -> APIResponse { try .json(API.Health(status: .ok)) }

  /// The OpenAPI document; none when no page is served.
  func document(_ request: APIRequest) async throws -> APIResponse {
    guard let openAPI else { throw APIFailure.notFound }
    return .description(openAPI)
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
  /// `nil` for what is of the house, not of one camera.
  let camera: CameraID?
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
