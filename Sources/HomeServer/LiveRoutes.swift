import Files
import Domain
import FoundationEssentials
import HomeAPI
import Household
import Logging
import Seal
import Vault
import WorkerProtocol

extension HomeCore {
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
      let door = try vault.openLive(grant)
      let wanted = SocketRequest.live(stream, sound: request.query["sound"] == "1")
      let sent = SentBytes()
      let isRefused = await serve(
        pipe, { await forward(door, wanted, to: pipe, counting: sent) },
        while: { await whileAllowed(credential, id, .live) })
      try await household.endView(row: row, bytes: await sent.count, now: surroundings.now())
      if isRefused { await pipe.cut(Self.notFoundCode) } else { await pipe.close(1000) }
    } catch {
      surroundings.log.error("live failed", metadata: ["error": "\(error)"])
      await pipe.close(1011)
    }
  }

  /// Serves a socket until its viewer goes, the serving ends, or the right does.
  ///
  /// - Returns: whether it was the right.
  private func serve(
    _ pipe: SocketPipe, _ work: @escaping @Sendable () async -> Void,
    while allowed: @escaping @Sendable () async -> Void
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        await pipe.untilClosed()
        return false
      }
      group.addTask {
        await work()
        return false
      }
      group.addTask {
        await allowed()
        return !Task.isCancelled
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? false
    }
  }

  private func forward(_ door: LiveDoor, _ wanted: SocketRequest, to pipe: SocketPipe, counting sent: SentBytes) async {
    while !Task.isCancelled {
      do {
        let connection = try await WorkerConnection.open(folder: vault.path(of: door.camera))
        try await connection.exchange(wanted) { type, payload in
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
              try await pipe.send(json: API.LiveMessage(dropped: count))
            } else {
              try await pipe.send(message)
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
          json: API.LiveMessage(error: state?.state == .recording ? "connecting" : state?.state.rawValue ?? "offline"))
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
        json: API.LiveMessage(
          camera: camera.text, stream: header.stream, generation: header.generation, codecs: header.codecs,
          soundCodecs: header.soundCodecs, width: header.width, height: header.height))
    case .error(let what): try await pipe.send(json: API.LiveMessage(error: what))
    default: break
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
      let isRefused = await serve(
        pipe, { await tell(items, to: principal, pipe) }, while: { await whileSignedIn(credential) })
      if isRefused { await pipe.cut(Self.notFoundCode) } else { await pipe.close(1000) }
    } catch {
      await pipe.close(1011)
    }
  }

  private func tell(_ items: AsyncStream<FeedItem>, to principal: Principal, _ pipe: SocketPipe) async {
    do {
      for await item in items {
        // Looked up for each item: a revoked right ends here too.
        let now = surroundings.now()
        guard let current = try await household.authenticate(principal.credential, now: now) else { return }
        var rights: Rights = []
        if let camera = item.camera { rights = try await household.rights(of: current, on: camera, now: now) }
        switch item {
        case .state(let camera, let state):
          guard !rights.isEmpty else { continue }
          try await pipe.send(
            json: API.FeedMessage(
              state: .init(
                camera: camera.text, state: state.state, since: WallTime(milliseconds: state.since).rfc3339,
                cause: state.cause)))
        case .event(let event):
          guard rights.contains(.playback) else { continue }
          try await pipe.send(json: API.FeedMessage(event: try body(event)))
        case .alarm(let alarm):
          guard current.isOwner else { continue }
          try await pipe.send(json: API.FeedMessage(alarm: API.Alarm(alarm)))
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
