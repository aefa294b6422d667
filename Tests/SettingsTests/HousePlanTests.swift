import Domain
import Settings
import Testing

private typealias Current = HousePlan.Current

private func declared(_ name: String, was: String? = nil) throws -> HouseFile.Camera {
  HouseFile.Camera(
    name: name, was: was,
    source: try CameraAddress(scheme: .rtsp, host: "192.168.1.21", port: 554, path: "/main"))
}

private func stored(_ digit: Character, _ name: String, archived: Bool = false) throws -> Current.Camera {
  var settings = try declared(name).settings(id: cameraID(digit))
  settings.archived = archived
  return Current.Camera(settings: settings, password: nil)
}

private func current(
  _ cameras: [Current.Camera], people: [Current.Person] = [], retention: RetentionSettings = RetentionSettings()
) -> Current { Current(cameras: cameras, people: people, retention: retention) }

private func lines(
  _ house: HouseFile, _ current: Current, names: [String: String] = [:], _ mode: HousePlan.Mode = .apply
) -> [String] {
  HousePlan(house: house, current: current, names: HouseNames(cameras: names), mode: mode).changes.map {
    "\($0.kind.rawValue) \($0.subject.rawValue) \($0.name): \($0.what.joined(separator: "; "))"
  }
}

@Suite struct HousePlanTests {
  @Test func anEmptyHouseGetsWhatTheFileDeclares() throws {
    let house = HouseFile(
      cameras: [try declared("Porch")],
      people: [
        HouseFile.Person(
          name: "Kim", password: Secret("p"), grants: [HouseFile.Grant(camera: "Porch", rights: ["live", "playback"])]),
        HouseFile.Person(name: "Lee"),
      ],
      retention: RetentionSettings(continuousSeconds: 259_200, budgetBytes: 500_000_000_000))
    #expect(
      lines(house, current([])) == [
        "add camera Porch: source: rtsp://192.168.1.21/main; record: continuous",
        "add person Kim: owner: false; grants for \"Porch\": live, playback",
        "add person Lee: owner: false; no password yet: hearth person password Lee",
        "change retention : continuous: not set -> 3d; budget: not set -> 500GB",
      ])
  }

  @Test func whatIsAlreadySoIsNotAChange() throws {
    let house = HouseFile(cameras: [try declared("Porch")])
    let plan = HousePlan(
      house: house, current: current([try stored("1", "Porch")]), names: HouseNames(), mode: .apply)
    #expect(plan.changes.isEmpty)
    #expect(plan.isEmpty)
    #expect(plan.names(after: HouseNames(), added: [:]).cameras == ["Porch": String(repeating: "1", count: 32)])
  }

  @Test func eachFieldIsToldFromOldToNew() throws {
    var camera = try declared("Porch")
    camera.record = .motion
    camera.audio = true
    camera.preRollSeconds = 8
    camera.password = Secret("new")
    camera.motion.zones = [
      Zone(name: "path", polygon: [RelativePoint(x: 0, y: 0), RelativePoint(x: 1, y: 0), RelativePoint(x: 1, y: 1)])
    ]
    camera.retention.motionSeconds = 5400
    #expect(
      lines(HouseFile(cameras: [camera]), current([try stored("1", "Porch")])) == [
        "change camera Porch: record: continuous -> motion; audio: false -> true; pre_roll: 5s -> 8s; "
          + "motion.zones: whole picture -> path (3 corners); retention.motion: not set -> 90min; password: set"
      ])
  }

  @Test func theStoredPasswordIsNoChangeWhenItIsTheSameOrNotGiven() throws {
    var camera = try declared("Porch")
    var old = try stored("1", "Porch")
    old.password = Secret("same")
    #expect(lines(HouseFile(cameras: [camera]), current([old])) == [])
    camera.password = Secret("same")
    #expect(lines(HouseFile(cameras: [camera]), current([old])) == [])
    camera.password = Secret("other")
    #expect(lines(HouseFile(cameras: [camera]), current([old])) == ["change camera Porch: password: another one"])
  }

  @Test func aFormerNameRenamesAndKeepsTheCamera() throws {
    let plan = HousePlan(
      house: HouseFile(cameras: [try declared("Porch", was: "Front door")]),
      current: current([try stored("1", "Front door")]), names: HouseNames(), mode: .apply)
    #expect(plan.changes.map(\.kind) == [.rename])
    #expect(plan.changes.map(\.what) == [["name: Front door -> Porch"]])
    guard case .setCamera(let settings, _)? = plan.changes.first?.action else { throw Missing() }
    #expect(settings.id == (try cameraID("1")))
  }

  @Test func aFormerNameThatWasAppliedOnceIsQuietAfterwards() throws {
    #expect(
      lines(
        HouseFile(cameras: [try declared("Porch", was: "Front door")]), current([try stored("1", "Porch")]),
        names: ["Porch": String(repeating: "1", count: 32)]) == [])
  }

  @Test func aCameraThatWasRenamedOnThePageIsStillKnownByTheFile() throws {
    #expect(
      lines(
        HouseFile(cameras: [try declared("Porch")]), current([try stored("1", "Veranda")]),
        names: ["Porch": String(repeating: "1", count: 32)]) == ["rename camera Porch: name: Veranda -> Porch"])
  }

  @Test func twoCamerasWhoseNamesWereSwappedAreSwappedBack() throws {
    let house = HouseFile(cameras: [try declared("A"), try declared("B")])
    let names = ["A": String(repeating: "1", count: 32), "B": String(repeating: "2", count: 32)]
    #expect(
      lines(house, current([try stored("1", "B"), try stored("2", "A")]), names: names) == [
        "rename camera A: name: B -> A", "rename camera B: name: A -> B",
      ])
  }

  @Test func aNameThatAStrangerHasBlocksTheRename() throws {
    let plan = HousePlan(
      house: HouseFile(cameras: [try declared("A")]),
      current: current([try stored("1", "B"), try stored("2", "A")]),
      names: HouseNames(cameras: ["A": String(repeating: "1", count: 32)]), mode: .apply)
    #expect(
      plan.blocked.map(\.what) == [["\"B\" can't get this name: another camera that the file doesn't know has it"]])
    #expect(plan.isEmpty)
  }

  @Test func whatTheFileDoesNotNameStaysUnlessPruned() throws {
    let house = HouseFile(cameras: [try declared("Porch")])
    let now = current([try stored("1", "Porch"), try stored("2", "Garden"), try stored("3", "Old", archived: true)])
    #expect(lines(house, now) == ["differs camera Garden: not in the file: stays as it is"])
    #expect(
      lines(house, now, .prune) == ["archive camera Garden: not in the file: no longer recorded, footage stays"])
  }

  @Test func serveAddsAndReportsEverythingElse() throws {
    var porch = try declared("Porch")
    porch.record = .off
    let house = HouseFile(
      cameras: [porch, try declared("Garden")], retention: RetentionSettings(motionSeconds: 86_400))
    let plan = HousePlan(
      house: house, current: current([try stored("1", "Porch")]), names: HouseNames(), mode: .addOnly)
    #expect(plan.changes.map { "\($0.kind) \($0.name)" } == ["differs Porch", "add Garden", "differs "])
    #expect(plan.changes.filter { if case .none = $0.action { false } else { true } }.map(\.name) == ["Garden"])
  }

  @Test func anArchivedCameraIsNotTakenBackByItsName() throws {
    #expect(
      lines(HouseFile(cameras: [try declared("Old")]), current([try stored("3", "Old", archived: true)])) == [
        "add camera Old: source: rtsp://192.168.1.21/main; record: continuous; "
          + "an archived camera had this name; this is a new one beside it"
      ])
  }

  @Test func grantsAreComparedCameraByCamera() throws {
    let kim = Current.Person(
      name: "Kim", owner: false,
      grants: [try cameraID("1"): CameraGrant(.live), try cameraID("2"): CameraGrant([.live, .playback])])
    let now = current([try stored("1", "Porch"), try stored("2", "Garden")], people: [kim])
    let cameras = [try declared("Porch"), try declared("Garden")]
    let unsaid = HouseFile(cameras: cameras, people: [HouseFile.Person(name: "Kim")])
    #expect(lines(unsaid, now) == [])
    let said = HouseFile(
      cameras: cameras,
      people: [
        HouseFile.Person(
          name: "Kim", owner: true, grants: [HouseFile.Grant(camera: "Porch", rights: ["live", "export"])])
      ])
    #expect(
      lines(said, now) == [
        "change person Kim: owner: false -> true; grants for \"Porch\": live -> live, export; "
          + "grants for \"Garden\": live, playback -> none"
      ])
  }

  @Test func aGrantsEndAndHoursAreComparedToo() throws {
    let hours = try #require(DailyHours(text: "18:00-23:00"))
    let kim = Current.Person(
      name: "Kim", owner: false,
      grants: [try cameraID("1"): CameraGrant(.live, until: WallTime(seconds: 1_766_613_600), hours: hours)])
    let now = current([try stored("1", "Porch")], people: [kim])
    func lines(_ grant: HouseFile.Grant) throws -> [String] {
      SettingsTests.lines(
        HouseFile(cameras: [try declared("Porch")], people: [HouseFile.Person(name: "Kim", grants: [grant])]), now)
    }
    #expect(
      try lines(
        HouseFile.Grant(
          camera: "Porch", rights: ["live"], until: "2025-12-24T22:00:00.000Z", hours: "18:00-23:00")) == [])
    #expect(
      try lines(HouseFile.Grant(camera: "Porch", rights: ["live"])) == [
        "change person Kim: grants for \"Porch\": live until 2025-12-24T22:00:00.000Z at 18:00-23:00 -> live"
      ])
  }

  @Test func peopleTheFileDoesNotNameAreOnlyReported() throws {
    let lee = Current.Person(name: "Lee", owner: true, grants: [:])
    let house = HouseFile(people: [HouseFile.Person(name: "Kim", password: Secret("p"))])
    #expect(
      lines(house, current([], people: [lee]), .prune) == [
        "add person Kim: owner: false", "differs person Lee: not in the file: stays as it is",
      ])
  }

  @Test(arguments: [
    "Porch", "yes", "12", "no: way", "# not a comment", "it's \"quoted\"", "back\\slash", "Küche 👍🏽", "- dash", "null",
    "a: b", "tab-free", "[x]", "{y}", "*star", "&and", "!bang", "%percent", "@at", "`tick`", "rtsp://name",
    "ends with colon:",
  ])
  func anExportIsReadBackAsNoChange(_ name: String) throws {
    var camera = try declared(name)
    camera.detect = try CameraAddress(scheme: .rtsps, host: "fd00::20", port: 8322, path: "/sub?a=b&c=[d]#e")
    camera.user = "re: corder"
    camera.transport = .udp
    camera.record = .off
    camera.audio = true
    camera.recordDetect = false
    camera.preRollSeconds = 0
    camera.postRollSeconds = 120
    camera.motion.enabled = false
    camera.motion.sensitivity = 7
    camera.motion.shape = PictureShape(width: 640, height: 360)
    camera.motion.zones = [
      Zone(
        name: name,
        polygon: [
          RelativePoint(x: 0.1, y: 1e-7), RelativePoint(x: 0.30000000000000004, y: 1), RelativePoint(x: 1, y: 0),
        ], sensitivity: 80, minimumSize: 0.015),
      Zone(
        name: "street",
        polygon: [RelativePoint(x: 0, y: 0), RelativePoint(x: 1, y: 0), RelativePoint(x: 1, y: 1)], kind: .exclude),
    ]
    camera.retention = RetentionSettings(continuousSeconds: 61, motionSeconds: 604_800, budgetBytes: 1_234_567)
    let house = HouseFile(
      cameras: [camera],
      people: [
        HouseFile.Person(name: name, owner: true, grants: []),
        HouseFile.Person(
          name: "Lee", owner: false,
          grants: [
            HouseFile.Grant(
              camera: name, rights: ["live", "manage"], until: "2026-12-24T22:00:00.000Z", hours: "22:00-06:00")
          ]),
      ],
      retention: RetentionSettings(
        continuousSeconds: 7_776_000, motionSeconds: 86_400, detectContinuousSeconds: 86_400,
        detectMotionSeconds: 172_800, minimumSeconds: 3600, maximumSeconds: 31_536_000, budgetPercent: 80,
        reserveSeconds: 7200))
    let text = house.yaml
    let back = try HouseFileReader.parse(Array(text.utf8), file: "export.yaml") { _ in Secret("") }
    #expect(back == house, "\(text)")
  }
}

