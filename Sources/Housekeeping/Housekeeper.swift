package import Catalog
import Domain
package import Household
import Logging
package import Settings
package import Vault

/// Everything that the server does by itself, without HTTP: opens the databases, builds the services, and runs their loops.
///
/// This is the composition root: each service holds only what it needs. What deletes is internal; the services that are
/// `package` here are all that HTTP can be given.
package struct Housekeeper: Sendable {
  package let environment: ServerEnvironment
  package let data: DataDirectory
  package let store: HouseStore
  package let folders: CameraFolders
  package let catalog: Catalog
  package let household: Household
  package let vault: Vault
  package let volumes: MediaVolumes

  package let feed: Feed
  package let alarms: Alarms
  package let registry: CameraRegistry
  package let houseFiles: HouseFileApplier

  package let clock: ClockKeeper
  package let protections: Protections
  package let planning: RetentionPlanning
  package let policies: PolicyChanges
  package let retention: RetentionEnforcement
  package let footageDeletion: FootageDeletion

  package let relocations: RelocationState
  package let pins: PinKeeper
  package let quarantine: Quarantine
  package let placement: MediaPlacement
  package let rebuild: CatalogRebuild
  package let backups: BackupKeeper

  private let indexer: Indexer
  private let scanner: FolderScanner
  private let executor: DeletionExecutor
  private let space: SpaceState

  /// Opens the databases and reads the camera folders. The caller holds the data directory's writer lock.
  ///
  /// A catalog that can't be used, or is another installation's, is moved aside and begun anew: `rebuild.fillIfLost` fills
  /// it from the folders. A household that is damaged is restored from its newest backup that is whole; without one it
  /// stops the start, since nothing can make it again.
  ///
  /// - Throws: `Problem` that names the file and what to do.
  package static func open(_ data: DataDirectory, environment: ServerEnvironment) async throws -> Housekeeper {
    let (catalog, lost) = try CatalogFile.open(in: data, environment)
    let backups = HouseholdBackups(data: data)
    let (household, restored) = try await backups.open(now: environment.now())
    let housekeeper = Housekeeper(data, environment, catalog, lost: lost, household, backups)
    try await housekeeper.registry.reload()
    housekeeper.volumes.settle()
    if let restored {
      environment.log.critical("the household was restored from a backup", metadata: ["what": "\(restored)"])
      await housekeeper.alarms.raise(
        Alarm(at: environment.now(), camera: nil, what: restored, file: "household.sqlite"))
    }
    try await housekeeper.executor.resume()
    return housekeeper
  }

  /// Long, as it is a list: each service with what it is given, in the order in which they need each other.
  private init(
    _ data: DataDirectory, _ environment: ServerEnvironment, _ catalog: Catalog, lost: String?,
    _ household: Household, _ backups: HouseholdBackups
  ) {
    self.environment = environment
    self.data = data
    self.catalog = catalog
    self.household = household
    store = HouseStore(data: data)
    folders = CameraFolders(data: data)
    let volumes = MediaVolumes(of: data)
    self.volumes = volumes
    vault = Vault(
      camerasPath: data.camerasPath, installation: data.installation, masterKey: data.masterKey,
      volumes: { volumes.roots(of: $0) })
    feed = Feed()
    alarms = Alarms(feed: feed)
    registry = CameraRegistry(folders: folders, volumes: volumes, feed: feed, now: environment.now)
    houseFiles = HouseFileApplier(
      environment: environment, store: store, folders: folders, registry: registry, household: household)
    // Index
    indexer = Indexer(
      catalog: catalog, vault: vault, log: environment.log,
      foreignFile: { [alarms] camera, file, fault in
        let what = "a file that did not belong to the camera was found in its folder and set aside: \(fault)"
        await alarms.raise(Alarm(at: environment.now(), camera: camera, what: what, file: file))
      })
    let rebuilds = RebuildState()
    scanner = FolderScanner(
      environment: environment, catalog: catalog, folders: folders, indexer: indexer, state: rebuilds, alarms: alarms)
    // Retention
    clock = ClockKeeper(folder: data.folder)
    space = SpaceState()
    protections = Protections(data: data, now: environment.now)
    executor = DeletionExecutor(
      environment: environment, catalog: catalog, household: household, vault: vault, protections: protections)
    let holds = RetentionHoldReader(catalog: catalog, folders: folders, vault: vault, state: rebuilds)
    planning = RetentionPlanning(
      environment: environment, store: store, catalog: catalog, vault: vault, folders: folders,
      protections: protections, clock: clock, volumes: VolumeSpaceReader(vault: vault, space: space),
      scanner: scanner, holds: holds)
    policies = PolicyChanges(
      environment: environment, store: store, folders: folders, registry: registry, planning: planning)
    retention = RetentionEnforcement(
      environment: environment, planning: planning, executor: executor,
      expiry: EventExpiry(catalog: catalog, holds: holds, executor: executor), household: household,
      catalog: catalog)
    footageDeletion = FootageDeletion(
      environment: environment, catalog: catalog, household: household, vault: vault, protections: protections,
      executor: executor)
    // Devices, volumes, backups
    relocations = RelocationState()
    pins = PinKeeper(
      environment: environment, folders: folders, registry: registry, alarms: alarms, relocations: relocations)
    quarantine = Quarantine(environment: environment, registry: registry, household: household, vault: vault)
    placement = MediaPlacement(data: data, store: store, folders: folders, registry: registry, scanner: scanner)
    rebuild = CatalogRebuild(
      environment: environment, data: data, catalog: catalog, vault: vault, folders: folders, indexer: indexer,
      scanner: scanner, state: rebuilds, executor: executor, alarms: alarms, volumes: volumes, lost: lost)
    self.backups = BackupKeeper(
      environment: environment, household: household, backups: backups, alarms: alarms)
  }

  /// Runs every loop until the task is cancelled.
  ///
  /// - Parameter connect: connects to a worker.
  package func run(connect: @escaping WorkerConnect) async throws {
    let subscriptions = WorkerSubscriptions(
      environment: environment, vault: vault, registry: registry, feed: feed, indexer: indexer, scanner: scanner,
      pins: pins, disks: DiskTroubles(environment: environment, registry: registry, alarms: alarms),
      connect: connect)
    let relocator = DeviceRelocator(
      environment: environment, folders: folders, registry: registry, alarms: alarms, state: relocations)
    let expired = ExpiredFiles(environment: environment, registry: registry, vault: vault, quarantine: quarantine)
    let spaceKeeper = SpaceKeeper(
      environment: environment, vault: vault, registry: registry, space: space, planning: planning,
      executor: executor, ballast: Ballast(folder: data.folder, log: environment.log))
    let follower = VolumeFollower(
      environment: environment, volumes: volumes, scanner: scanner, executor: executor)
    try await withTaskExecutorPreference(BlockingIOExecutor.shared) {
      try await withThrowingDiscardingTaskGroup { group in
        group.addTask { try await subscriptions.run() }
        group.addTask { try await relocator.run() }
        group.addTask { try await expired.run() }
        group.addTask { try await retention.run() }
        group.addTask { try await rebuild.run() }
        group.addTask { try await spaceKeeper.run() }
        group.addTask { try await follower.run() }
        group.addTask { try await backups.run() }
      }
    }
  }
}
