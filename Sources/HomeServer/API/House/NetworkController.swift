import Housekeeping
import Domain
import HomeAPI
import Settings

/// By which ways the server is reached.
struct NetworkController: Sendable {
  let access: AccessControl
  let store: HouseStore
  let reach: Reach

  func show(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    return try .json(API.Network(try store.network()))
  }

  /// Sets the lists that the body names; the others stay. It holds from the next request on.
  func change(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    let body = try request.decode(API.NetworkRequest.self)
    var network = try store.network()
    if let names = body.hostNames { network.hostNames = try names.map(NetworkSettings.hostName) }
    if let proxies = body.trustedProxies { network.trustedProxies = try proxies.map(AddressRange.init) }
    if let ranges = body.clientRanges { network.clientRanges = try ranges.map(AddressRange.init) }
    try store.setNetwork(network)
    reach.set(network)
    return try .json(API.Network(network))
  }
}

extension API.Network {
  init(_ network: NetworkSettings) {
    self.init(
      hostNames: network.hostNames, trustedProxies: network.trustedProxies.map(\.description),
      clientRanges: network.clientRanges.map(\.description))
  }
}