private struct Missing: Error {}

@Suite struct HouseStoreTests {
  @Test func aPlanIsCarriedOutAndItsNamesRemembered() throws {
    let scratch = try Scratch()
    let data = try DataDirectory.open(scratch.path)
    let store = HouseStore(data: data)
    let folders = CameraFolders(data: data)
    var generator = Counting()
    var porch = try declared("Porch")
    porch.user = "u"
    porch.password = Secret("p")
    let house = HouseFile(cameras: [porch, try declared("Garden")])
    func plan(_ house: HouseFile, _ mode: HousePlan.Mode) throws -> HousePlan {
      HousePlan(
        house: house,
        current: current(
          try folders.list().cameras.map { Current.Camera(settings: $0, password: try folders.password($0.id)) }),
        names: try store.names(), mode: mode)
    }
    let added = try store.applyCameras(try plan(house, .apply), using: &generator)
    #expect(
      added.mapValues(\.text) == [
        "Porch": "00000000000000010000000000000002", "Garden": "00000000000000030000000000000004",
      ])
    #expect(try plan(house, .apply).changes.isEmpty)
    #expect(try store.names().cameras == added.mapValues(\.text))
    // Swapped on the page, and one thrown out of the file.
    var first = try folders.read(try #require(added["Porch"]))
    first.name = "Veranda"
    try folders.update(first)
    let smaller = HouseFile(cameras: [porch])
    _ = try store.applyCameras(try plan(smaller, .prune), using: &generator)
    #expect(try folders.list().active.map(\.name) == ["Porch"])
    #expect(try folders.list().cameras.map(\.name).sorted() == ["Garden", "Porch"])
  }

  @Test func theHouseholdsRetentionIsKept() throws {
    let scratch = try Scratch()
    let store = HouseStore(data: try DataDirectory.open(scratch.path))
    #expect(try store.retention() == RetentionSettings())
    try store.setRetention(RetentionSettings(motionSeconds: 86_400))
    #expect(try store.retention() == RetentionSettings(motionSeconds: 86_400))
    try scratch.write("{\"version\":1,\"retention\":{\"moton\":1}}", to: "house.json")
    #expect(throws: Problem.self) { _ = try store.retention() }
  }
}
