import Domain
import Settings

extension HomeCore {
  func showNetwork(_ request: APIRequest) async throws -> APIResponse {
    _ = try await owner(request)
    return try .json(try HouseStore(data: data).network())
  }

  /// Sets the lists that the body names; the others stay. It holds from the next request on.
  func changeNetwork(_ request: APIRequest) async throws -> APIResponse {
    struct Body: Decodable {
      var hostNames: [String]?
      var trustedProxies: [AddressRange]?
      var clientRanges: [AddressRange]?
    }
    _ = try await owner(request)
    let body = try request.decode(Body.self)
    let store = HouseStore(data: data)
    var network = try store.network()
    if let names = body.hostNames { network.hostNames = try names.map(NetworkSettings.hostName) }
    if let proxies = body.trustedProxies { network.trustedProxies = proxies }
    if let ranges = body.clientRanges { network.clientRanges = ranges }
    try store.setNetwork(network)
    reach.set(network)
    return try .json(network)
  }
}
