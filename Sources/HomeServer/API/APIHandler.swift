import Catalog
import Domain
import HomeAPI
public import Housekeeping
import Logging
public import Settings
import Vault

/// Answers the API's requests without a network: they come in as values and go out as values. The server puts HTTP around
/// it; a command that works on the data directory itself calls it directly.
public struct APIHandler: Sendable {
  /// What the server does by itself. Only this composition root holds it; a controller gets single services.
  package let housekeeper: Housekeeper
  package let access: AccessWatch
  let controllers: Controllers
  /// By which ways the server is reached.
  let reach: Reach
  /// Where the page is reached, for sign-in links; empty when nothing listens.
  let base: BaseAddress
  private let refusals: MediaRefusals
  private let views: ViewLogBatcher

  /// Opens the databases and reads the camera folders. The caller holds the data directory's writer lock.
  ///
  /// - Parameter openAPI: the document that describes the API; `nil` when no page is served.
  /// - Throws: `Problem` that names the file and what to do.
  public static func open(
    _ data: DataDirectory, environment: ServerEnvironment, openAPI: [UInt8]? = nil
  ) async throws -> APIHandler {
    APIHandler(
      try await Housekeeper.open(data, environment: environment), Reach(try HouseStore(data: data).network()), openAPI)
  }

  private init(_ housekeeper: Housekeeper, _ reach: Reach, _ openAPI: [UInt8]?) {
    self.housekeeper = housekeeper
    self.reach = reach
    base = BaseAddress()
    access = AccessWatch(
      household: housekeeper.household, registry: housekeeper.registry, environment: housekeeper.environment)
    refusals = MediaRefusals(
      environment: housekeeper.environment, vault: housekeeper.vault, alarms: housekeeper.alarms)
    views = ViewLogBatcher(household: housekeeper.household, environment: housekeeper.environment)
    controllers = Controllers(
      housekeeper, watch: access, refusals: refusals, views: views, reach: reach, base: base, openAPI: openAPI)
  }

  /// Writes the access log's pending entries. Call before the process ends.
  public func settle() async { await views.write() }

  /// Where code that reads footage runs; `nil` for the usual pool.
  var executor: BlockingIOExecutor? { housekeeper.volumes.executor }

  /// Answers one request. Never throws: every failure is an answer.
  public func respond(to request: APIRequest) async -> APIResponse {
    await withTaskExecutorPreference(executor) { await answer(request) }
  }

  private func answer(_ request: APIRequest) async -> APIResponse {
    let log = housekeeper.environment.log
    do {
      return try await route(request)
    } catch let failure as APIFailure {
      return .problem(failure)
    } catch let unknown as UnknownCamera {
      return .problem(APIFailure(404, unknown.what, unknown.next))
    } catch let refusal as PolicyRefusal {
      return .problem(APIFailure(refusal.problem), plan: API.RetentionPlan(refusal.planned))
    } catch let refusal as DoorRefusal {
      return .problem(await refusals.handle(refusal))
    } catch let problem as Problem {
      if problem.exit == .internalError || problem.exit == .inputOutput {
        log.error("a request failed", metadata: ["what": "\(problem.what)"])
      }
      return .problem(APIFailure(problem))
    } catch let unusable as CatalogUnusable {
      log.error("the catalog failed", metadata: ["cause": "\(unusable)"])
      return .problem(
        APIFailure(
          503, "the list of footage is damaged and is being made again",
          "try again in a minute: no footage is lost, and recording goes on"))
    } catch {
      log.error("a request failed", metadata: ["error": "\(error)"])
      return .problem(APIFailure(500, "something went wrong", "look into the server's log"))
    }
  }

  private func route(_ request: APIRequest) async throws -> APIResponse {
    guard request.path.first == "api" else { throw APIFailure.notFound }
    let method = request.method == "HEAD" ? "GET" : request.method
    let path = request.path.dropFirst()
    for route in Routes.all where route.method == method {
      if let texts = route.match(path) { return try await route.answer(controllers, request, texts) }
    }
    throw APIFailure.notFound
  }
}

/// Where the page is reached; known once the server listens.
actor BaseAddress {
  private(set) var url: String?
  func set(_ url: String) { self.url = url }
}
