package import Domain
package import WorkerProtocol

/// What happens, passed on to those who listen: the source of the API's feed.
package actor Feed {
  private var listeners: [Int: AsyncStream<FeedItem>.Continuation] = [:]
  private var nextListener = 0

  package init() {}

  package func publish(_ item: FeedItem) {
    for listener in listeners.values { listener.yield(item) }
  }

  /// What happens from now on. A listener that falls behind loses the oldest items.
  package func listen() -> AsyncStream<FeedItem> {
    let number = nextListener
    nextListener += 1
    let (stream, continuation) = AsyncStream.makeStream(of: FeedItem.self, bufferingPolicy: .bufferingNewest(64))
    continuation.onTermination = { _ in Task { await self.forget(number) } }
    listeners[number] = continuation
    return stream
  }

  private func forget(_ number: Int) { listeners[number] = nil }
}

/// Something that happened, with the camera it happened to: the feed filters by it.
package enum FeedItem: Sendable {
  case state(CameraID, WorkerState)
  case event(Event)
  /// For owners alone.
  case alarm(Alarm)

  /// `nil` for what concerns the installation.
  package var camera: CameraID? {
    switch self {
    case .state(let camera, _): camera
    case .event(let event): event.id.camera
    case .alarm(let alarm): alarm.camera
    }
  }
}
