import Domain
import FoundationEssentials
import Household
import Logging
import Seal
import Vault
import WorkerProtocol

extension HomeCore {
  private struct LiveText: Encodable {
    var camera: String?
    var stream: String?
    var generation: UInt32?
    var codecs: String?
    var width: Int?
    var height: Int?
    var dropped: UInt32?
    var error: String?
  }

  /// How often an open connection's right is looked up again: revocation bites within a second.
  private static let recheck = Duration.milliseconds(900)

  /// The code for unknown and refused alike.
  private static let notFoundCode: UInt16 = 4404

  /// Live pictures of one camera, until the viewer goes, the right ends or the camera stops.
  func live(_ request: APIRequest, _ pipe: SocketPipe) async {
    do {
      guard let credential = request.credential, let id = request.query["camera"].flatMap({ CameraID(text: $0) }),
        let camera = await cameras.settings(of: id), !camera.archived,
        let stream = StreamRole(rawValue: request.query["stream"] ?? "main"),
        let grant = try await household.authorise(
          credential, camera: id, action: .live, span: nil, from: request.peer, now: surroundings.now())
      else { return await pipe.close(Self.notFoundCode) }
      let row = grant.viewLogRow
      let door = vault.openLive(grant)
      let sent = SentBytes()
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await pipe.untilClosed() }
        group.addTask { await forward(door, stream: stream, to: pipe, counting: sent) }
        group.addTask { await whileAllowed(credential, id, .live) }
        await group.next()
        group.cancelAll()
      }
      try await household.endView(row: row, bytes: await sent.count, now: surroundings.now())
      await pipe.close(1000)
    } catch {
      surroundings.log.error("live failed", metadata: ["error": "\(error)"])
      await pipe.close(1011)
    }
  }

  private func forward(_ door: LiveDoor, stream: StreamRole, to pipe: SocketPipe, counting sent: SentBytes) async {
    while !Task.isCancelled {
      do {
        let connection = try await WorkerConnection.open(folder: vault.path(of: door.camera))
        try await connection.exchange(.live(stream)) { type, payload in
          switch type {
          case .json:
            try await tell(try JSONLine.decode(WorkerFact.self, from: payload), of: door.camera, pipe)
            return true
          case .live:
            guard let message = door.admit(payload) else {
              _ = await answer(
                .mismatch(camera: door.camera, file: "live", fault: "a live message's seal does not hold"))
              throw APIFailure.mismatch
            }
            if message.kind == .dropped {
              let count = message.body.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
              try await pipe.send(text: encode(LiveText(dropped: count)))
            } else {
              try await pipe.send(binary: message.head, message.body)
              await sent.add(message.body.count)
            }
            return true
          case .picture: return true
          }
        }
      } catch is APIFailure {
        return
      } catch {
        surroundings.log.debug("no live picture", metadata: ["camera": "\(door.camera)", "error": "\(error)"])
      }
      // The worker is away or the stream ended: say so, and try again while the viewer stays.
      do {
        let state = await cameras.state(of: door.camera)
        try await pipe.send(
          text: encode(LiveText(error: state?.state == .recording ? "connecting" : state?.state.rawValue ?? "offline")))
        try await surroundings.sleep(.seconds(1))
      } catch {
        return
      }
    }
  }

  private func tell(_ fact: WorkerFact, of camera: CameraID, _ pipe: SocketPipe) async throws {
    switch fact {
    case .live(let header):
      try await pipe.send(
        text: encode(
          LiveText(
            camera: camera.text, stream: header.stream.rawValue, generation: header.generation, codecs: header.codecs,
            width: header.width, height: header.height)))
    case .error(let what): try await pipe.send(text: encode(LiveText(error: what)))
    default: break
    }
  }

  private func encode(_ value: some Encodable) throws -> [UInt8] { try JSONLine.encode(value) }

  /// Returns when the right is gone.
  private func whileAllowed(_ credential: Credential, _ camera: CameraID, _ action: ViewAction) async {
    do {
      while try await household.isStillAllowed(credential, camera: camera, action: action, now: surroundings.now()) {
        try await surroundings.sleep(Self.recheck)
      }
    } catch {
      return
    }
  }

  // MARK: - The feed

  /// What happens, filtered by grant: states of cameras and events.
  func feed(_ request: APIRequest, _ pipe: SocketPipe) async {
    do {
      guard let credential = request.credential,
        let principal = try await household.authenticate(credential, now: surroundings.now())
      else { return await pipe.close(Self.notFoundCode) }
      let items = await cameras.listen()
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await pipe.untilClosed() }
        group.addTask { await tell(items, to: principal, pipe) }
        await group.next()
        group.cancelAll()
      }
      await pipe.close(1000)
    } catch {
      await pipe.close(1011)
    }
  }

  private func tell(_ items: AsyncStream<FeedItem>, to principal: Principal, _ pipe: SocketPipe) async {
    struct StateItem: Encodable {
      let camera: String
      let state: String
      let since: String
      let cause: String?
    }
    do {
      for await item in items {
        // Looked up for each item: a revoked right ends here too.
        guard try await household.authenticate(principal.credential, now: surroundings.now()) != nil else { return }
        let rights = try await household.rights(of: principal, on: item.camera)
        switch item {
        case .state(let camera, let state):
          guard !rights.isEmpty else { continue }
          try await pipe.send(
            text: encode([
              "state": StateItem(
                camera: camera.text, state: state.state.rawValue,
                since: WallTime(milliseconds: state.since).rfc3339, cause: state.cause)
            ]))
        case .event(let event):
          guard rights.contains(.playback) else { continue }
          try await pipe.send(text: encode(["event": EventBody(event)]))
        }
      }
    } catch {
      return
    }
  }
}

/// Counts what one viewer was sent.
private actor SentBytes {
  private(set) var count: Int64 = 0
  func add(_ bytes: Int) { count += Int64(bytes) }
}
