import WorkerProtocol
import Catalog
import Domain
import Files
import HomeAPI
import Household
import Settings
import Vault

extension HomeCore {
  private func body(_ camera: CameraSettings, _ rights: Rights) async -> API.Camera {
    let known = await cameras.state(of: camera.id)
    let state: CameraState = camera.archived ? .off : known?.state ?? .connecting
    let device = rights.contains(.manage) && !camera.archived ? await deviceBody(camera, known) : nil
    return API.Camera(
      id: camera.id.text, name: camera.name, state: state,
      since: (known.map { WallTime(milliseconds: $0.since) } ?? surroundings.now()).rfc3339,
      cause: known?.cause,
      streams: (known?.streams ?? []).map {
        .init(
          role: $0.role, codec: $0.codec, width: $0.width, height: $0.height,
          frameRate: $0.frameRate.map { ($0 * 100).rounded() / 100 })
      }, record: camera.record, audio: camera.audio, archived: camera.archived, notes: known?.notes ?? [],
      rights: rights.list, settings: rights.contains(.manage) ? camera : nil,
      device: device)
  }

  func listCameras(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await principal(request)
    let withArchived = request.query["archived"] == "true"
    var bodies: [API.Camera] = []
    let listed = await cameras.all.filter { withArchived || !$0.archived }
    let rights = try await household.rights(of: principal, among: listed.map(\.id), now: surroundings.now())
    for camera in listed {
      guard let rights = rights[camera.id] else { continue }
      var body = await body(camera, rights)
      body.settings = nil
      bodies.append(body)
    }
    return try .json(API.CameraList(cameras: bodies))
  }

  func showCamera(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await principal(request)
    guard let id = CameraID(text: text) else { throw APIFailure.notFound }
    let rights = try await household.rights(of: principal, on: id, now: surroundings.now())
    guard let camera = await cameras.settings(of: id), !rights.isEmpty else { throw APIFailure.notFound }
    return try .json(await body(camera, rights))
  }

  func addCamera(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    var generator = SystemRandomNumberGenerator()
    let body: API.NewCameraRequest
    do {
      body = try JSONLine.decode(API.NewCameraRequest.self, from: request.body, newCamera: .mint(using: &generator))
    } catch let problem as Problem { throw problem } catch {
      throw APIFailure(400, "these are no camera's settings", "see /api/openapi.json")
    }
    var settings = body.settings
    // A volume is set up by a request of its own, which looks at it.
    (settings.media, settings.earlierMedia) = (try HouseStore(data: data).media(), [])
    try folders.create(settings, password: body.password)
    try await cameras.reload()
    return try .json(await self.body(settings, .all), status: 201)
  }

  /// Changes the settings as a JSON merge patch (RFC 7396) says; what it doesn't name stays.
  func changeCamera(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await principal(request)
    let before = try await camera(text, principal, .manage)
    let patch = try CameraPatch(json: request.body)
    let camera = try patch.applied(to: before)
    try camera.validate()
    let isPolicy = before.retention != camera.retention
    try await changePolicy(request, to: Policy(cameras: isPolicy ? [camera.id: camera] : [:])) {
      // Applied to what is stored now: another change may have come meanwhile.
      try folders.update(try patch.applied(to: try folders.read(camera.id)), password: patch.password)
      try await cameras.reload()
    }
    return try .json(await self.body(try folders.read(camera.id), .all))
  }

  func archiveCamera(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    try folders.archive(try await camera(named: text).id)
    try await cameras.reload()
    return .empty(204)
  }

  func storage(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    let totals = try await catalog.totals().values
    let space = try data.folder.volumeSpace()
    return try .json(
      API.Storage(
        bytes: UInt64(clamping: totals.reduce(0) { $0 + $1.bytes }), segments: totals.reduce(0) { $0 + $1.present },
        free: space.free,
        total: space.total, media: try HouseStore(data: data).media()?.path, volumes: await volumeBodies()))
  }

  func listAlarms(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(API.AlarmList(alarms: await alarms.all.map(API.Alarm.init), count: await alarms.count))
  }
}

extension API.Alarm {
  init(_ alarm: Alarm) {
    self.init(at: alarm.at.rfc3339, camera: alarm.camera?.text ?? "", what: alarm.what)
  }
}
