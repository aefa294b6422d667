import Files
import Domain
import FoundationEssentials
import HomeAPI
import Household
import Housekeeping
import Logging
import Seal
import Vault
import WorkerProtocol

/// Live video of one camera over a WebSocket.
struct LiveController: Sendable {
  let environment: ServerEnvironment
  let household: Household
  let registry: CameraRegistry
  let vault: Vault
  let watch: AccessWatch
  let refusals: MediaRefusals

  /// Live pictures of one camera, until the viewer goes, the right ends or the camera stops.
  func serve(_ request: APIRequest, _ pipe: SocketPipe) async {
    do {
      guard let credential = request.credential, let id = request.query["camera"].flatMap({ CameraID(text: $0) }),
        let camera = await registry.settings(of: id), !camera.archived,
        let stream = StreamRole(rawValue: request.query["stream"] ?? "main"),
        let grant = try await household.authorise(
          credential, camera: id, action: .live, span: nil, from: request.peer, now: environment.now())
      else { return await pipe.close(SocketPipe.notFoundCode) }
      let row = grant.viewLogRow
      let door = try vault.openLive(grant)
      let wanted = SocketRequest.live(stream, sound: request.query["sound"] == "1")
      let sent = SentBytes()
      let isRefused = await pipe.serve(
        { await forward(door, wanted, to: pipe, counting: sent) },
        while: { await watch.whileAllowed(credential, id, .live) })
      try await household.endView(row: row, bytes: await sent.count, now: environment.now())
      if isRefused { await pipe.cut(SocketPipe.notFoundCode) } else { await pipe.close(1000) }
    } catch {
      environment.log.error("live failed", metadata: ["error": "\(error)"])
      await pipe.close(1011)
    }
  }

  /// Passes messages of the worker on, and connects again when it is away, for as long as the viewer stays.
  private func forward(_ door: LiveDoor, _ wanted: SocketRequest, to pipe: SocketPipe, counting sent: SentBytes) async {
    while !Task.isCancelled {
      do {
        let connection = try await WorkerConnection.open(folder: vault.path(of: door.camera))
        try await connection.exchange(wanted) { type, payload in
          try await pass(type, payload, door, to: pipe, counting: sent)
          return true
        }
      } catch is APIFailure {
        return
      } catch {
        environment.log.debug("no live picture", metadata: ["camera": "\(door.camera)", "error": "\(error)"])
      }
      // The worker is away or the stream ended: say so, and try again.
      do {
        let state = await registry.state(of: door.camera)
        try await pipe.send(
          json: API.LiveMessage(error: state?.state == .recording ? "connecting" : state?.state.rawValue ?? "offline"))
        try await environment.sleep(.seconds(1))
      } catch {
        return
      }
    }
  }

  /// Passes one message on.
  ///
  /// - Throws: `APIFailure` when it is not the camera's.
  private func pass(
    _ type: SocketFrameType, _ payload: [UInt8], _ door: LiveDoor, to pipe: SocketPipe, counting sent: SentBytes
  ) async throws {
    switch type {
    case .json: try await tell(try JSONLine.decode(WorkerFact.self, from: payload), of: door.camera, pipe)
    case .live:
      guard let message = door.admit(payload) else {
        throw await refusals.handle(
          .mismatch(camera: door.camera, file: "live", fault: "a live message's seal does not hold"))
      }
      guard message.kind != .dropped else {
        let count = message.body.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        return try await pipe.send(json: API.LiveMessage(dropped: count))
      }
      try await pipe.send(message)
      await sent.add(message.body.count)
    case .picture: break
    }
  }

  private func tell(_ fact: WorkerFact, of camera: CameraID, _ pipe: SocketPipe) async throws {
    switch fact {
    case .live(let header):
      try await pipe.send(
        json: API.LiveMessage(
          camera: camera.text, stream: header.stream, generation: header.generation, codecs: header.codecs,
          soundCodecs: header.soundCodecs, width: header.width, height: header.height))
    case .error(let what): try await pipe.send(json: API.LiveMessage(error: what))
    default: break
    }
  }
}

/// Counts what one viewer was sent.
private actor SentBytes {
  private(set) var count: Int64 = 0
  func add(_ bytes: Int) { count += Int64(bytes) }
}
