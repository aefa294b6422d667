import Settings
import Housekeeping

/// One controller for each resource of the API. Each holds only what it may touch: what a controller has no member for, its
/// routes can't reach.
struct Controllers: Sendable {
  let about: AboutController
  let sessions: SessionsController
  let people: PeopleController
  let tokens: TokensController
  let views: ViewsController

  let cameras: CamerasController
  let devices: DevicesController
  let quarantine: QuarantineController
  let live: LiveController
  let feed: FeedController

  let playback: PlaybackController
  let pictures: PicturesController
  let filmstrip: FilmstripController
  let coverage: CoverageController
  let replay: ReplayController
  let events: EventsController
  let suppressed: SuppressedController

  let footage: FootageController
  let protections: ProtectionsController
  let retention: RetentionController
  let policy: PolicyController
  let explanation: ExplanationController

  let house: HouseController
  let network: NetworkController
  let storage: StorageController
  let check: CheckController
  let rebuild: RebuildController
  let alarms: AlarmsController

  /// Long, as it is a list: each controller with what it may touch.
  init(
    _ keeper: Housekeeper, watch: AccessWatch, refusals: MediaRefusals, views viewLog: ViewLogBatcher, reach: Reach,
    base: BaseAddress, openAPI: [UInt8]?
  ) {
    let environment = keeper.environment
    let (household, registry, catalog, vault) = (keeper.household, keeper.registry, keeper.catalog, keeper.vault)
    let access = AccessControl(household: household, registry: registry, catalog: catalog, now: environment.now)
    let opener = PlaybackOpener(
      environment: environment, household: household, catalog: catalog, vault: vault, views: viewLog, watch: watch,
      refusals: refusals)

    about = AboutController(openAPI: openAPI)
    sessions = SessionsController(access: access, environment: environment, household: household)
    people = PeopleController(access: access, environment: environment, household: household, registry: registry)
    tokens = TokensController(
      access: access, environment: environment, household: household, registry: registry, base: base)
    views = ViewsController(access: access, environment: environment, household: household, registry: registry)

    cameras = CamerasController(
      access: access, environment: environment, registry: registry, folders: keeper.folders, store: keeper.store,
      devices: DeviceDescriber(relocations: keeper.relocations), policies: keeper.policies)
    devices = DevicesController(access: access, registry: registry, pins: keeper.pins)
    quarantine = QuarantineController(
      access: access, registry: registry, vault: vault, opener: opener, quarantine: keeper.quarantine)
    live = LiveController(
      environment: environment, household: household, registry: registry, vault: vault, watch: watch,
      refusals: refusals)
    feed = FeedController(
      environment: environment, household: household, protections: keeper.protections, feed: keeper.feed, watch: watch)

    playback = PlaybackController(access: access, environment: environment, opener: opener)
    pictures = PicturesController(access: access, environment: environment, household: household, vault: vault)
    filmstrip = FilmstripController(access: access, environment: environment, household: household, vault: vault)
    coverage = CoverageController(
      access: access, environment: environment, catalog: catalog, household: household, vault: vault)
    replay = ReplayController(
      access: access, catalog: catalog, opener: opener,
      replayer: Replayer(data: keeper.data, replay: environment.replay))
    events = EventsController(access: access, catalog: catalog, registry: registry, protections: keeper.protections)
    suppressed = SuppressedController(access: access, environment: environment, registry: registry, vault: vault)

    footage = FootageController(access: access, deletion: keeper.footageDeletion)
    protections = ProtectionsController(access: access, protections: keeper.protections)
    retention = RetentionController(
      access: access, environment: environment, registry: registry, household: household, planning: keeper.planning,
      enforcement: keeper.retention, clock: keeper.clock)
    policy = PolicyController(
      access: access, environment: environment, store: keeper.store, registry: registry, planning: keeper.planning,
      policies: keeper.policies, files: keeper.houseFiles)
    explanation = ExplanationController(
      access: access, catalog: catalog, household: household, registry: registry, protections: keeper.protections,
      planning: keeper.planning)

    house = HouseController(access: access, files: keeper.houseFiles, policies: keeper.policies)
    network = NetworkController(access: access, store: keeper.store, reach: reach)
    storage = StorageController(
      access: access, catalog: catalog, registry: registry, volumes: keeper.volumes, placement: keeper.placement,
      backups: keeper.backups, folder: keeper.data.folder)
    check = CheckController(
      access: access, environment: environment, catalog: catalog, household: household, vault: vault,
      folders: keeper.folders)
    rebuild = RebuildController(access: access, rebuild: keeper.rebuild)
    alarms = AlarmsController(access: access, alarms: keeper.alarms)
  }
}
