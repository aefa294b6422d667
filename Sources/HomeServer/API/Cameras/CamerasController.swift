import Domain
import Files
import HomeAPI
import Housekeeping
import Settings
import WorkerProtocol

/// The cameras and their settings.
struct CamerasController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let registry: CameraRegistry
  let folders: CameraFolders
  let store: HouseStore
  let devices: DeviceDescriber
  let policies: PolicyChanges

  private func body(_ camera: CameraSettings, _ rights: Rights) async -> API.Camera {
    let known = await registry.state(of: camera.id)
    let state: CameraState = camera.archived ? .off : known?.state ?? .connecting
    let device = rights.contains(.manage) && !camera.archived ? await devices.describe(camera, known) : nil
    return API.Camera(
      id: camera.id.text, name: camera.name, state: state,
      since: (known.map { WallTime(milliseconds: $0.since) } ?? environment.now()).rfc3339,
      cause: known?.cause,
      streams: (known?.streams ?? []).map {
        .init(
          role: $0.role, codec: $0.codec, width: $0.width, height: $0.height,
          frameRate: $0.frameRate.map { ($0 * 100).rounded() / 100 })
      }, record: camera.record, audio: camera.audio, archived: camera.archived, notes: known?.notes ?? [],
      rights: rights.list, settings: rights.contains(.manage) ? camera : nil,
      device: device)
  }

  func list(_ request: APIRequest) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let withArchived = request.query["archived"] == "true"
    var bodies: [API.Camera] = []
    let listed = await registry.all.filter { withArchived || !$0.archived }
    let rights = try await access.rights(of: principal, among: listed.map(\.id))
    for camera in listed {
      guard let rights = rights[camera.id] else { continue }
      var body = await body(camera, rights)
      body.settings = nil
      bodies.append(body)
    }
    return try .json(API.CameraList(cameras: bodies))
  }

  func show(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let (camera, rights) = try await access.visibleCamera(text, principal)
    return try .json(await body(camera, rights))
  }

  func add(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    var generator = SystemRandomNumberGenerator()
    let body: API.NewCameraRequest
    do {
      body = try JSONLine.decode(API.NewCameraRequest.self, from: request.body, newCamera: .mint(using: &generator))
    } catch let problem as Problem { throw problem } catch {
      throw APIFailure(400, "these are no camera's settings", "see /api/openapi.json")
    }
    var settings = body.settings
    // A volume is set up by a request of its own, which looks at it.
    (settings.media, settings.earlierMedia) = (try store.media(), [])
    try folders.create(settings, password: body.password)
    try await registry.reload()
    return try .json(await self.body(settings, .all), status: 201)
  }

  /// Changes the settings as a JSON merge patch (RFC 7396) says; what it doesn't name stays.
  func change(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    let principal = try await access.principal(request)
    let before = try await access.camera(text, principal, .manage)
    let patch = try CameraPatch(json: request.body)
    let camera = try patch.applied(to: before)
    try camera.validate(replacing: before)
    let isPolicy = before.retention != camera.retention
    let policy = ProposedPolicy(cameras: isPolicy ? [camera.id: camera] : [:])
    try await policies.change(to: policy, try request.policyApproval) {
      // Applied to what is stored now: another change may have come meanwhile.
      try folders.update(try patch.applied(to: try folders.read(camera.id)), password: patch.password)
      try await registry.reload()
    }
    return try .json(await self.body(try folders.read(camera.id), .all))
  }

  func archive(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await access.owner(request)
    try folders.archive(try await registry.camera(named: text).id)
    try await registry.reload()
    return .empty(204)
  }
}
