import Domain
import HomeAPI
import Household
import Logging
import Pinning
import Recording
import Settings
import Vault
import WorkerProtocol

/// Which device each camera is: what the owner sees of it, accepting another one, and what is held apart.
extension HomeCore {
  /// What is known of the device behind a camera; `nil` before anything answered.
  func deviceBody(_ camera: CameraSettings, _ state: WorkerState?) async -> API.Device? {
    guard let sighting = state?.device(.main) else { return nil }
    let advice = await whereabouts.advice(for: camera.id)
    var looksLike: String?
    var offer: API.Device.Offer?
    switch advice?.certainty {
    case .resembles(let other): looksLike = other.text
    case .offer, .follow:
      offer = advice.flatMap { advice in
        camera.main.moved(to: advice.host, port: advice.port).map { .init(source: $0.text, why: advice.why) }
      }
    case nil: break
    }
    return API.Device(
      verdict: sighting.verdict, changes: sighting.changes,
      hardware: sighting.evidence.hardware?.text, host: sighting.evidence.host,
      looksLike: looksLike, offer: offer)
  }

  /// Keeps the pin up to date with what the camera's worker has seen; another device never gets in.
  func keepPin(_ camera: CameraID, _ state: WorkerState) async throws {
    let mainHost = state.device(.main)?.evidence.host
    for sighting in state.devices ?? [] {
      guard sighting.verdict.isTrusted else {
        if sighting.stream == .main { await reportStranger(camera, sighting) }
        continue
      }
      if sighting.stream == .main { await whereabouts.isHome(camera) }
      let pin = try folders.pin(of: camera)
      if let fresh = (pin ?? CameraPin()).taking(sighting.stream, sighting.evidence, mainHost: mainHost) {
        try folders.setPin(fresh, of: camera)
      }
    }
  }

  private func reportStranger(_ camera: CameraID, _ sighting: DeviceSighting) async {
    guard await whereabouts.isNews(sighting, of: camera) else { return }
    let name = await cameras.settings(of: camera)?.name ?? camera.text
    let what = "looks like another camera: \(sighting.changes.joined(separator: "; "))"
    surroundings.log.warning("\(name) \(what)", metadata: ["camera": "\(camera)"])
    await raise(Alarm(at: surroundings.now(), camera: camera, what: "\(name) \(what)", file: ""))
  }

  /// Takes the device that answers now as the camera from here on. What was held apart stays where it is.
  func trustCamera(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    let camera = try await camera(named: text)
    let state = await cameras.state(of: camera.id)
    let old = try? folders.pin(of: camera.id)
    var pin = CameraPin()
    for role in StreamRole.allCases {
      guard let sighting = state?.device(role) else { continue }
      let isSame = sighting.verdict.isTrusted
      pin[role] = isSame ? old?[role]?.refreshed(with: sighting.evidence) ?? sighting.evidence : sighting.evidence
    }
    // Nobody has answered: whoever does first is the camera.
    try folders.trust(pin.main == nil ? nil : pin, of: camera.id)
    surroundings.log.notice(
      "the owner accepted a device as \(camera.name)",
      metadata: ["camera": "\(camera.id)", "hardware": "\(pin.main?.hardware?.text ?? "unknown")"])
    return try .json(
      API.TrustedDevice(camera: camera.id.text, host: pin.main?.host, hardware: pin.main?.hardware?.text))
  }

  // MARK: - Held apart

  /// What other devices sent while they answered for this camera: the owner's alone to see.
  func listHeldApart(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    let camera = try await camera(named: text)
    let held = try vault.heldApart(of: camera.id)
    return try .json(
      API.Quarantine(
        camera: camera.id.text, bytes: held.reduce(0) { $0 + $1.bytes },
        segments: held.map {
          .init(id: $0.id.raw.text, from: $0.span.from.rfc3339, to: $0.span.to.rfc3339, bytes: $0.bytes)
        }))
  }

  func showHeldApart(_ request: APIRequest, _ text: String, _ segment: String) async throws -> APIResponse {
    _ = try await owner(request)
    let camera = try await camera(named: text)
    let credential = try credential(request)
    guard let held = try vault.heldApart(of: camera.id).first(where: { $0.id.raw.text == segment }),
      let grant = try await household.authorise(
        credential, camera: camera.id, action: .export, span: held.span, from: request.peer,
        now: surroundings.now())
    else { throw APIFailure.notFound }
    let row = grant.viewLogRow
    guard let file = try PlayableSpan(try vault.openHeldApart(grant, held), span: held.span) else {
      throw APIFailure.notFound
    }
    let core = self
    let stream = file.stream(0..<file.length, refused: { _ = await core.answer($0) }) { sent in
      do {
        try await core.household.endView(row: row, bytes: Int64(clamping: sent), now: core.surroundings.now())
      } catch {
        core.surroundings.log.error("a view's end was not logged", metadata: ["error": "\(error)"])
      }
    } untilRefused: {
      await core.whileAllowed(credential, camera.id, .export)
    }
    return .footage(
      stream, status: 200,
      headers: [
        ("hearth-quarantine", camera.id.text), ("hearth-from", file.from.rfc3339), ("hearth-to", file.to.rfc3339),
        ("content-disposition", "attachment; filename=\"held-apart-\(segment).mp4\""),
      ])
  }

  func deleteHeldApart(_ request: APIRequest, _ text: String) async throws -> APIResponse {
    _ = try await owner(request)
    let camera = try await camera(named: text)
    let files = try vault.heldApartFiles(of: camera.id)
    let held = try vault.heldApart(of: camera.id).map(\.span)
    if let from = held.map(\.from).min(), let to = held.map(\.to).max(), let span = TimeSpan(from: from, to: to) {
      let allowed = try await household.deleting(
        try credential(request), spans: [camera.id: span], from: request.peer, now: surroundings.now())
      guard allowed else { throw APIFailure.refused }
    }
    for file in files { try vault.deleteHeldApart(file.name, of: camera.id) }
    surroundings.log.notice(
      "deleted what was held apart", metadata: ["camera": "\(camera.id)", "files": "\(files.count)"])
    return try .json(API.DeletedQuarantine(deleted: files.count))
  }

  /// Lets what is held apart grow no older than the limit; its size is the worker's to keep.
  func trimHeldApart() async throws {
    for camera in await cameras.all {
      let files = try vault.heldApartFiles(of: camera.id).map {
        QuarantineLimit.File(name: $0.name, bytes: $0.bytes, written: $0.written)
      }
      for name in QuarantineLimit.standard.excess(files, now: surroundings.now()) {
        try vault.deleteHeldApart(name, of: camera.id)
      }
    }
  }
}

extension CameraAddress {
  /// The same stream on another machine.
  func moved(to host: String, port: UInt16) -> CameraAddress? {
    try? CameraAddress(scheme: scheme, host: host, port: port, path: path)
  }
}
