import Domain
import HomeAPI
import Household
import Housekeeping
import WorkerProtocol

/// What happens, over a WebSocket.
struct FeedController: Sendable {
  let environment: ServerEnvironment
  let household: Household
  let protections: Protections
  let feed: Feed
  let watch: AccessWatch

  /// What happens, filtered by grant: states of cameras and events.
  func serve(_ request: APIRequest, _ pipe: SocketPipe) async {
    do {
      guard let credential = request.credential,
        let principal = try await household.authenticate(credential, now: environment.now())
      else { return await pipe.close(SocketPipe.notFoundCode) }
      let items = await feed.listen()
      let isRefused = await pipe.serve(
        { await tell(items, to: principal, pipe) }, while: { await watch.whileSignedIn(credential) })
      if isRefused { await pipe.cut(SocketPipe.notFoundCode) } else { await pipe.close(1000) }
    } catch {
      await pipe.close(1011)
    }
  }

  private func tell(_ items: AsyncStream<FeedItem>, to principal: Principal, _ pipe: SocketPipe) async {
    do {
      for await item in items {
        // Looked up for each item: a revoked right ends here too.
        let now = environment.now()
        guard let current = try await household.authenticate(principal.credential, now: now) else { return }
        var rights: Rights = []
        if let camera = item.camera { rights = try await household.rights(of: current, on: camera, now: now) }
        guard let message = try message(item, isOwner: current.isOwner, rights) else { continue }
        try await pipe.send(json: message)
      }
    } catch {
      return
    }
  }

  /// - Returns: `nil` for what the listener may not see.
  private func message(_ item: FeedItem, isOwner: Bool, _ rights: Rights) throws -> API.FeedMessage? {
    switch item {
    case .state(let camera, let state):
      guard !rights.isEmpty else { return nil }
      return API.FeedMessage(
        state: .init(
          camera: camera.text, state: state.state, since: WallTime(milliseconds: state.since).rfc3339,
          cause: state.cause))
    case .event(let event):
      guard rights.contains(.playback) else { return nil }
      let isProtected = try protections.spans(of: event.id.camera).protect(event)
      return API.FeedMessage(event: API.Event(event, protected: isProtected))
    case .alarm(let alarm):
      return isOwner ? API.FeedMessage(alarm: API.Alarm(alarm)) : nil
    }
  }
}
